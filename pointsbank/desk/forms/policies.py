"""A village's policies as a form, in plain words: what each does, and how it is when nobody has changed it."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from wtforms import DateField, HiddenField, RadioField, SelectChoice, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from pointsbank.desk.queries.policies import CHOICES, DEFAULTS, UNITS_FIELDS, said
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import POINTS_MAX, format_points, parse_points
from pointsbank.market.policies.opening import is_ever_open
from pointsbank.places import hours
from pointsbank.places.settings import CadreHouseholds, ConfirmBy, KioskShows, VillageSettings, YearEndMode
from pointsbank.web.forms import Form, LineField, TicksField, WholeField

MONTH_MAX, YEAR_MAX = 1_000_00, 10_000_00  # points of a household in hundredths; a village gives 60 and 400
DAYS_AHEAD_MAX = 366
PHONE_LENGTH_MAX = 20
ORDER_DAYS_MAX = 14
WRITTEN_LENGTH_MAX = 60

_FILLED = InputRequired("请填写。")
_CHOSEN = InputRequired("请选一项。")
_ENUMS = {
    "kiosk_shows": KioskShows,
    "confirm_by": ConfirmBy,
    "year_end": YearEndMode,
    "cadre_households": CadreHouseholds,
}
_YES_NO = ("notice_working_days", "notice_by_group", "books_at_night")
_TICKED = ("open_weekdays", "redeem_months")
_WRITTEN = ("market_days", "opening_hours", "redeem_days")  # in words of their own, read by places.hours

# The sections of the page: id, title, what they are about, and their fields in order.
SECTIONS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("giving", "得分", "谁得多少分，最多得多少。", (
        "opening_points", "base_points", "household_month_max", "household_year_max", "month_budget",
        "late_claim_days", "cadre_households",
    )),
    ("review", "评议和扣分", "一件事怎么从申报走到评议通过。", (
        "review_months", "recheck_points_min", "answer_days",
    )),
    ("notice", "公示、异议、入账", "评议通过的事上墙公示，没有异议才入账。", (
        "notice_days", "notice_working_days", "notice_by_group", "objection_days", "books_at_night",
        "month_closes_on_day",
    )),
    ("market", "兑换", "积分怎么换东西。", (
        "points_per_yuan", "redeem_points_min", "confirm_by", "kiosk_shows", "shop_phone",
    )),
    ("opening", "开门的日子", "爱心超市哪些天开门，什么时候能兑换。柜台、自助机都照着说。", (
        "open_weekdays", "market_days", "opening_hours", "order_days", "redeem_months", "redeem_days",
    )),
    ("board", "榜", "墙上的积分榜怎么排。", ("ranking_households_max",)),
    ("year", "年终", "一年过完，没用完的积分怎么办。积分不兑现金。", ("year_end", "expire_months")),
)  # fmt: skip


def _told(name: str, effect: str) -> str:
    """What a policy does, and its default."""
    return f"{effect}默认{said(name, getattr(DEFAULTS, name))}。"


class PointsField(LineField):
    """Points as people write them; data is the text, units the value in hundredths."""

    def __init__(self, label: str, units_min: int, units_max: int, **options: Any) -> None:
        super().__init__(label, [_FILLED, self.read], render_kw={"inputmode": "decimal"}, **options)
        self.units_min, self.units_max = units_min, units_max
        self.units = 0

    def read(self, form: Form, field: LineField) -> None:
        """Take the text as points within the limits."""
        try:
            units = parse_points(self.data, what="这里")
        except InvalidInputError as error:
            raise ValidationError(error.message) from error
        if not self.units_min <= units <= self.units_max:
            raise ValidationError(f"请填 {format_points(self.units_min)} 到 {format_points(self.units_max)} 之间的数。")
        self.units = units


class WrittenField(LineField):
    """Days or hours as people write them; data is the text, value what is kept."""

    def __init__(self, label: str, parse: Callable[[str], Any], **options: Any) -> None:
        super().__init__(label, [Length(max=WRITTEN_LENGTH_MAX), self.read], **options)
        self.parse, self.value = parse, parse("")

    def read(self, form: Form, field: LineField) -> None:
        """Take the text as what it says."""
        try:
            self.value = self.parse(self.data or "")
        except InvalidInputError as error:
            raise ValidationError(error.message) from error


def _ticks(name: str, label: str, missing: str, effect: str) -> TicksField:
    choices = [SelectChoice(value, words) for value, words in CHOICES[name].items()]
    return TicksField(label, [InputRequired(missing)], choices=choices, description=_told(name, effect))


def _written(name: str, label: str, parse: Callable[[str], Any], effect: str) -> WrittenField:
    return WrittenField(label, parse, description=_told(name, effect))


def _points(name: str, label: str, units_min: int, units_max: int, effect: str) -> PointsField:
    return PointsField(label, units_min, units_max, description=_told(name, effect))


def _whole(name: str, label: str, least: int, most: int, effect: str) -> WholeField:
    in_range = NumberRange(least, most, f"请填 {least} 到 {most} 之间的数。")
    return WholeField(label, [_FILLED, in_range], description=_told(name, effect), render_kw={"inputmode": "numeric"})


def _choice(name: str, label: str, effect: str) -> RadioField:
    choices = [SelectChoice(value, words) for value, words in CHOICES[name].items()]
    return RadioField(label, [_CHOSEN], choices=choices, description=_told(name, effect))


class SettingsForm(Form):
    """The policies in force from a day on."""

    opening_points = _points("opening_points", "开户积分", 0, MONTH_MAX, "每户建档时送的、能兑换的积分，0 就是不送。")
    base_points = _points(
        "base_points", "基础分", 0, MONTH_MAX,
        "每户建档时给的底分，扣分先扣它，谁也不能拿它兑换；年终“清到基础分”时给各户补足。0 就是不设。",
    )  # fmt: skip
    household_month_max = _points(
        "household_month_max", "每户每月最多得多少分", 1_00, MONTH_MAX, "超出的部分不记，并写明封顶的原因。"
    )
    household_year_max = _points(
        "household_year_max", "每户每年最多得多少分", 1_00, YEAR_MAX, "全家一年合计，超出的部分不记。"
    )
    month_budget = _points(
        "month_budget", "每月积分预算", 0, POINTS_MAX, "评议时看得到还剩多少，快超了会提醒；0 就是不设预算。"
    )
    late_claim_days = _whole(
        "late_claim_days", "多少天以前的事算补记", 0, 366, "更早的事来记分，要写明为什么现在才记。"
    )
    cadre_households = _choice(
        "cadre_households", "村（社区）干部家庭", "家里有人的“有报酬岗位”登记为村干部的户，按这里办。"
    )

    review_months = _choice("review_months", "多久评议一次", "首页的月程按这个周期列出要办的事。")
    recheck_points_min = _points(
        "recheck_points_min", "多少分以上要复核", 0, MONTH_MAX,
        "评议通过后，达到这个分的还要“两委”复核；0 就是只按细则里写的步骤。",
    )  # fmt: skip
    answer_days = _whole("answer_days", "扣分前给几天说明", 1, 30, "先告知这一户，过了这些天或有了说明才评议。")

    notice_days = _whole("notice_days", "公示几天", 1, 60, "从最后一张公示贴出的第二天算起，公示期没满不能入账。")
    notice_working_days = _choice("notice_working_days", "只算工作日", "“是”就跳过周末和放假的日子。")
    notice_by_group = _choice("notice_by_group", "各组也要张贴", "“是”就要等每个组的公示都贴出，才开始算公示期。")
    objection_days = _whole("objection_days", "异议几天内处理", 1, 30, "到期没处理的，首页会提醒。")
    books_at_night = _choice(
        "books_at_night", "公示期满自动入账", "“是”就每天夜里把没有异议的入账；“否”由文书点“入账”。"
    )
    month_closes_on_day = _whole("month_closes_on_day", "上个月的账，几号前结", 1, 28, "结账以后补记的，算到下个月。")

    points_per_yuan = _points(
        "points_per_yuan", "一元钱的东西换多少分", 1_00, 100_00, "给商品定价时用，已经定好的价不变。"
    )
    redeem_points_min = _points(
        "redeem_points_min",
        "满多少分才能兑换",
        0,
        MONTH_MAX,
        "可用积分不到这个数的户，柜台和自助机都换不了；0 就是不限。",
    )
    confirm_by = _choice("confirm_by", "领东西怎么确认", "柜台交东西时，按这个确认是本人。")
    kiosk_shows = _choice(
        "kiosk_shows", "自助机上，没输密码前给看什么",
        "不带卡也能点户号：谁点邻居的户号，都能看到那家的积分、替那家先留着东西，但拿不走，"
        "因为东西只在柜台交，柜台要问清是谁。",
    )  # fmt: skip
    shop_phone = LineField(
        "爱心超市的电话",
        [Length(max=PHONE_LENGTH_MAX, message=f"最多 {PHONE_LENGTH_MAX} 个字。")],
        description="印在积分卡和小票上，可以不填。",
    )

    open_weekdays = _ticks(
        "open_weekdays", "每周哪几天开门", "请至少勾一天。", "不开门的日子，柜台不交东西，自助机上可以先留着。"
    )
    market_days = _written(
        "market_days", "逢几号赶场才开门", hours.parse_month_days,
        "填了就只按这些日子开门，不看星期几，例如 10、20、30。",
    )  # fmt: skip
    opening_hours = _written(
        "opening_hours", "几点开门", hours.parse_hours,
        "写在柜台和自助机上，例如 8:30-11:30 14:00-17:30；过了点也能办。",
    )  # fmt: skip
    order_days = _whole(
        "order_days", "留着的东西保留几天", 0, ORDER_DAYS_MAX,
        "过了没来领就退回；0 就是当天日结时退回，当天不开门的留到开门那天。",
    )  # fmt: skip
    redeem_months = _ticks(
        "redeem_months", "哪几个月能兑换", "请至少勾一个月。", "不到时候的月份，柜台和自助机都不换。"
    )
    redeem_days = _written(
        "redeem_days",
        "当月几号到几号能兑换",
        hours.parse_days,
        "例如 1-10；不填就是整个月，没有那一天的月份算最后一天。",
    )

    ranking_households_max = _whole(
        "ranking_households_max", "积分榜上多少户", 1, 200, "分数一样的名次相同，不会被拦腰截断。"
    )

    year_end = _choice("year_end", "没用完的积分", "由文书在“年终”页上先看再办，办错了能整个撤销一次。")
    expire_months = _whole(
        "expire_months",
        "到期作废：积分几个月有效",
        1,
        120,
        "只在上面选“到期作废”时用：满这些月还没用的，年终作废，先得的先用。",
    )

    effective_on = DateField("从哪天起生效", [InputRequired("请填日期，例如 2026-03-01。")])
    seen = HiddenField(validators=[Length(max=12)])  # the version that the person saw
    submit = SubmitField("保存政策")

    def validate_effective_on(self, field: DateField) -> None:
        """From today on: what is past keeps the settings of its day."""
        today = clock.today()
        if field.data is not None and not today <= field.data <= today + timedelta(days=DAYS_AHEAD_MAX):
            raise ValidationError("只能从今天或以后一年内的一天起生效。")

    def validate_household_year_max(self, field: PointsField) -> None:
        """A year holds at least a month."""
        month, year = self.household_month_max.units, field.units
        if 0 < year < month:
            raise ValidationError("每年的上限不能比每月的还少。")

    def validate_redeem_days(self, field: WrittenField) -> None:
        """A village that never gives anything has made a mistake."""
        # When a field before was refused there is nothing yet to compare.
        if self.open_weekdays.errors or self.market_days.errors or self.redeem_months.errors or field.errors:
            return
        settings = VillageSettings(
            open_weekdays=self.open_weekdays.numbers,
            market_days=self.market_days.value,
            redeem_months=self.redeem_months.numbers,
            redeem_days=field.value,
        )
        if not is_ever_open(settings, clock.today()):
            raise ValidationError("照这样，能兑换的日子里没有一天开门。请改开门的日子，或改兑换的日子。")

    @classmethod
    def showing(cls, settings: VillageSettings, effective_on: date, seen: int) -> "SettingsForm":
        """The form as it stands before it is changed."""
        values = {field.name: getattr(settings, field.name) for field in fields(settings)}
        values |= {name: format_points(values[name]) for name in UNITS_FIELDS}
        values |= {name: values[name].value for name in _ENUMS}
        values |= {name: "yes" if values[name] else "no" for name in _YES_NO}
        values["review_months"] = str(values["review_months"])
        values |= {name: [str(number) for number in values[name]] for name in _TICKED}
        values["market_days"] = "、".join(map(str, values["market_days"]))
        return cls(**values, effective_on=effective_on, seen=str(seen))  # text, as a browser sends it

    @property
    def settings(self) -> VillageSettings:
        """What was filled in."""
        values: dict[str, Any] = {field.name: self[field.name].data for field in fields(VillageSettings)}
        values |= {name: self[name].units for name in UNITS_FIELDS}
        values |= {name: enum(values[name]) for name, enum in _ENUMS.items()}
        values |= {name: values[name] == "yes" for name in _YES_NO}
        values["review_months"] = int(values["review_months"])
        values |= {name: self[name].numbers for name in _TICKED}
        values |= {name: self[name].value for name in _WRITTEN}
        return VillageSettings(**values)
