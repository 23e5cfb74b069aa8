"""Quotes: what each seller asks for all of it."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.points import FEN_MAX, format_yuan
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market.models import PurchaseQuote, PurchaseState
from pointsbank.market.services.purchases.steps import REASON_LENGTH_MAX, expect, locked, note
from pointsbank.people.services.values import clean_phone
from pointsbank.places.models import Place

QUOTES_MAX = 10  # of one purchase
EARLIEST_DAY = date(2020, 1, 1)  # before it no village had such a shop: a slip of typing

_S = PurchaseState


@dataclass(frozen=True, slots=True)
class Quote:
    """What a seller asks for all of it, in fen, freight included."""

    supplier: str
    total_fen: int
    quoted_on: date
    phone: str = ""
    note: str = ""


def add_quote(village: Place, serial: int, quote: Quote, actor: Actor, key: str) -> dict[str, Any]:
    """Note what a seller asks. Gives {"purchase": serial, "quote": position}.

    Raises NotFoundError, PurchaseMovedError, InvalidInputError.
    """
    quote = Quote(
        supplier=clean_text(quote.supplier, what="供货商", length_max=60, required=True, field="supplier"),
        total_fen=quote.total_fen,
        quoted_on=quote.quoted_on,
        phone=clean_phone(quote.phone),
        note=clean_text(quote.note, what="备注", length_max=REASON_LENGTH_MAX, field="note"),
    )
    if not 1 <= quote.total_fen <= FEN_MAX:
        raise InvalidInputError(f"报价要在 0.01 到 {FEN_MAX // 100:,} 元之间。", field="total")
    if not EARLIEST_DAY <= quote.quoted_on <= clock.today():
        raise InvalidInputError("报价日期不能晚于今天，也不能早于 2020 年。", field="quoted_on")

    def act() -> dict[str, Any]:
        purchase = locked(village.id, serial)
        expect(purchase, _S.DRAFT)
        if len(purchase.standing_quotes) >= QUOTES_MAX:
            raise InvalidInputError(f"一张采购单最多记 {QUOTES_MAX} 家报价。", field="supplier")
        if any(quote.supplier == one.supplier for one in purchase.standing_quotes):
            raise InvalidInputError("这一家已经报过价了。改价的，先划掉原来的，再记新的。", field="supplier")
        position = len(purchase.quotes) + 1
        purchase.quotes.append(
            PurchaseQuote(
                position=position,
                village_id=village.id,
                noted_by=actor.key,
                noted_at=clock.now(),
                **asdict(quote),
            )
        )
        purchase.revision += 1
        note(village, actor, "quote", purchase, f"{quote.supplier} {format_yuan(quote.total_fen)} 元")
        return {"purchase": serial, "quote": position}

    content = {"purchase": serial, **asdict(quote), "quoted_on": quote.quoted_on.isoformat()}
    return ledger.submit(village, key, "market.purchase.quote", content, actor, act)


def withdraw_quote(village: Place, serial: int, position: int, actor: Actor, key: str) -> dict[str, Any]:
    """Strike out a quote that was noted by mistake; it stays to be seen. Gives {"purchase": serial}.

    Raises NotFoundError, PurchaseMovedError.
    """

    def act() -> dict[str, Any]:
        purchase = locked(village.id, serial)
        expect(purchase, _S.DRAFT)
        quote = next((one for one in purchase.standing_quotes if one.position == position), None)
        if quote is None:
            raise NotFoundError("没有这一家的报价，请刷新页面。")
        quote.withdrawn_at = clock.now()
        purchase.revision += 1
        note(village, actor, "withdraw_quote", purchase, quote.supplier)
        return {"purchase": serial}

    content = {"purchase": serial, "quote": position}
    return ledger.submit(village, key, "market.purchase.withdraw_quote", content, actor, act)
