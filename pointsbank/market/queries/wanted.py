"""What villagers would like the shop to have."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from pointsbank.foundation.database import session
from pointsbank.market.models import WantedGood, WantedState
from pointsbank.people.models import Household


def _wanted(village_id: int) -> Select[WantedGood]:
    return (
        select(WantedGood)
        .where(WantedGood.village_id == village_id)
        .options(joinedload(WantedGood.household).joinedload(Household.group))
    )


def open_wishes(village_id: int, *, limit: int) -> Sequence[WantedGood]:
    """Those without an answer, the oldest first."""
    query = _wanted(village_id).where(WantedGood.state == WantedState.OPEN)
    return session().scalars(query.order_by(WantedGood.serial).limit(limit)).all()


def answered_wishes(village_id: int, *, before: int | None = None, limit: int) -> Sequence[WantedGood]:
    """Those that were answered, the newest first, a page by key: pass the last serial as before."""
    query = _wanted(village_id).where(WantedGood.state != WantedState.OPEN)
    if before is not None:
        query = query.where(WantedGood.serial < before)
    return session().scalars(query.order_by(WantedGood.serial.desc()).limit(limit)).all()
