"""Deeds of merit: which can be chosen, which are, and what of them may hang."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from pointsbank.boards import content, policies
from pointsbank.boards.models import Merit
from pointsbank.covenant.models import Rule
from pointsbank.deeds.models import Claim, ClaimState
from pointsbank.foundation import periods
from pointsbank.foundation.database import session
from pointsbank.people.models import Household, Resident

DEEDS_SHOWN_MAX = 30


@dataclass(frozen=True, slots=True)
class ChosenMerit:
    """A deed chosen for the board, as the clerk sees it; line is what hangs, None when it is left off."""

    claim: Claim
    sentence: str
    line: content.MeritLine | None
    left_off: str  # why, "" when it hangs


@dataclass(frozen=True, slots=True)
class PublicNames:
    """The names of a village's people: those that may stand in public, and those that may not."""

    public: frozenset[str]
    private: frozenset[str]

    def private_in(self, text: str) -> list[str]:
        """The names in a text that may not be public."""
        return policies.private_names_in(text, self.public, self.private)


def good_deeds(village_id: int, period: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions for booked deeds that count for a month; deductions and what was taken back are none."""
    return (
        Claim.village_id == village_id,
        Claim.period == period,
        Claim.state == ClaimState.BOOKED,
        Claim.reversed_at.is_(None),
        Claim.points > 0,
    )


def good_deed(village_id: int, period: str, claim_serial: int) -> Claim | None:
    """The month's booked good deed with this serial, None if there is none."""
    return session().scalar(select(Claim).where(*good_deeds(village_id, period), Claim.serial == claim_serial))


def deeds_to_choose(village_id: int, period: str, words: str = "") -> list[Claim]:
    """The first good deeds of the month that are not chosen yet, the most points first.

    words: parts of a name, its initials, a household's number, a rule; all must be found.
    """
    chosen = select(Merit.claim_id).where(Merit.village_id == village_id, Merit.period == period)
    query = (
        select(Claim)
        .join(Claim.household)
        .join(Household.group)
        .outerjoin(Claim.resident)
        .join(Claim.rule)
        .options(
            contains_eager(Claim.household).contains_eager(Household.group),
            contains_eager(Claim.resident),
            contains_eager(Claim.rule),
        )
        .where(*good_deeds(village_id, period), Claim.id.not_in(chosen))
        .order_by(Claim.points.desc(), Claim.serial)
        .limit(DEEDS_SHOWN_MAX)
    )
    columns = (Household.head_name, Household.number, Resident.name, Resident.initials, Rule.name, Rule.category)
    for word in words.split():
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return list(session().scalars(query))


def chosen_merits(village_id: int, period: str) -> list[ChosenMerit]:
    """The deeds chosen for a month's board in their order, with what of each may hang and why not if it may not."""
    claim = joinedload(Merit.claim)
    merits = (
        session()
        .scalars(
            select(Merit)
            .options(
                claim.joinedload(Claim.household).joinedload(Household.group),
                claim.joinedload(Claim.resident),
                claim.joinedload(Claim.rule),
            )
            .where(Merit.village_id == village_id, Merit.period == period)
            .order_by(Merit.position, Merit.id)
        )
        .all()
    )
    if not merits:
        return []
    last_day = periods.days_of(period)[1]
    people = _people(village_id)
    names = _names(people, last_day)
    of_children = frozenset(
        person.household_id
        for person in people
        if person.relation == policies.HEAD_RELATION
        and person.closed_on is None
        and policies.is_child(person.born_on, person.relation, last_day)
    )
    return [_chosen(merit, names, of_children, last_day) for merit in merits]


def _chosen(merit: Merit, names: PublicNames, of_children: frozenset[int], last_day: date) -> ChosenMerit:
    claim = merit.claim
    household, resident = claim.household, claim.resident
    private = names.private_in(merit.sentence)
    left_off = ""
    if claim.reversed_at is not None:
        left_off = "这一笔已经更正（冲正），不再上榜。"
    elif household.name_consent_on is None:
        left_off = "这户还没有签姓名公示同意书，不上榜。定榜以前签好、在住户页登记，就会上榜。"
    elif household.id in of_children:
        left_off = "户主未满 14 岁，姓名不公开，不上榜。"
    elif private:
        left_off = f"句子里有不能公开的姓名“{private[0]}”，不上榜。请改写句子。"
    if left_off:
        return ChosenMerit(claim, merit.sentence, None, left_off)
    if resident is None or policies.is_child(resident.born_on, resident.relation, last_day):
        name = f"{household.head_name}家"
    else:
        name = resident.name
    line = content.MeritLine(name, policies.household_label(household), merit.sentence, claim.rule.category)
    return ChosenMerit(claim, merit.sentence, line, "")


def households_of_children(households: Iterable[Household], day: date) -> frozenset[int]:
    """The ids of those households whose head is younger than 14 on a day."""
    heads = session().execute(
        select(Resident.household_id, Resident.born_on).where(
            Resident.household_id.in_([household.id for household in households]),
            Resident.relation == policies.HEAD_RELATION,
            Resident.closed_on.is_(None),
        )
    )
    return frozenset(
        head.household_id for head in heads if policies.is_child(head.born_on, policies.HEAD_RELATION, day)
    )


def names_in_public(village_id: int, day: date) -> PublicNames:
    """The names of all who live or lived in a village, parted by consent and age on a day."""
    return _names(_people(village_id), day)


def _people(village_id: int) -> Sequence[Row[str, date | None, str, int, date | None, date | None]]:
    """All who live or lived in a village: name, born_on, relation, household_id, closed_on, name_consent_on."""
    return (
        session()
        .execute(
            select(
                Resident.name,
                Resident.born_on,
                Resident.relation,
                Resident.household_id,
                Resident.closed_on,
                Household.name_consent_on,
            )
            .join(Household, Household.id == Resident.household_id)
            .where(Resident.village_id == village_id)
        )
        .all()
    )


def _names(people: Sequence[Row[str, date | None, str, int, date | None, date | None]], day: date) -> PublicNames:
    public, private = set[str](), set[str]()
    for person in people:
        may = person.name_consent_on is not None and not policies.is_child(person.born_on, person.relation, day)
        (public if may else private).add(person.name)
    return PublicNames(frozenset(public), frozenset(private))
