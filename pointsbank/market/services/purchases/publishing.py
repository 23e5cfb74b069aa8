"""The end of a purchase: it hangs on the wall, and was paid under a voucher number."""

from datetime import date
from typing import Any

from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market.models import Purchase, PurchaseState
from pointsbank.market.services.purchases.steps import expect, locked, note
from pointsbank.places.models import Place

_S = PurchaseState


def publish_purchase(
    village: Place, serial: int, hung_on: date, hung_where: str, actor: Actor, key: str
) -> dict[str, Any]:
    """Note that the purchase hangs on the wall, since which day and where. Gives {"purchase": serial}.

    Raises NotFoundError, PurchaseMovedError, InvalidInputError.
    """
    hung_where = clean_text(hung_where, what="贴在哪里", length_max=60, required=True, field="hung_where")

    def act() -> dict[str, Any]:
        purchase = locked(village.id, serial)
        expect(purchase, _S.RECEIVED)
        received_on = clock.day_of(purchase.received_at or purchase.drafted_at)
        if not received_on <= hung_on <= clock.today():
            raise InvalidInputError("张贴日期要在收完货那天到今天之间。", field="hung_on")
        purchase.state, purchase.hung_on, purchase.hung_where = _S.PUBLISHED, hung_on, hung_where
        purchase.published_by = actor.key
        note(village, actor, "publish", purchase, hanging_words(purchase))
        return {"purchase": serial}

    content = {"purchase": serial, "hung_on": hung_on.isoformat(), "hung_where": hung_where}
    return ledger.submit(village, key, "market.purchase.publish", content, actor, act)


def hanging_words(purchase: Purchase) -> str:
    """What the trail says of a purchase that hangs on the wall. One function for writer and verifier."""
    return f"{purchase.hung_on and purchase.hung_on.isoformat()} {purchase.hung_where}"


def note_voucher(village: Place, serial: int, voucher: str, actor: Actor, key: str) -> dict[str, Any]:
    """Write down the voucher number of the town's accounts, when it was paid. Gives {"purchase": serial}.

    Raises NotFoundError, PurchaseMovedError, InvalidInputError.
    """
    voucher = clean_text(voucher, what="凭证号", length_max=40, required=True, field="voucher")

    def act() -> dict[str, Any]:
        purchase = locked(village.id, serial)
        expect(purchase, _S.APPROVED, _S.RECEIVED, _S.PUBLISHED)
        purchase.voucher = voucher
        note(village, actor, "voucher", purchase, voucher)
        return {"purchase": serial}

    content = {"purchase": serial, "voucher": voucher}
    return ledger.submit(village, key, "market.purchase.voucher", content, actor, act)
