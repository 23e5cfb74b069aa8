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

    def to_json(self) -> str:
        """Canonical JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "VillageSettings":
        """Settings as stored; a setting added by a later release has its default."""
        values = json.loads(text)
        values["kiosk_shows"] = KioskShows(values["kiosk_shows"])
        values["confirm_by"] = ConfirmBy(values["confirm_by"])
        return cls(**values)
