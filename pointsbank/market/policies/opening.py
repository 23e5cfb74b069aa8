"""When the shop is open and when points are redeemed (兑换周期), by the village's settings.

Outside the period of redemption nothing is ordered nor redeemed; what was ordered in time is fetched on any day on
which the shop is open. The hours inform and refuse nothing. A question about a day goes by the settings of today.
"""

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from pointsbank.foundation import clock
from pointsbank.market.errors import RedeemingClosedError, ShopClosedError
from pointsbank.places import hours
from pointsbank.places import queries as places
from pointsbank.places.settings import EVERY_MONTH, EVERY_WEEKDAY, VillageSettings

DAYS_AHEAD_MAX = 400  # a period of redemption comes once a year at least
_WEEKDAYS = "一二三四五六日"


# --- which days ---


def opens_on(settings: VillageSettings, day: date) -> bool:
    """Whether the shop opens on a day: one of its market days if it keeps any, else one of its weekdays."""
    if settings.market_days:
        return day.day in settings.market_days
    return day.isoweekday() in settings.open_weekdays


def redeems_on(settings: VillageSettings, day: date) -> bool:
    """Whether points are redeemed on a day. A month that is shorter than the days said keeps its last one."""
    first, last = hours.days_of(settings.redeem_days)
    first = min(first, monthrange(day.year, day.month)[1])
    return day.month in settings.redeem_months and first <= day.day <= last


def next_open_day(settings: VillageSettings, day: date) -> date | None:
    """The first day from this one on which the shop opens."""
    return _first(lambda one: opens_on(settings, one), day)


def next_redeeming_day(settings: VillageSettings, day: date) -> date | None:
    """The first day from this one on which points are redeemed."""
    return _first(lambda one: redeems_on(settings, one), day)


def is_ever_open(settings: VillageSettings, day: date) -> bool:
    """Whether there is a day within the coming year on which the shop is open and points are redeemed."""
    return _first(lambda one: opens_on(settings, one) and redeems_on(settings, one), day) is not None


def fetch_day(settings: VillageSettings, moment: datetime) -> date:
    """The first day on which something ordered at a moment can be fetched: today if the shop opens yet."""
    day, spans = clock.day_of(moment), hours.spans_of(settings.opening_hours)
    is_over = bool(spans) and moment.astimezone(clock.SHANGHAI).time() >= spans[-1][1]
    return next_open_day(settings, day + timedelta(days=1) if is_over else day) or day


def kept_until(settings: VillageSettings, moment: datetime) -> date:
    """The last day on which an order placed at a moment is kept: as long as is said, and until it can be fetched."""
    return max(clock.day_of(moment) + timedelta(days=settings.order_days), fetch_day(settings, moment))


def _first(fits: Callable[[date], bool], day: date) -> date | None:
    days = (day + timedelta(days=ahead) for ahead in range(DAYS_AHEAD_MAX))
    return next((one for one in days if fits(one)), None)


# --- may it be done now ---


def check_redeeming_open(village_id: int) -> None:
    """Orders and redemptions belong into the period of redemption. Raises RedeemingClosedError, which says when."""
    refuse_outside_redeeming(places.settings_now(village_id))


def check_shop_open(village_id: int) -> None:
    """Goods are handed out on days on which the shop is open. Raises ShopClosedError, which says when that is."""
    refuse_closed_shop(places.settings_now(village_id))


def refuse_outside_redeeming(settings: VillageSettings) -> None:
    """What check_redeeming_open does, by settings that were read before."""
    problem = redeeming_problem(settings, clock.today())
    if problem:
        raise RedeemingClosedError(problem)


def refuse_closed_shop(settings: VillageSettings) -> None:
    """What check_shop_open does, by settings that were read before."""
    problem = shop_problem(settings, clock.today())
    if problem:
        raise ShopClosedError(problem)


def redeeming_problem(settings: VillageSettings, day: date) -> str:
    """Why nothing is redeemed on a day, and when it is; "" where it is."""
    if redeems_on(settings, day):
        return ""
    again = next_redeeming_day(settings, day)
    then = f"下次从 {day_in_words(again)}起" if again else "下次什么时候，请问文书"
    return f"现在不是兑换的时候：本村{period_in_words(settings)}兑换，{then}。积分先攒着，没有动。"


def shop_problem(settings: VillageSettings, day: date) -> str:
    """Why nothing is handed out on a day, and when it is; "" where it is."""
    if opens_on(settings, day):
        return ""
    return f"今天{day_in_words(day)}爱心超市不开门，不能交东西，{_again_in_words(settings, day)}。"


# --- in words ---


def hours_in_words(village_id: int, day: date) -> str:
    """For the door and the screens of that day: 今天开门：8:30–11:30、14:00–17:00, or when it opens again."""
    return hours_said(places.settings_now(village_id), day)


def hours_said(settings: VillageSettings, day: date) -> str:
    """What hours_in_words gives, by settings that were read before."""
    if not opens_on(settings, day):
        return f"今天不开门，{_again_in_words(settings, day)}"
    said = hours.hours_in_words(settings.opening_hours)
    return f"今天开门：{said}" if said else "今天开门"


def redeeming_in_words(village_id: int, day: date) -> str:
    """When points are redeemed, for the screens of that day; "" where they are at any time."""
    return redeeming_said(places.settings_now(village_id), day)


def redeeming_said(settings: VillageSettings, day: date) -> str:
    """What redeeming_in_words gives, by settings that were read before."""
    if settings.redeem_months == EVERY_MONTH and not settings.redeem_days:
        return ""
    said = f"本村{period_in_words(settings)}兑换"
    if redeems_on(settings, day):
        return f"{said}，现在可以换"
    again = next_redeeming_day(settings, day)
    return f"{said}，下次从 {day_in_words(again)}起" if again else said


def fetching_in_words(village_id: int) -> str:
    """Where what is ordered now cannot be fetched today: when it can. "" where it can."""
    settings, moment = places.settings_now(village_id), clock.now()
    day, today = fetch_day(settings, moment), clock.day_of(moment)
    if day == today:
        return ""
    why = "今天已经关门" if opens_on(settings, today) else "今天不开门"
    return f"{why}，{day_in_words(day)}{_opening_time(settings)}起来领"


def days_in_words(settings: VillageSettings) -> str:
    """On which days the shop opens: 每天, 逢 10、20、30 号, 周一、周三."""
    if settings.market_days:
        return f"逢 {_listed(settings.market_days)} 号"
    if settings.open_weekdays == EVERY_WEEKDAY:
        return "每天"
    return "、".join(f"周{_WEEKDAYS[weekday - 1]}" for weekday in settings.open_weekdays)


def day_in_words(day: date) -> str:
    """A day with its weekday: 12月3日（周四）."""
    return f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}）"


def _again_in_words(settings: VillageSettings, day: date) -> str:
    again = next_open_day(settings, day)
    return f"下次 {day_in_words(again)}{_opening_time(settings)}开门" if again else "什么时候开门，请问文书"


def _opening_time(settings: VillageSettings) -> str:
    spans = hours.spans_of(settings.opening_hours)
    return f"{hours.clock_words(spans[0][0])} " if spans else ""


def period_in_words(settings: VillageSettings) -> str:
    """每月 1 到 10 号, 3、6、9、12 月, 3、6 月的 1 到 10 号."""
    every_month = settings.redeem_months == EVERY_MONTH
    months = "每月" if every_month else f" {_listed(settings.redeem_months)} 月"
    if not settings.redeem_days:
        return months
    first, last = hours.days_of(settings.redeem_days)
    days = f"{first} 号" if first == last else f"{first} 到 {last} 号"
    return f"{months} {days}" if every_month else f"{months}的 {days}"


def _listed(numbers: Sequence[int]) -> str:
    return "、".join(map(str, numbers))
