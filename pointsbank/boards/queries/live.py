"""What the board of a month would show if it were frozen now. Only what may be public is in it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from pointsbank.boards import content, policies
from pointsbank.boards.content import BoardContent
from pointsbank.boards.queries.merits import chosen_merits, good_deeds, households_of_children
from pointsbank.covenant.models import Rule
from pointsbank.deeds.models import Claim
from pointsbank.foundation import chain, periods
from pointsbank.foundation.database import session
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.models import HouseholdMonth, Transfer, TransferKind
from pointsbank.market import queries as market
from pointsbank.people import queries as people
from pointsbank.people.models import Household
from pointsbank.places import queries as places
from pointsbank.places.models import Group, Place
from pointsbank.places.settings import CadreHouseholds
from pointsbank.places.words import words_for

CHAIN = "boards"


def month_content(village: Place, period: str) -> BoardContent:
    """The board of a month as it stands, marked as a draft."""
    first_day, last_day = periods.days_of(period)
    words = words_for(village.kind)
    sequences = ledger.sequence_range(village.id, period) or (0, 0)
    head_sequence, head_digest = ledger.head(village.id)
    months = ledger.months_of(village.id, period)
    unranked = _unranked(village.id, last_day)
    return BoardContent(
        village_code=village.code,
        village_name=village.name,
        town_name=village.parent.name if village.parent else "",
        kind_word=words.place,
        committee_word=words.committee,
        period=period,
        issue=chain.head_of(session(), village.id, CHAIN)[0] + 1,
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat(),
        figures=_figures(village.id, period, months),
        merits=tuple(merit.line for merit in chosen_merits(village.id, period) if merit.line),
        donors=(),
        ranking=_ranking(village.id, period, last_day, unranked),
        groups=_groups(village.id, months),
        categories=categories(village.id, period),
        market=_market(village.id, first_day, last_day),
        how_to_object=f"对榜上内容有疑问，可向本组组长或{words.supervision}反映，也可到{words.committee}查账。",
        first_sequence=sequences[0],
        last_sequence=sequences[1],
        head_sequence=head_sequence,
        head_digest=head_digest.hex(),
        draft=True,
        unranked=unranked,
    )


def _figures(village_id: int, period: str, months: Sequence[HouseholdMonth]) -> content.MonthFigures:
    deeds = session().scalar(select(func.count()).select_from(Claim).where(*good_deeds(village_id, period)))
    households = session().scalar(
        select(func.count())
        .select_from(Household)
        .where(Household.village_id == village_id, Household.closed_on.is_(None))
    )
    gained = [month.earned + month.honoured for month in months]
    return content.MonthFigures(
        deeds=deeds or 0,
        points=sum(gained),
        households_earning=sum(points > 0 for points in gained),
        households=households or 0,
    )


def _unranked(village_id: int, last_day: date) -> tuple[int, ...]:
    """The serials of the cadres' households, where the policy does not rank them."""
    if places.settings_on(village_id, last_day).cadre_households is not CadreHouseholds.NOT_RANKED:
        return ()
    return tuple(sorted(people.cadre_households(village_id).values()))


def _ranking(village_id: int, period: str, last_day: date, unranked: Iterable[int]) -> tuple[content.RankingLine, ...]:
    limit = places.settings_on(village_id, last_day).ranking_households_max
    ranked = ledger.ranking(village_id, period, limit=limit, left_out=unranked)
    households = _households(village_id, [row.household_serial for row in ranked])
    of_children = households_of_children(households.values(), last_day)
    return tuple(
        content.RankingLine(
            rank=row.rank,
            name=policies.household_name(household, head_is_child=household.id in of_children),
            group=household.group.name,
            household=policies.number_label(household),
            points=row.score,
        )
        for row in ranked
        for household in (households[row.household_serial],)
    )


def _households(village_id: int, serials: Iterable[int]) -> dict[int, Household]:
    rows = session().scalars(
        select(Household)
        .options(joinedload(Household.group))
        .where(Household.village_id == village_id, Household.serial.in_(list(serials)))
    )
    return {household.serial: household for household in rows}


def _groups(village_id: int, months: Sequence[HouseholdMonth]) -> tuple[content.GroupLine, ...]:
    """The groups that gained points, highest first, each with the number of its households."""
    rows = (
        session()
        .execute(
            select(Household.serial, Household.closed_on, Group.number, Group.name)
            .join(Group, Group.id == Household.group_id)
            .where(Household.village_id == village_id)
        )
        .all()
    )
    group_of = {row.serial: row.name for row in rows}
    numbers = {row.name: row.number for row in rows}
    households = Counter(row.name for row in rows if row.closed_on is None)
    points = Counter[str]()
    for month in months:
        points[group_of[month.household_serial]] += month.earned + month.honoured
    ordered = sorted((name for name in points if points[name] > 0), key=lambda name: (-points[name], numbers[name]))
    return tuple(content.GroupLine(name, points[name], households[name]) for name in ordered)


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


def _market(village_id: int, first_day: date, last_day: date) -> content.MarketFigures:
    figures = market.figures(village_id, first_day, last_day)
    return content.MarketFigures(figures.redemptions, figures.points, len(figures.goods))
