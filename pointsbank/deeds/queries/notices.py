"""Reading notices: what hangs, how far each is, what stands on its paper, and what a month still waits for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from pointsbank.deeds.errors import UnknownNoticeError
from pointsbank.deeds.models import PENDING_STATES, Claim, ClaimState, Hanging, Notice, NoticeState
from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.foundation.periods import days_of
from pointsbank.ledger.models import Transfer, TransferKind
from pointsbank.people.models import Household, Resident
from pointsbank.places.models import Group

NOTICES_PER_PAGE = 20
ITEMS_PER_PAGE = 50
_GIVEN = {
    TransferKind.EARN: 1,
    TransferKind.DEDUCT_REVERSAL: 1,
    TransferKind.EARN_REVERSAL: -1,
    TransferKind.DEDUCT: -1,
}
_TO_HOUSEHOLD = (TransferKind.EARN, TransferKind.DEDUCT_REVERSAL)

Counts = dict[ClaimState, int]


@dataclass(frozen=True, slots=True)
class Approved:
    """Approved claims that wait for a notice: how many, of which days, their points with sign in units."""

    count: int
    first_day: date | None
    last_day: date | None
    points: int


def notices(village_id: int, *, before: int | None = None, limit: int = NOTICES_PER_PAGE) -> Sequence[Notice]:
    """Notices, the newest first, a page by key: pass the last one's serial as before."""
    query = _notices(village_id).order_by(Notice.serial.desc()).limit(limit)
    if before is not None:
        query = query.where(Notice.serial < before)
    return session().scalars(query).all()


def _notices(village_id: int) -> Select[Notice]:
    sheets = selectinload(Notice.hangings).joinedload(Hanging.group)
    return select(Notice).where(Notice.village_id == village_id).options(sheets)


def notice(village_id: int, serial: int) -> Notice:
    """A notice by its serial. Raises UnknownNoticeError."""
    found = session().scalar(_notices(village_id).where(Notice.serial == serial))
    if found is None:
        raise UnknownNoticeError
    return found


def counts_of(notice_ids: Collection[int]) -> dict[int, Counts]:
    """How many claims of each notice are in which state."""
    found: dict[int, Counts] = {notice_id: {} for notice_id in notice_ids}
    query = (
        select(Claim.notice_id, Claim.state, func.count())
        .where(Claim.notice_id.in_(notice_ids))
        .group_by(Claim.notice_id, Claim.state)
    )
    for notice_id, state, count in session().execute(query) if notice_ids else ():
        if notice_id is not None:
            found[notice_id][state] = count
    return found


def approved(village_id: int) -> Approved:
    """What waits for a notice."""
    query = select(func.count(), func.min(Claim.occurred_on), func.max(Claim.occurred_on), func.sum(Claim.points))
    row = session().execute(query.where(Claim.village_id == village_id, Claim.state == ClaimState.APPROVED)).one()
    return Approved(row[0], row[1], row[2], int(row[3] or 0))


def bookable(village_id: int) -> int:
    """How many claims of notices that are over can be booked now."""
    query = (
        select(func.count())
        .select_from(Claim)
        .join(Claim.notice)
        .where(
            Claim.village_id == village_id,
            Claim.state.in_((ClaimState.ON_NOTICE, ClaimState.UNOBJECTED)),
            Notice.state == NoticeState.HANGING,
            Notice.last_day < clock.today(),
        )
    )
    return session().scalar(query) or 0


def any_over(village_id: int) -> bool:
    """Whether there is a notice whose last day has passed and that has not ended."""
    query = select(Notice.id).where(
        Notice.village_id == village_id, Notice.state == NoticeState.HANGING, Notice.last_day < clock.today()
    )
    return session().scalar(query.limit(1)) is not None


def items(
    notice_id: int, *, words: str = "", after: int = 0, limit: int = ITEMS_PER_PAGE, state: ClaimState | None = None
) -> Sequence[Claim]:
    """Claims of a notice in order of their serials, a page by key; words: a serial, a household's number or a name."""
    query = _items(notice_id).where(Claim.serial > after).order_by(Claim.serial).limit(limit)
    if state is not None:
        query = query.where(Claim.state == state)
    if words:
        by_name = or_(
            Household.number == words,
            Household.head_name.contains(words, autoescape=True),
            Resident.name.contains(words, autoescape=True),
        )
        is_serial = words.isascii() and words.isdecimal() and len(words) < 19
        query = query.where(or_(Claim.serial == int(words), by_name) if is_serial else by_name)
    return session().scalars(query).all()


def _items(notice_id: int) -> Select[Claim]:
    return (
        select(Claim)
        .join(Claim.household)
        .outerjoin(Claim.resident)
        .where(Claim.notice_id == notice_id)
        .options(
            contains_eager(Claim.household).joinedload(Household.group),
            contains_eager(Claim.resident),
            joinedload(Claim.rule),
        )
    )


def items_for_paper(notice_id: int, group_id: int | None = None) -> Sequence[Claim]:
    """All claims of a notice, or those of a group, in the order of the paper: group, household, day."""
    query = (
        _items(notice_id)
        .join(Group, Group.id == Household.group_id)
        .order_by(
            Group.number,
            func.length(Household.number),
            Household.number,
            Household.id,
            Claim.occurred_on,
            Claim.serial,
        )
    )
    if group_id is not None:
        query = query.where(Household.group_id == group_id)
    return session().scalars(query).all()


def size_of(notice_id: int) -> tuple[int, int]:
    """How many items of a notice stand, and of how many households they are; cancelled ones do not count."""
    query = select(func.count(), func.count(Claim.household_id.distinct()))
    row = session().execute(query.where(Claim.notice_id == notice_id, Claim.state != ClaimState.CANCELLED)).one()
    return row[0], row[1]


def given_until(village_id: int, year: int, moment: datetime) -> dict[int, int]:
    """What each household (by serial) was given for a year and booked until a moment, both tracks, in units.

    Deductions and corrections are taken off. The book only grows: the answer for a moment is always the same.
    """
    whose = case((Transfer.kind.in_(_TO_HOUSEHOLD), Transfer.to_household), else_=Transfer.from_household)
    query = (
        select(whose, Transfer.kind, func.sum(Transfer.amount))
        .where(
            Transfer.village_id == village_id,
            Transfer.period.between(f"{year}-01", f"{year}-12"),
            Transfer.kind.in_(_GIVEN),
            Transfer.booked_at <= moment,
        )
        .group_by(whose, Transfer.kind)
    )
    given: dict[int, int] = {}
    for household, kind, amount in session().execute(query):
        given[household] = given.get(household, 0) + _GIVEN[kind] * int(amount)
    return given


def unfinished(village_id: int, period: str) -> Counts:
    """Claims of deeds of a month that are still on their way to the book: how many are in which state."""
    first, last = days_of(period)
    query = (
        select(Claim.state, func.count())
        .where(
            Claim.village_id == village_id,
            Claim.occurred_on >= first,
            Claim.occurred_on <= last,
            Claim.state.in_(PENDING_STATES),
        )
        .group_by(Claim.state)
    )
    return {row[0]: row[1] for row in session().execute(query)}
