"""Gifts: who gives what, who accepts it; what became of the donor's wish; points for a household."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired

from pointsbank.covenant.models import Rule
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import format_points, parse_hundredths, parse_yuan
from pointsbank.foundation.texts import parse_whole
from pointsbank.fund.errors import DonorNotFoundError
from pointsbank.fund.forms.fields import CUT, KEY, NO_SUCH_DAY, NUMBER, BesideForm, day_field, fen_of, money_field
from pointsbank.fund.models import DONOR_NAMES, Donation, DonorKind, Gift
from pointsbank.fund.services import DonationDraft, GivenGood
from pointsbank.fund.services.donations import GOODS_MAX
from pointsbank.market import queries as market
from pointsbank.market.stock import PIECES_MAX
from pointsbank.people import queries as people
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import HEAD
from pointsbank.web.forms import Form, LineField, clean_text

LINES_SHOWN = 6  # empty ones below what is filled in
CHOICES_MAX = 5  # households that may be meant, told apart by their numbers
QUANTITY_MAX = 100_000  # hundredths of a rule's unit
NAMED = "named"
_PARTS = ("good", "quantity", "value", "expires")


class DonationFilterForm(Form):
    """Which donations are listed, a page by key."""

    class Meta:
        csrf = False  # a question by GET

    gift = SelectField(
        "捐的是",
        choices=[SelectChoice("", "全部"), SelectChoice("money", "钱"), SelectChoice("goods", "东西")],
        default="",
    )
    before = LineField("从第几号往前", [NUMBER])

    @property
    def wanted(self) -> Gift | None:
        """Money or goods, None for both."""
        return Gift(self.gift.data) if self.gift.data else None


@dataclass(slots=True)
class GoodLine:
    """A line of goods as it is filled in. error: what is wrong with it."""

    good: str = ""
    quantity: str = ""
    value: str = ""
    expires: str = ""
    error: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was filled in."""
        return not any((self.good, self.quantity, self.value, self.expires))


class _DonationForm(Form):
    """What a gift of money and one of goods have in common."""

    donor_kind = RadioField(
        "谁捐的",
        choices=[SelectChoice(kind.value, name) for kind, name in DONOR_NAMES.items()],
        default=DonorKind.HOUSEHOLD.value,
    )
    household = LineField("本村住户：户号或户主姓名", [CUT], description="本村住户捐的填这里，例如 03-012 或张三。")
    donor_name = LineField("捐赠人或单位名称", [CUT], description="村外的人、企业、单位填全称；本村住户不填就写户主。")
    naming = RadioField(
        "榜上、公示里怎么写",
        [InputRequired("请问清捐赠人愿不愿意公开姓名，再选。")],
        choices=[SelectChoice(NAMED, "写姓名，捐赠人同意了"), SelectChoice("anonymous", "写“爱心人士”")],
        description="本村住户没签姓名公示同意书的，同意了也隐去中间的字。",
    )
    wish = LineField("捐赠意愿", [CUT], description="例如：优先给独居老人。没有就空着。")
    given_on = day_field("捐赠日期", "请填日期。")
    accepted_by = LineField("验收人", [InputRequired("请填验收人姓名。"), CUT])
    second_person = LineField(
        "第二个验收人", [InputRequired("验收要两个人，请填另一个人的姓名。"), CUT], description="捐赠人自己不能验收。"
    )
    key = HiddenField(validators=KEY)
    submit = SubmitField("登记捐赠，出收据")

    def _draft(self, village_id: int, **given: Any) -> DonationDraft:
        kind = DonorKind(self.donor_kind.data)
        household = _household_meant(village_id, self.household.data) if kind is DonorKind.HOUSEHOLD else None
        if household is None and self.household.data:
            raise DonorNotFoundError("不是本村住户捐的，户号请空着；是的，请选“本村住户”。", field="household")
        texts = {
            name: self._fields[name].data
            for name in ("donor_name", "wish", "condition", "accepted_by", "second_person")
        }
        return DonationDraft(
            donor_kind=kind,
            given_on=self.given_on.data,
            household_id=household.id if household else None,
            anonymous=self.naming.data != NAMED,
            **texts,
            **given,
        )


class DonatedMoneyForm(_DonationForm):
    """A gift of money."""

    amount = money_field("捐款金额（元）")
    condition = LineField("收款方式", [InputRequired("请写明现金还是转账。"), CUT], default="现金")

    def draft(self, village_id: int) -> DonationDraft:
        """What was filled in. Raises InvalidInputError with the field."""
        return self._draft(village_id, amount_fen=fen_of(self.amount))


class DonatedGoodsForm(_DonationForm):
    """A gift of goods, some lines of them."""

    condition = LineField(
        "验收情况", [InputRequired("请写明东西好不好、在不在保质期。"), CUT], default="完好，在保质期内"
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.lines = _lines_sent() if self.is_submitted() else []
        wanted = LINES_SHOWN * (-(-len(self.lines) // LINES_SHOWN) or 1)
        if "more" in request.form:
            wanted = min(len(self.lines) + LINES_SHOWN, GOODS_MAX)
        self.lines += [GoodLine() for _ in range(wanted - len(self.lines))]

    def draft(self, village_id: int) -> DonationDraft:
        """What was filled in. Raises InvalidInputError, also when something is said at a line."""
        goods = tuple(
            given for line in self.lines if not line.is_empty and (given := _given(village_id, line)) is not None
        )
        if any(line.error for line in self.lines):
            raise InvalidInputError("有几行要改，原因写在那一行下面。")
        if not goods:
            self.lines[0].error = "还没有填东西。请写名称、编号，或者扫条码。"
            raise InvalidInputError("还没有填捐了什么东西。")
        return self._draft(village_id, goods=goods)


def _lines_sent() -> list[GoodLine]:
    """The lines as they were sent, without the empty ones; at most GOODS_MAX."""
    columns = [[clean_text(text)[:60] for text in request.form.getlist(name)][:GOODS_MAX] for name in _PARTS]
    lines = [GoodLine(*parts) for parts in zip(*columns, strict=False)]
    return [line for line in lines if not line.is_empty]


def _given(village_id: int, line: GoodLine) -> GivenGood | None:
    """A line of goods, None when something is wrong with it, which it then says."""
    try:
        found = market.goods_scanned(village_id, line.good)
        if len(found) != 1:
            meant = "、".join(f"{good.title}（{good.code}）" for good in found[:CHOICES_MAX])
            raise InvalidInputError(
                f"有 {len(found)} 样，请写编号：{meant}。" if found else "商品表里没有，请先到“一市”里加这样商品。"
            )
        quantity = parse_whole(line.quantity, what="数量", most=PIECES_MAX)
        if not quantity:
            raise InvalidInputError("数量不能是 0。")
        value = parse_yuan(line.value, what="折价") if line.value else None
        if value is not None and value < 0:
            raise InvalidInputError("折价不能是负数。")
        return GivenGood(found[0].id, quantity, value, _day(line.expires))
    except InvalidInputError as wrong:
        line.error = wrong.message
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise InvalidInputError(f"到期日：{NO_SUCH_DAY}") from wrong


def _household_meant(village_id: int, words: str) -> Household:
    """The one household of the village that is meant. Raises DonorNotFoundError."""
    if not words:
        raise DonorNotFoundError("请写户号或户主姓名。", field="household")
    by_number = people.household_by_number(village_id, words)
    found = {by_number.id: by_number} if by_number else {}
    if not found:
        hits = people.search(village_id, words[: people.SEARCH_LENGTH_MAX], CHOICES_MAX)
        found = {hit.household.id: hit.household for hit in hits}
    if len(found) != 1:
        meant = "、".join(f"{one.head_name}（{one.number}）" for one in found.values())
        sentence = f"有几户都像，请写户号：{meant}。" if found else "名册里没有找到这一户，请核对户号或姓名。"
        raise DonorNotFoundError(sentence, field="household")
    return next(iter(found.values()))


class WishForm(BesideForm):
    """Whether the donor's wish was followed."""

    beside = "wish"

    heeded = RadioField("落实了吗", choices=[SelectChoice("yes", "按意愿办了"), SelectChoice("no", "没能按意愿办")])
    wish_note = LineField("怎么办的", [CUT], description="没能办的，写明原因。")
    submit = SubmitField("登记")


class PointsForm(BesideForm):
    """A deed for the household that gave: by which rule, how much, who of it."""

    beside = "deed"

    rule = SelectField("按哪一条细则", [InputRequired("请选一条细则。")])
    quantity = LineField(
        "数量", [InputRequired("请填数量。"), NUMBER], description="“每满 100 元”的，填满了几个 100 元。"
    )
    resident = SelectField("记在谁名下")
    late_reason = LineField("迟报原因", [CUT], description="捐了很久才记的，写明为什么；不久的空着。")
    key = HiddenField(validators=KEY)
    submit = SubmitField("给这户记分")

    def __init__(self, rules: Sequence[Rule], residents: Sequence[Resident], **values: Any) -> None:
        super().__init__(**values)
        self.rule.choices = [
            SelectChoice(rule.code, f"{rule.code} {rule.name}：{format_points(rule.points)} 分/{rule.unit}")
            for rule in rules
        ]
        named = [
            SelectChoice(str(one.id), f"{one.name}（{one.relation}）") for one in residents if one.closed_on is None
        ]
        self.resident.choices = [SelectChoice("", "整户"), *named]

    @classmethod
    def starting(
        cls, donation: Donation, rules: Sequence[Rule], residents: Sequence[Resident], key: str
    ) -> "PointsForm":
        """The form of a donation as it is first shown: its head, as many as there are full hundreds of yuan."""
        head = next((str(one.id) for one in residents if one.relation == HEAD and one.closed_on is None), "")
        hundreds = max(donation.value_fen // 100_00, 1)
        return cls(rules, residents, formdata=None, quantity=str(hundreds), resident=head, key=key)

    @property
    def hundredths(self) -> int:
        """The quantity in hundredths of the rule's unit. Raises InvalidInputError."""
        found = parse_hundredths(self.quantity.data, what="数量", units_max=QUANTITY_MAX, field="quantity")
        if found <= 0:
            raise InvalidInputError("数量要大于 0。", field="quantity")
        return found

    @property
    def resident_id(self) -> int | None:
        """Who of the household, None for the whole."""
        return int(self.resident.data) if self.resident.data else None
