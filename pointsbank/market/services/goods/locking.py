"""One good, for one writer at a time."""

from sqlalchemy import select

from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market.models import Good
from pointsbank.places.services import lock_place


def lock_good(village_id: int, good_serial: int) -> Good:
    """A good as it is now, locked together with the village's list of goods. Raises NotFoundError."""
    lock_place(village_id)
    good = session().scalar(
        select(Good)
        .where(Good.village_id == village_id, Good.serial == good_serial)
        .with_for_update(of=Good)
        .execution_options(populate_existing=True)
    )
    if good is None:
        raise NotFoundError("没有这样商品，请返回商品列表。")
    return good
