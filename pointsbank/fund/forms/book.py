"""The register: which lines are shown, a line of income or spending, its number, its reversal."""

from typing import Any

from wtforms import BooleanField, HiddenField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired

from pointsbank.foundation import clock, periods
from pointsbank.fund.forms.fields import CUT, KEY, NUMBER, BesideForm, day_field, fen_of, money_field, serial_of
from pointsbank.fund.models import INCOME_KINDS, KIND_NAMES, SPENDING_KINDS, EntryKind
from pointsbank.fund.queries import BookFilter
from pointsbank.fund.services import EntryDraft
from pointsbank.web.forms import Form, LineField

_NOT_BY_HAND = (EntryKind.DONATION, EntryKind.SUBSIDY)


class BookFilterForm(Form):
    """Which lines of the register are shown, a page by key."""

    class Meta:
        csrf = False  # a question by GET

    year = SelectField("记账年份", default="")
    month = SelectField(
        "月份",
        choices=[SelectChoice("", "全年"), *(SelectChoice(str(month), f"{month}月") for month in range(1, 13))],
        default="",
    )
    kind = SelectField(
        "种类",
        choices=[SelectChoice("", "全部"), *(SelectChoice(kind.value, name) for kind, name in KIND_NAMES.items())],
        default="",
    )
    before = LineField("从第几笔往前", [NUMBER])

    def __init__(self, first_year: int | None, **values: Any) -> None:
        super().__init__(**values)
        this_year = clock.today().year
        years = range(this_year, min(first_year or this_year, this_year) - 1, -1)
        self.year.choices = [SelectChoice("", "全部"), *(SelectChoice(str(year), f"{year}年") for year in years)]

    @property
    def wanted(self) -> BookFilter:
        """The filter as filled in; a month without its year is that of this year."""
        kind = EntryKind(self.kind.data) if self.kind.data else None
        if not self.year.data and not self.month.data:
            return BookFilter(kind=kind)
        year, month = int(self.year.data or clock.today().year), int(self.month.data or 0)
        first, last = (f"{year}-{month:02d}",) * 2 if month else (f"{year}-01", f"{year}-12")
        return BookFilter(periods.days_of(first)[0], periods.days_of(last)[1], kind)

    @property
    def title(self) -> str:
        """The days of the filter in words."""
        if not self.year.data and not self.month.data:
            return "全部"
        year = self.year.data or clock.today().year
        return f"{year}年{self.month.data}月" if self.month.data else f"{year}年"

    @property
    def asked(self) -> dict[str, str | None]:
        """What stands in the address of the same page."""
        return {name: self._fields[name].data or None for name in ("year", "month", "kind")}

    @property
    def before_serial(self) -> int | None:
        """The line before which the page begins. Raises InvalidInputError."""
        return serial_of(self.before)


class _EntryForm(Form):
    """What a line of income and one of spending have in common."""

    amount = money_field()
    occurred_on = day_field("收支日期", "请填日期。", description="单据上的日期。")
    key = HiddenField(validators=KEY)

    def _draft(self, **more: Any) -> EntryDraft:
        """What was filled in. Raises InvalidInputError with the field."""
        texts = {name: self._fields[name].data for name in ("counterpart", "purpose", "voucher")}
        return EntryDraft(
            kind=EntryKind(self._fields["kind"].data),
            amount_fen=fen_of(self.amount),
            occurred_on=self.occurred_on.data,
            **texts,
            **more,
        )


class IncomeForm(_EntryForm):
    """Money that came otherwise than as a gift or a subsidy."""

    kind = SelectField(
        "钱从哪里来",
        choices=[SelectChoice(kind.value, KIND_NAMES[kind]) for kind in INCOME_KINDS if kind not in _NOT_BY_HAND],
        description="捐款在“捐赠”里登记，积分补贴在“积分补贴”里登记，账会自动记上。",
    )
    counterpart = LineField("来源单位或个人", [InputRequired("请填钱是谁给的。"), CUT])
    purpose = LineField("摘要", [InputRequired("请写明是什么钱。"), CUT], description="例如：镇政府拨付超市启动资金。")
    voucher = LineField("镇上代管账的凭证号", [CUT], description="没有就空着。")
    submit = SubmitField("记一笔收入")

    def draft(self) -> EntryDraft:
        """What was filled in. Raises InvalidInputError with the field."""
        return self._draft()


class SpendingForm(_EntryForm):
    """Money that was spent."""

    kind = SelectField("用在哪里", choices=[SelectChoice(kind.value, KIND_NAMES[kind]) for kind in SPENDING_KINDS])
    counterpart = LineField("付给谁", [InputRequired("请填钱付给谁。"), CUT])
    purpose = LineField(
        "摘要", [InputRequired("请写明买了什么、做什么用。"), CUT], description="例如：采购大米、食用油一批。"
    )
    voucher = LineField("镇上代管账的凭证号", [CUT])
    voucher_follows = BooleanField("凭证号待补，拿到了再补上")
    paid = LineField("采购单或结算单的单号", [NUMBER], description="在程序里做过单子的，写单号；没有就空着。")
    submit = SubmitField("记一笔支出")

    def draft(self) -> EntryDraft:
        """What was filled in. Raises InvalidInputError with the field."""
        return self._draft(voucher_follows=self.voucher_follows.data, paid_serial=serial_of(self.paid))


class VoucherForm(BesideForm):
    """The town's number of a spending."""

    beside = "number"

    voucher = LineField("凭证号", [InputRequired("请填镇上代管账的凭证号。"), CUT])
    submit = SubmitField("补上凭证号")


class ReasonForm(BesideForm):
    """Why something is undone."""

    beside = "undo"

    reason = LineField("原因", [InputRequired("请写明原因。"), CUT])
    key = HiddenField(validators=KEY)
