"""Reading applications for points subsidies."""

from collections.abc import Sequence

from sqlalchemy import func, select

from pointsbank.foundation.database import session
from pointsbank.foundation.periods import next_period
from pointsbank.fund.errors import UnknownSubsidyError
from pointsbank.fund.models import Subsidy, SubsidyState
from pointsbank.ledger import queries as ledger


def subsidies(village_id: int, *, before: int | None = None, limit: int = 50) -> Sequence[Subsidy]:
    """Applications, the newest first, a page by key: pass the last serial as before."""
    query = select(Subsidy).where(Subsidy.village_id == village_id).order_by(Subsidy.serial.desc()).limit(limit)
    if before is not None:
        query = query.where(Subsidy.serial < before)
    return session().scalars(query).all()


def subsidy(village_id: int, serial: int) -> Subsidy:
    """An application by its number. Raises UnknownSubsidyError."""
    found = session().get(Subsidy, (village_id, serial))
    if found is None:
        raise UnknownSubsidyError
    return found


def subsidy_of_entry(village_id: int, entry_serial: int) -> int | None:
    """The number of the application whose money a line of the register is."""
    return session().scalar(
        select(Subsidy.serial).where(Subsidy.village_id == village_id, Subsidy.entry_serial == entry_serial)
    )


def months_to_apply_for(village_id: int) -> tuple[str, str] | None:
    """The closed months that follow what was applied for last, first and last; None when there are none."""
    last_closed = ledger.closed_through(village_id)
    if last_closed is None:
        return None
    applied = session().scalar(
        select(func.max(Subsidy.last_period)).where(
            Subsidy.village_id == village_id, Subsidy.state != SubsidyState.REFUSED
        )
    )
    first = next_period(applied) if applied else ledger.first_spent(village_id)
    return (first, last_closed) if first is not None and first <= last_closed else None
