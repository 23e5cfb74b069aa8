"""Barcodes: how they are read, and in-store ones for goods that came without."""

import re
import unicodedata

from sqlalchemy import select
from stdnum import ean

from pointsbank.audit import services as audit
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.market.errors import GoodExistsError
from pointsbank.market.models import Barcode, Good
from pointsbank.market.services.goods.locking import lock_good
from pointsbank.places.models import Place

# GS1 leaves 20 to 29 to the shops: no maker's code begins so.
IN_STORE_PREFIXES = range(20, 30)


def clean_barcode(text: str) -> str:
    """A barcode as scanned or typed, without spaces and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))


def is_in_store(barcode: str) -> bool:
    """Whether a shop made this barcode for itself."""
    return len(barcode) == 13 and barcode[:2].isdecimal() and int(barcode[:2]) in IN_STORE_PREFIXES


def make_barcode(village: Place, good_serial: int, actor: Actor) -> str:
    """Give a good an in-store EAN-13, made from its serial; gives the code, also of a good that has one already.

    Raises NotFoundError, GoodExistsError when all that could be made are taken.
    """
    with transaction():
        good = lock_good(village.id, good_serial)
        made = [barcode.barcode for barcode in good.barcodes if is_in_store(barcode.barcode)]
        if made:
            return made[0]
        barcode = add_made(good)
        good.version += 1
        audit.record(village.id, actor, "good.barcode", f"good:{good_serial}", barcode)
    return barcode


def add_made(good: Good) -> str:
    """An in-store barcode for a locked or new good, in the open transaction; gives it. Raises GoodExistsError."""
    possible = [_with_check_digit(f"{prefix}{good.serial:010d}") for prefix in IN_STORE_PREFIXES]
    current = session()
    taken = current.scalars(
        select(Barcode.barcode).where(Barcode.village_id == good.village_id, Barcode.barcode.in_(possible))
    ).all()
    free = [barcode for barcode in possible if barcode not in taken]
    if not free:
        raise GoodExistsError("能编的店内条码都用掉了，请从别的商品上删去一个再编。", field="barcodes")
    current.add(Barcode(village_id=good.village_id, barcode=free[0], good_id=good.id))
    current.flush()
    current.expire(good, ["barcodes"])
    return free[0]


def _with_check_digit(digits: str) -> str:
    return digits + ean.calc_check_digit(digits)
