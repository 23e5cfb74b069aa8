"""A village's settings: what differs from village to village. Points are in hundredths."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class KioskShows(StrEnum):
    """What the kiosk shows before a PIN."""

    POINTS = "points"
    NOTHING = "nothing"


class ConfirmBy(StrEnum):
    """Who confirms that goods were received."""

    SIGNATURE = "signature"
    PIN = "pin"


class YearEndMode(StrEnum):
    """What becomes of unspent points when a year ends. They never turn into cash."""

    CARRY_OVER = "carry_over"
    CLEAR_TO_BASE = "clear_to_base"
    EXPIRE = "expire"  # what was earned longer ago than expire_months


class CadreHouseholds(StrEnum):
    """How the households of village cadres take part."""

    AS_ALL = "as_all"
    HONOUR_ONLY = "honour_only"
    NOT_RANKED = "not_ranked"


EVERY_WEEKDAY = tuple(range(1, 8))
EVERY_MONTH = tuple(range(1, 13))
_LISTS = ("open_weekdays", "market_days", "redeem_months")  # JSON has no tuples


@dataclass(frozen=True, slots=True)
class VillageSettings:
    """The settings in force on a day, with the defaults of the field."""

    opening_points: int = 0
    points_per_yuan: int = 200
    household_month_max: int = 6_000
    household_year_max: int = 40_000
    month_closes_on_day: int = 10  # of the following month
    kiosk_shows: KioskShows = KioskShows.POINTS
    confirm_by: ConfirmBy = ConfirmBy.SIGNATURE
    ranking_households_max: int = 30
    shop_phone: str = ""
    base_points: int = 0  # deductions eat them first, nobody can redeem them
    redeem_points_min: int = 0  # a household below it cannot redeem yet
    late_claim_days: int = 31  # a deed longer ago needs a reason
    answer_days: int = 3  # for a household to answer before a deduction is reviewed
    recheck_points_min: int = 0  # claims of so many points go on to re-check; 0: only where the rule says so
    review_months: int = 1  # the period of review: a month, a quarter, half a year
    month_budget: int = 0  # points that a month may issue; 0: none set
    notice_days: int = 5
    notice_working_days: bool = False
    notice_by_group: bool = False  # each group's own sheet must hang, too
    objection_days: int = 3  # to decide on an objection
    books_at_night: bool = False  # what nobody objected to is booked each night, not by hand
    year_end: YearEndMode = YearEndMode.CARRY_OVER
    expire_months: int = 24
    cadre_households: CadreHouseholds = CadreHouseholds.NOT_RANKED
    open_weekdays: tuple[int, ...] = EVERY_WEEKDAY  # of the shop, 1 is Monday
    market_days: tuple[int, ...] = ()  # days of the month on which it opens instead, such as 10, 20, 30
    opening_hours: str = ""  # "08:30-11:30 14:00-17:30"; "" where nobody said, they inform and refuse nothing
    redeem_months: tuple[int, ...] = EVERY_MONTH  # months in which points are redeemed
    redeem_days: str = ""  # of such a month, "1-10"; "" for all of it
    order_days: int = 0  # for which an order is kept; 0: until the close of the day on which it may be fetched

    def to_json(self) -> str:
        """Canonical JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "VillageSettings":
        """Settings as stored; a setting added by a later release has its default."""
        values = json.loads(text)
        values["kiosk_shows"] = KioskShows(values["kiosk_shows"])
        values["confirm_by"] = ConfirmBy(values["confirm_by"])
        if "year_end" in values:
            values["year_end"] = YearEndMode(values["year_end"])
            values["cadre_households"] = CadreHouseholds(values["cadre_households"])
        values |= {name: tuple(values[name]) for name in _LISTS if name in values}
        return cls(**values)
