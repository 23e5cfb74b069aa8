"""Which goods there are."""

import unicodedata
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import selectinload

from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market.models import (
    Barcode,
    Good,
    GoodPhoto,
    GoodPrice,
    StockMove,
)
from pointsbank.market.services.goods import clean_barcode


def runs_low() -> ColumnElement[bool]:
    """Whether a good is on offer, was in stock once, and has fewer pieces not expired than the village wants there."""
    was_here = exists().where(StockMove.village_id == Good.village_id, StockMove.good_serial == Good.serial)
    return and_(Good.offered, Good.on_hand - Good.expired < Good.stock_min, was_here)


def good(village_id: int, serial: int) -> Good:
    """A good by its serial. Raises NotFoundError."""
    found = session().scalar(
        select(Good).where(Good.village_id == village_id, Good.serial == serial).options(selectinload(Good.barcodes))
    )
    if found is None:
        raise NotFoundError("没有这样商品，请返回商品列表。")
    return found


def next_code(village_id: int) -> str:
    """A code that no good has yet, after those of the usual kind: SP066 after SP065; SP001 for the first good."""
    codes = session().scalars(select(Good.code).where(Good.village_id == village_id, Good.code.startswith("SP")))
    numbers = [int(code[2:]) for code in codes if len(code) <= 8 and code[2:].isascii() and code[2:].isdigit()]
    return f"SP{max(numbers, default=0) + 1:03d}"


def goods(
    village_id: int,
    *,
    words: str = "",
    category: str = "",
    below_minimum: bool = False,
    offered_only: bool = False,
    withdrawn_only: bool = False,
    after: int = 0,
    limit: int = 100,
) -> Sequence[Good]:
    """Goods by serial, a page by key: pass the last serial as after.

    words: part of name, code, pinyin or initials, or a barcode; below_minimum: on the shelf, but too few of them.
    """
    query = select(Good).where(Good.village_id == village_id, Good.serial > after).options(selectinload(Good.barcodes))
    if words:
        query = query.where(matches(village_id, words))
    if category:
        query = query.where(Good.category == category)
    if below_minimum:
        query = query.where(runs_low())
    if offered_only:
        query = query.where(Good.offered)
    if withdrawn_only:
        query = query.where(~Good.offered)
    return session().scalars(query.order_by(Good.serial).limit(limit)).all()


def matches(village_id: int, words: str) -> ColumnElement[bool]:
    """Whether a good has these words in its name, begins so in pinyin, or has them as code or barcode."""
    wanted = unicodedata.normalize("NFKC", words).strip()
    by_barcode = select(Barcode.good_id).where(
        Barcode.village_id == village_id, Barcode.barcode == clean_barcode(words)
    )
    return or_(
        Good.name.contains(wanted, autoescape=True),
        Good.code == wanted.upper(),
        Good.pinyin.startswith(wanted.lower(), autoescape=True),
        Good.initials.startswith(wanted.lower(), autoescape=True),
        Good.id.in_(by_barcode),
    )


def goods_by_serial(village_id: int, serials: Iterable[int]) -> dict[int, Good]:
    """Goods by serial; one that is not the village's is left out."""
    rows = session().scalars(select(Good).where(Good.village_id == village_id, Good.serial.in_(list(serials))))
    return {row.serial: row for row in rows}


def goods_scanned(village_id: int, scanned: str, *, offered_only: bool = True, limit: int = 12) -> Sequence[Good]:
    """What a scanner or a person meant: the good with this barcode or code, else all that match.

    offered_only: of those that match by name; a delivery may hold what is not on the shelf yet.
    """
    text = unicodedata.normalize("NFKC", scanned).strip()
    if not text:
        return []
    exact = session().scalar(
        select(Good)
        .outerjoin(Barcode)
        .where(
            Good.village_id == village_id,
            or_(Barcode.barcode == clean_barcode(text), Good.code == text.upper()),
        )
        .limit(1)
    )
    if exact is not None:
        return [exact]
    matching = select(Good).where(Good.village_id == village_id, matches(village_id, text))
    if offered_only:
        matching = matching.where(Good.offered)
    return session().scalars(matching.order_by(Good.serial).limit(limit)).all()


def has_goods(village_id: int) -> bool:
    """Whether the shop has taken up anything at all."""
    return session().scalar(select(Good.id).where(Good.village_id == village_id).limit(1)) is not None


def categories(village_id: int) -> Sequence[str]:
    """The categories in use, in the order their goods were added."""
    return (
        session()
        .scalars(
            select(Good.category)
            .where(Good.village_id == village_id)
            .group_by(Good.category)
            .order_by(func.min(Good.serial))
        )
        .all()
    )


def photo(village_id: int, serial: int) -> bytes | None:
    """The photo of a good, a JPEG of at most 800 pixels; None without one, or without such a good.

    Good.photo_digest says whether there is one: put it into the address, so that a browser may keep the picture.
    """
    return session().scalar(
        select(GoodPhoto.content)
        .join(Good, Good.id == GoodPhoto.good_id)
        .where(Good.village_id == village_id, Good.serial == serial)
    )


def prices(village_id: int, good_serial: int, *, limit: int) -> Sequence[GoodPrice]:
    """The prices that were set for a good, the last one first."""
    return (
        session()
        .scalars(
            select(GoodPrice)
            .where(GoodPrice.village_id == village_id, GoodPrice.good_serial == good_serial)
            .order_by(GoodPrice.sequence.desc())
            .limit(limit)
        )
        .all()
    )
