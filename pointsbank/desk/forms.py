"""A village's settings as a form, in plain words."""

from datetime import date, timedelta
from typing import Any

from wtforms import DateField, HiddenField, RadioField, SelectChoice, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError

from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import format_points, parse_points
from pointsbank.places.settings import ConfirmBy, KioskShows, VillageSettings
from pointsbank.web.forms import Form, LineField, WholeField

MONTH_MAX, YEAR_MAX = 1_000_00, 10_000_00  # points of a household in hundredths; a village gives 60 and 400
DAYS_AHEAD_MAX = 366

_FILLED = InputRequired("请填写。")


class PointsField(LineField):
    """Points as people write them; data is the text, units the value in hundredths."""

    def __init__(self, label: str, units_min: int, units_max: int, **options: Any) -> None:
        super().__init__(label, [_FILLED, self.read], **options)
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


class VerifyForm(Form):
    """The head that stands on a printed board, for comparison; empty: only the book itself is checked."""

    head = LineField(
        "榜上印的号和校验码",
        [Length(max=400, message="太长了，只抄序号和校验码。")],
        description="可以不填。填了就和墙上的榜比一比，例如 1878:44eca91c 970df1eb ……，空格可以不写。",
    )
    submit = SubmitField("开始核对")


class SettingsForm(Form):
    """The settings in force from a day on."""

    opening_points = PointsField("开户积分", 0, MONTH_MAX, description="每户建档时送的积分，0 就是不送。")
    points_per_yuan = PointsField("一元钱的东西换多少分", 1_00, 100_00, description="定价时用，常见是 2。")
    household_month_max = PointsField("每户每月最多得多少分", 1_00, MONTH_MAX)
    household_year_max = PointsField("每户每年最多得多少分", 1_00, YEAR_MAX)
    month_closes_on_day = WholeField(
        "上个月的账，几号前结",
        [_FILLED, NumberRange(1, 28, "请填 1 到 28 之间的数。")],
        description="结账以后补记的，算到下个月。",
    )
    ranking_households_max = WholeField("积分榜上多少户", [_FILLED, NumberRange(1, 200, "请填 1 到 200 之间的数。")])
    kiosk_shows = RadioField(
        "自助机上，没输密码前给看什么",
        [InputRequired("请选一项。")],
        choices=[
            SelectChoice(KioskShows.POINTS.value, "积分和自己家的明细"),
            SelectChoice(KioskShows.NOTHING.value, "什么都不给看"),
        ],
        description="不带卡也能点户号：谁点邻居的户号，都能看到那家的积分、替那家先留着东西，但拿不走，因为东西只在柜台交，"
        "柜台要问清是谁。",
    )
    confirm_by = RadioField(
        "领东西怎么确认",
        [InputRequired("请选一项。")],
        choices=[
            SelectChoice(ConfirmBy.SIGNATURE.value, "柜台上签字"),
            SelectChoice(ConfirmBy.PIN.value, "输积分卡密码"),
        ],
    )
    shop_phone = LineField(
        "爱心超市的电话", [Length(max=20, message="最多 20 个字。")], description="印在积分卡上，可以不填。"
    )
    effective_on = DateField("从哪天起生效", [InputRequired("请填日期，例如 2026-03-01。")])
    seen = HiddenField(validators=[Length(max=12)])  # the version that the person saw
    submit = SubmitField("保存设置")

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

    @classmethod
    def showing(cls, settings: VillageSettings, effective_on: date, seen: int) -> "SettingsForm":
        """The form as it stands before it is changed."""
        return cls(
            opening_points=format_points(settings.opening_points),
            points_per_yuan=format_points(settings.points_per_yuan),
            household_month_max=format_points(settings.household_month_max),
            household_year_max=format_points(settings.household_year_max),
            month_closes_on_day=settings.month_closes_on_day,
            ranking_households_max=settings.ranking_households_max,
            kiosk_shows=settings.kiosk_shows.value,
            confirm_by=settings.confirm_by.value,
            shop_phone=settings.shop_phone,
            effective_on=effective_on,
            seen=str(seen),  # text, as a browser sends it
        )

    @property
    def settings(self) -> VillageSettings:
        """What was filled in."""
        return VillageSettings(
            opening_points=self.opening_points.units,
            points_per_yuan=self.points_per_yuan.units,
            household_month_max=self.household_month_max.units,
            household_year_max=self.household_year_max.units,
            month_closes_on_day=self.month_closes_on_day.data,
            kiosk_shows=KioskShows(self.kiosk_shows.data),
            confirm_by=ConfirmBy(self.confirm_by.data),
            ranking_households_max=self.ranking_households_max.data,
            shop_phone=self.shop_phone.data,
        )
