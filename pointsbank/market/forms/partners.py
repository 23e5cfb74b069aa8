"""Partner shops and the settlements with them."""

from collections.abc import Iterable

from wtforms import BooleanField, DateField, HiddenField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.access.models import Staff
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.foundation.points import parse_yuan
from pointsbank.foundation.texts import parse_whole
from pointsbank.market.forms.fields import KEY, NUMBER, SCAN_LENGTH_MAX, SCANNED, SERIAL_MAX
from pointsbank.market.models import PartnerShop
from pointsbank.market.models.partners import PAY_PERCENT_MAX
from pointsbank.market.services.partners import PartnerDetails
from pointsbank.web.forms import Form, LineField

FEN_DIGITS_MAX = 15


class PartnerForm(Form):
    """What is agreed with a shop. revision: what the person saw, 0 for a new one."""

    name = LineField("店名", [InputRequired("请写店名。"), Length(max=60)])
    keeper = LineField("店主", [InputRequired("请写店主的姓名。"), Length(max=40)])
    phone = LineField("电话", [Length(max=30)])
    pay_percent = LineField(
        "结算比例（%）",
        [InputRequired("请填结算比例。"), NUMBER],
        default="100",
        description="按约定价值的百分之几付给店里。不打折就是 100。",
    )
    active = BooleanField("现在可以兑换", default=True, description="不打勾就是暂停，收银的人换不了。")
    revision = HiddenField(default="0", validators=[NUMBER])
    key = HiddenField(validators=KEY)
    submit = SubmitField("保存")

    @classmethod
    def showing(cls, partner: PartnerShop, key: str) -> "PartnerForm":
        """The form filled in with a shop as it stands."""
        return cls(
            formdata=None,
            name=partner.name,
            keeper=partner.keeper,
            phone=partner.phone,
            pay_percent=str(partner.pay_percent),
            active=partner.active,
            revision=str(partner.revision),
            key=key,
        )

    @property
    def revision_seen(self) -> int:
        """The revision that the page was made from. Raises InvalidInputError."""
        return parse_whole(self.revision.data or "", what="版本", most=SERIAL_MAX, field="revision")

    def details(self) -> PartnerDetails:
        """What was filled in. Raises InvalidInputError with the field."""
        percent = parse_whole(self.pay_percent.data, what="结算比例", most=PAY_PERCENT_MAX, field="pay_percent")
        return PartnerDetails(self.name.data, self.keeper.data, self.phone.data, percent, self.active.data)


class PartnerStaffForm(Form):
    """One more person who serves there."""

    staff = SelectField("再加一位", validate_choice=False, choices=[])
    key = HiddenField(validators=KEY)
    submit = SubmitField("加上")

    def offer(self, people: Iterable[Staff]) -> None:
        """Let one of these be chosen."""
        self.staff.choices = [
            SelectChoice("", "请选一位"),
            *(SelectChoice(str(one.id), one.name) for one in people),
        ]

    @property
    def staff_id(self) -> int:
        """The person chosen. Raises InvalidInputError."""
        chosen = (self.staff.data or "").strip()
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) <= 19 and int(chosen) <= ID_MAX):
            raise InvalidInputError("请选一位。", field="staff")
        return int(chosen)


class PartnerGoodForm(Form):
    """A good that the shop gives, found like at the counter, and its agreed value."""

    good = LineField(
        "扫条码，或输入编号、名称",
        [InputRequired("请先扫条码或写一样东西。"), Length(max=SCAN_LENGTH_MAX)],
        render_kw=SCANNED,
    )
    value = LineField(
        "一件的约定价值（元）",
        [InputRequired("请填约定价值。"), NUMBER],
        description="按这个价和店里结算。已经有的，就改成新价。",
    )
    key = HiddenField(validators=KEY)
    submit = SubmitField("记下")

    @property
    def value_fen(self) -> int:
        """The value in fen. Raises InvalidInputError."""
        return parse_yuan(self.value.data, what="约定价值", field="value")


class ClosePartnerForm(Form):
    """The end of an agreement."""

    reason = LineField("原因", [InputRequired("请写明原因。"), Length(max=200)])
    key = HiddenField(validators=KEY)


class SettlementsFilterForm(Form):
    """Which settlements are listed, a page by key."""

    class Meta:
        csrf = False  # a question by GET

    partner = LineField(validators=[NUMBER])
    before = LineField(validators=[NUMBER])

    def serial(self, name: str) -> int | None:
        """A number that was asked for. Raises InvalidInputError."""
        text = self._fields[name].data
        return parse_whole(text, what="编号", most=SERIAL_MAX, field=name) if text else None


class OpenSettlementForm(Form):
    """A settlement that begins, or the open one with another last day."""

    partner = SelectField("合作商店", validate_choice=False, choices=[])
    last_day = DateField("结算到哪天", [InputRequired("请填结算到哪天。")], description="这天以前没有结过的都算进来。")
    key = HiddenField(validators=KEY)
    submit = SubmitField("开结算单")

    def offer(self, partners: Iterable[PartnerShop]) -> None:
        """Let one of these be chosen."""
        self.partner.choices = [
            SelectChoice(str(one.serial), one.name + ("（不再合作）" if one.closed_at else "")) for one in partners
        ]

    @property
    def partner_serial(self) -> int:
        """The shop chosen. Raises InvalidInputError."""
        return parse_whole(self.partner.data or "", what="合作商店", most=SERIAL_MAX, field="partner")


class CloseSettlementForm(Form):
    """The figures are fixed. payable_seen: the amount in fen that stands on the page."""

    payable_seen = HiddenField(validators=[NUMBER])
    key = HiddenField(validators=KEY)

    @property
    def seen(self) -> int:
        """The amount the person saw, below 0 where the shop owes. Raises InvalidInputError."""
        text = self.payable_seen.data or ""
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= FEN_DIGITS_MAX):
            raise InvalidInputError("页面已经过期，请刷新后重新提交。")
        return -int(digits) if text.startswith("-") else int(digits)


class SignSettlementForm(Form):
    """Both sides have signed the sheet."""

    partner_signer = LineField("合作商店签字人", [InputRequired("请写签字人的姓名。"), Length(max=40)])
    village_signer = LineField("爱心超市签字人", [InputRequired("请写签字人的姓名。"), Length(max=40)])
    signed_on = DateField("哪天签的", [InputRequired("请填签字的日期。")])
    key = HiddenField(validators=KEY)
    submit = SubmitField("登记签字")
