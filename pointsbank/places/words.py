"""The words that follow the kind of place: the one table that every screen and paper takes them from."""

from dataclasses import dataclass

from pointsbank.places.models import PlaceKind


@dataclass(frozen=True, slots=True)
class Words:
    """What things are called at one kind of place."""

    place: str  # 村
    committee: str  # 村委会
    covenant: str  # 村规民约
    group: str  # 村民小组
    meeting: str  # 村民会议
    households_meeting: str  # 户代表会议
    representatives: str  # 村民代表会议
    party: str  # 村党组织
    two_committees: str  # 村“两委”
    affairs: str  # 村务公开
    supervision: str  # 村务监督委员会
    resident: str  # 村民


WORDS = {
    PlaceKind.VILLAGE: Words(
        place="村",
        committee="村委会",
        covenant="村规民约",
        group="村民小组",
        meeting="村民会议",
        households_meeting="户代表会议",
        representatives="村民代表会议",
        party="村党组织",
        two_committees="村“两委”",
        affairs="村务公开",
        supervision="村务监督委员会",
        resident="村民",
    ),
    PlaceKind.COMMUNITY: Words(
        place="社区",
        committee="居委会",
        covenant="居民公约",
        group="居民小组",
        meeting="居民会议",
        households_meeting="户代表会议",
        representatives="居民代表会议",
        party="社区党组织",
        two_committees="社区“两委”",
        affairs="居务公开",
        supervision="居务监督委员会",
        resident="居民",
    ),
}

KIND_NAMES = {
    PlaceKind.CITY: "市",
    PlaceKind.COUNTY: "县（市、区）",
    PlaceKind.TOWN: "镇（乡、街道）",
    PlaceKind.VILLAGE: "村",
    PlaceKind.COMMUNITY: "社区",
}


def words_for(kind: PlaceKind) -> Words:
    """The words of a kind of place; levels above the village speak of villages."""
    return WORDS.get(kind, WORDS[PlaceKind.VILLAGE])
