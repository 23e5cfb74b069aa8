"""What one month's honor board shows: pure data, the same for a screen, a sheet of paper and the frozen snapshot.

Points are whole hundredths. Names stand here as they may be shown in public.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class MeritLine:
    """A deed of merit, in the clerk's words."""

    name: str
    household: str  # "3组 12号"
    sentence: str
    category: str


@dataclass(frozen=True)
class DonorLine:
    """Thanks to someone who gave money or goods."""

    name: str
    gift: str


@dataclass(frozen=True)
class RankingLine:
    """One household of the ranking; ties share a rank."""

    rank: int
    name: str
    group: str
    household: str
    points: int


@dataclass(frozen=True)
class GroupLine:
    """One group of the village; `households` counts those that earned points."""

    name: str
    points: int
    households: int


@dataclass(frozen=True)
class CategoryLine:
    """The points of one kind of deed."""

    label: str
    points: int


@dataclass(frozen=True)
class MonthFigures:
    """The month in four figures."""

    deeds: int
    points: int
    households_earning: int
    households: int


@dataclass(frozen=True)
class MarketFigures:
    """What the love supermarket gave for points."""

    redemptions: int
    points: int
    kinds_of_goods: int


@dataclass(frozen=True)
class BoardContent:
    """One month of one village."""

    village_code: str
    village_name: str
    town_name: str
    kind_word: str  # 村 or 社区
    committee_word: str  # 村委会 or 居委会
    period: str  # YYYY-MM
    issue: int
    first_day: str  # what was counted, YYYY-MM-DD
    last_day: str
    figures: MonthFigures
    merits: tuple[MeritLine, ...]
    donors: tuple[DonorLine, ...]
    ranking: tuple[RankingLine, ...]
    groups: tuple[GroupLine, ...]
    categories: tuple[CategoryLine, ...]
    market: MarketFigures
    how_to_object: str
    first_sequence: int  # of the ledger's transfers of the month; 0 when there are none
    last_sequence: int
    head_sequence: int  # where the ledger stood when the month was frozen
    head_digest: str  # 64 hex digits
    draft: bool  # the month is not frozen yet
    unranked: tuple[int, ...] = ()  # serials of the households that the policy leaves out of the ranking

    @property
    def ranking_note(self) -> str:
        """Who is left out of the ranking, in words; "" when nobody is by policy."""
        return f"{self.kind_word}干部家庭不参加排名" if self.unranked else ""

    @property
    def qr_text(self) -> str:
        """What `verify --head` compares: the wall is the witness."""
        return f"pointsbank:1:{self.village_code}:{self.period}:{self.head_sequence}:{self.head_digest}"


def to_json(board: BoardContent) -> str:
    """The one canonical text of a board: keys sorted, no blanks, Chinese as it is."""
    return json.dumps(asdict(board), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> BoardContent:
    """Read a board that `to_json` wrote. Raises ValueError, KeyError or TypeError when it is none."""
    data: dict[str, Any] = json.loads(text)
    data["figures"] = MonthFigures(**data["figures"])
    data["market"] = MarketFigures(**data["market"])
    data["merits"] = tuple(MeritLine(**line) for line in data["merits"])
    data["donors"] = tuple(DonorLine(**line) for line in data["donors"])
    data["ranking"] = tuple(RankingLine(**line) for line in data["ranking"])
    data["groups"] = tuple(GroupLine(**line) for line in data["groups"])
    data["unranked"] = tuple(data.get("unranked", ()))
    data["categories"] = tuple(CategoryLine(**line) for line in data["categories"])
    return BoardContent(**data)
