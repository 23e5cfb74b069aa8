"""Which households asked their group head to come."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload

from pointsbank.deeds.models import VisitRequest
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.people.models import Household

OPEN_MAX = 100
ANSWERED_SHOWN = 20


def visit_request(village_id: int, serial: int, *, locked: bool = False) -> VisitRequest:
    """A request by its serial, locked until the end of the transaction if asked. Raises NotFoundError."""
    query = select(VisitRequest).where(VisitRequest.village_id == village_id, VisitRequest.serial == serial)
    found = session().scalar(query.with_for_update(of=VisitRequest) if locked else query)
    if found is None:
        raise NotFoundError
    return found


def _requests(village_id: int, group_ids: Collection[int] | None) -> Select[VisitRequest]:
    query = (
        select(VisitRequest)
        .join(VisitRequest.household)
        .where(VisitRequest.village_id == village_id)
        .options(contains_eager(VisitRequest.household).joinedload(Household.group))
    )
    return query if group_ids is None else query.where(Household.group_id.in_(group_ids))


def open_requests(village_id: int, group_ids: Collection[int] | None = None) -> Sequence[VisitRequest]:
    """What nobody has answered yet, of these groups or of all, who has waited longest first, at most OPEN_MAX."""
    query = _requests(village_id, group_ids).where(VisitRequest.answered_at.is_(None))
    return session().scalars(query.order_by(VisitRequest.serial).limit(OPEN_MAX)).all()


def answered_requests(village_id: int, group_ids: Collection[int] | None = None) -> Sequence[VisitRequest]:
    """The last ANSWERED_SHOWN that were answered, the newest first."""
    query = _requests(village_id, group_ids).where(VisitRequest.answered_at.is_not(None))
    return session().scalars(query.order_by(VisitRequest.serial.desc()).limit(ANSWERED_SHOWN)).all()


def open_request_of(household: Household) -> VisitRequest | None:
    """What a household has asked and nobody has answered yet."""
    query = select(VisitRequest).where(
        VisitRequest.village_id == household.village_id,
        VisitRequest.household_id == household.id,
        VisitRequest.answered_at.is_(None),
    )
    return session().scalar(query.options(joinedload(VisitRequest.household)))
