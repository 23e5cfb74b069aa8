"""What every step of a purchase begins with: the purchase, locked, at the state that the step needs."""

from sqlalchemy import select

from pointsbank.audit import services as audit
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market.errors import PurchaseMovedError
from pointsbank.market.models import Purchase, PurchaseState
from pointsbank.market.models.purchases import STATE_NAMES
from pointsbank.places.models import Place

REASON_LENGTH_MAX = 200
NOT_FOUND = "没有这张采购单，请返回采购列表。"


def locked(village_id: int, serial: int) -> Purchase:
    """A purchase of a village, locked and as it is now. Raises NotFoundError."""
    purchase = session().scalar(
        select(Purchase)
        .where(Purchase.village_id == village_id, Purchase.serial == serial)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if purchase is None:
        raise NotFoundError(NOT_FOUND)
    return purchase


def expect(purchase: Purchase, *states: PurchaseState) -> None:
    """Raises PurchaseMovedError when a purchase stands elsewhere."""
    if purchase.state not in states:
        raise PurchaseMovedError(
            f"{purchase.serial} 号采购单现在是“{STATE_NAMES[purchase.state]}”，办不了这一步。请刷新页面看看。"
        )


def note(village: Place, actor: Actor, verb: str, purchase: Purchase, text: str) -> None:
    """Leave an audit event of a step."""
    audit.record(village.id, actor, f"purchase.{verb}", f"purchase:{purchase.serial}", text)
