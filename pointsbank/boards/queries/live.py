"""What the board of a month would show if it were frozen now. Only what may be public is in it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import joinedload

from pointsbank.boards import content, policies
from pointsbank.boards.content import BoardContent
from pointsbank.boards.queries.merits import ChosenMerit, chosen_merits, good_deeds
from pointsbank.covenant.models import Rule
from pointsbank.deeds.models import Claim
from pointsbank.foundation import chain, periods
from pointsbank.foundation.chain import ChainHead
from pointsbank.foundation.database import session
from pointsbank.fund import queries as fund
from pointsbank.ledger.chained import CHAIN as LEDGER_CHAIN
from pointsbank.ledger.models import Book, HouseholdMonth, Transfer, TransferKind
from pointsbank.market import queries as market
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import CADRE_POST
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import CadreHouseholds
from pointsbank.places.words import words_for

CHAIN = "boards"
DONORS_SHOWN_MAX = 16  # what stands on a poster in letters that can be read


@dataclass(frozen=True, slots=True)
class _OfMonth:
    """A household with what it got in the month, None for nothing."""

    household: Household
    month: HouseholdMonth | None
    is_cadres: bool
    head_is_child: bool

    @property
    def gained(self) -> int:
        """Points and honour points, in units."""
        return self.month.earned + self.month.honoured if self.month else 0


def month_content(village: Place, period: str, merits: Sequence[ChosenMerit] | None = None) -> BoardContent:
    """The board of a month as it stands, marked as a draft. merits: as chosen_merits gives them, if they are read."""
    first_day, last_day = periods.days_of(period)
    words = words_for(village.kind)
    row = _row(village, period, first_day, last_day)
    settings = places.settings_on(village.id, last_day)
    households = _households(village.id, period, last_day)
    not_ranked = settings.cadre_households is CadreHouseholds.NOT_RANKED
    unranked = tuple(sorted(one.household.serial for one in households if one.is_cadres)) if not_ranked else ()
    chosen = chosen_merits(village.id, period) if merits is None else merits
    return BoardContent(
        village_code=village.code,
        village_name=village.name,
        town_name=row["town"] or "",
        kind_word=words.place,
        committee_word=words.committee,
        period=period,
        issue=(row["newest_issue"] or 0) + 1,
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat(),
        figures=content.MonthFigures(
            deeds=row["deeds"],
            points=sum(one.gained for one in households),
            households_earning=sum(one.gained > 0 for one in households),
            households=sum(one.household.closed_on is None for one in households),
        ),
        merits=tuple(merit.line for merit in chosen if merit.line),
        donors=_donors(village.id, first_day, last_day, households),
        ranking=_ranking(households, unranked, settings.ranking_households_max),
        groups=_groups(households),
        categories=categories(village.id, period),
        market=content.MarketFigures(row["redemptions"], int(row["redeemed_points"]), row["goods"]),
        how_to_object=f"对榜上内容有疑问，可向本组组长或{words.supervision}反映，也可到{words.committee}查账。",
        first_sequence=row["first_sequence"] or 0,
        last_sequence=row["last_sequence"] or 0,
        head_sequence=row["head_sequence"] or 0,
        head_digest=(row["head_digest"] or chain.GENESIS).hex(),
        draft=True,
        unranked=unranked,
    )


def _row(village: Place, period: str, first_day: date, last_day: date) -> Mapping[Any, Any]:
    """The single figures of a month in one statement: the ends of its book, the chains, deeds, what was redeemed."""
    of_month = (Transfer.village_id == village.id, Transfer.period == period, Transfer.book != Book.FUND)
    book = (ChainHead.place_id == village.id, ChainHead.name == LEDGER_CHAIN)
    figures = {
        "town": select(Place.name).where(Place.id == village.parent_id),
        "newest_issue": select(ChainHead.sequence).where(ChainHead.place_id == village.id, ChainHead.name == CHAIN),
        "first_sequence": select(func.min(Transfer.sequence)).where(*of_month),
        "last_sequence": select(func.max(Transfer.sequence)).where(*of_month),
        "head_sequence": select(ChainHead.sequence).where(*book),
        "head_digest": select(ChainHead.digest).where(*book),
        "deeds": select(func.count()).select_from(Claim).where(*good_deeds(village.id, period)),
    }
    redeemed = market.redeemed(village.id, first_day, last_day).subquery()
    columns = [query.scalar_subquery().label(name) for name, query in figures.items()]
    return session().execute(select(*columns, *redeemed.c)).mappings().one()


def _households(village_id: int, period: str, day: date) -> list[_OfMonth]:
    """All households that are or were, by serial, each with its month and what of its people a board depends on."""
    people_there = select(Resident.id).where(Resident.household_id == Household.id, Resident.closed_on.is_(None))
    is_cadres = people_there.where(Resident.paid_post == CADRE_POST).exists()
    heads_birth = (
        select(func.max(Resident.born_on))
        .where(
            Resident.household_id == Household.id,
            Resident.relation == policies.HEAD_RELATION,
            Resident.closed_on.is_(None),
        )
        .scalar_subquery()
    )
    month_of = and_(
        HouseholdMonth.village_id == Household.village_id,
        HouseholdMonth.household_serial == Household.serial,
        HouseholdMonth.period == period,
    )
    rows = session().execute(
        select(Household, HouseholdMonth, is_cadres, heads_birth)
        .outerjoin(HouseholdMonth, month_of)
        .options(joinedload(Household.group))
        .where(Household.village_id == village_id)
        .order_by(Household.serial)
    )
    return [
        _OfMonth(household, month, bool(cadres), policies.is_child(born_on, policies.HEAD_RELATION, day))
        for household, month, cadres, born_on in rows
    ]


def _ranking(households: Sequence[_OfMonth], unranked: Collection[int], limit: int) -> tuple[content.RankingLine, ...]:
    """The households with most points, as ledger.ranking orders them: ties share a rank and are never cut apart."""
    scores = [
        (one.month.score, one)
        for one in households
        if one.month is not None and one.month.score > 0 and one.household.serial not in unranked
    ]
    ordered = sorted(scores, key=lambda scored: -scored[0])  # by serial among equals, as they came
    least = ordered[min(limit, len(ordered)) - 1][0] if ordered else 0
    ranks: dict[int, int] = {}
    for rank, (score, _) in enumerate(ordered, start=1):
        ranks.setdefault(score, rank)
    return tuple(
        content.RankingLine(
            rank=ranks[score],
            name=policies.household_name(one.household, head_is_child=one.head_is_child),
            group=one.household.group.name,
            household=policies.number_label(one.household),
            points=score,
        )
        for score, one in ordered
        if score >= least
    )


def _donors(
    village_id: int, first_day: date, last_day: date, households: Sequence[_OfMonth]
) -> tuple[content.DonorLine, ...]:
    """Thanks for what was given and entered in the month; a household of the village is named by its consent."""
    named = {one.household.id: one for one in households}
    thanks = fund.thanks(village_id, first_day, last_day)
    lines = []
    for one in thanks[:DONORS_SHOWN_MAX]:
        donor = named.get(one.household_id) if one.household_id is not None else None
        name = policies.household_name(donor.household, head_is_child=donor.head_is_child) if donor else one.name
        lines.append(content.DonorLine(name, one.gift))
    rest = len(thanks) - len(lines)
    return (*lines, content.DonorLine(f"还有 {rest} 位", "见捐赠登记")) if rest else tuple(lines)


def _groups(households: Sequence[_OfMonth]) -> tuple[content.GroupLine, ...]:
    """The groups that gained points, highest first, each with the number of its households."""
    numbers = {one.household.group.name: one.household.group.number for one in households}
    open_ones = Counter(one.household.group.name for one in households if one.household.closed_on is None)
    points = Counter[str]()
    for one in households:
        points[one.household.group.name] += one.gained
    ordered = sorted((name for name in points if points[name] > 0), key=lambda name: (-points[name], numbers[name]))
    return tuple(content.GroupLine(name, points[name], open_ones[name]) for name in ordered)


def categories(village_id: int, period: str) -> tuple[content.CategoryLine, ...]:
    """Points gained by category, as booked for the month; deductions do not hang on the wall."""
    points = func.sum(case((Transfer.kind == TransferKind.EARN, Transfer.amount), else_=-Transfer.amount))
    rows = session().execute(
        select(Rule.category, points)
        .select_from(Transfer)
        .join(Claim, (Claim.village_id == Transfer.village_id) & (Claim.serial == Transfer.source_serial))
        .join(Rule, Rule.id == Claim.rule_id)
        .where(
            Transfer.village_id == village_id,
            Transfer.period == period,
            Transfer.kind.in_((TransferKind.EARN, TransferKind.EARN_REVERSAL)),
            Transfer.source_type == "claim",
        )
        .group_by(Rule.category)
        .having(points > 0)
        .order_by(points.desc(), Rule.category)
    )
    return tuple(content.CategoryLine(category, int(total)) for category, total in rows)
