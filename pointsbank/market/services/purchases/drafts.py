"""Drafts of purchases: what is to be bought, by when, for how much at most."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import FEN_MAX
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market import stock
from pointsbank.market.errors import ChangedMeanwhileError
from pointsbank.market.models import Purchase, PurchaseLine, PurchaseState
from pointsbank.market.services.purchases.steps import expect, locked, note
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

PURCHASE_LINES_MAX = 100  # different goods; a village's whole shop has 35 to 150
TITLE_LENGTH_MAX = 60
WANTED_DAYS_MAX = 366  # ahead; what is wanted later is planned later

_S = PurchaseState


@dataclass(frozen=True, slots=True)
class Wanted:
    """Pieces of a good that are to be bought. price_fen: what one is expected to cost."""

    good_id: int
    quantity: int
    price_fen: int = 0


@dataclass(frozen=True, slots=True)
class PurchaseDraft:
    """What is to be bought, by when, and for how much at most. budget_fen: 0 for no limit."""

    title: str
    wanted_on: date
    lines: tuple[Wanted, ...]
    budget_fen: int = 0


def draft_purchase(village: Place, draft: PurchaseDraft, actor: Actor, key: str) -> dict[str, Any]:
    """Begin a purchase. Gives {"purchase": serial}. Raises InvalidInputError, NotFoundError."""
    draft = _cleaned(draft, clock.today())

    def act() -> dict[str, Any]:
        lock_place(village.id)
        current = session()
        newest = current.scalar(select(func.max(Purchase.serial)).where(Purchase.village_id == village.id)) or 0
        purchase = Purchase(
            village_id=village.id,
            serial=newest + 1,
            state=_S.DRAFT,
            title=draft.title,
            wanted_on=draft.wanted_on,
            budget_fen=draft.budget_fen,
            drafted_by=actor.key,
            drafted_at=clock.now(),
        )
        purchase.lines = _lines(village.id, draft)
        current.add(purchase)
        note(village, actor, "draft", purchase, f"{draft.title}，{len(draft.lines)} 样")
        return {"purchase": purchase.serial}

    return ledger.submit(village, key, "market.purchase.draft", _content(draft), actor, act)


def change_purchase(
    village: Place, serial: int, draft: PurchaseDraft, revision_seen: int, actor: Actor, key: str
) -> dict[str, Any]:
    """Edit a draft. Other goods or pieces make the quotes void, since they were given for something else.

    Gives {"purchase": serial, "withdrawn": quotes that are void now}. Raises NotFoundError, PurchaseMovedError,
    ChangedMeanwhileError, InvalidInputError.
    """

    def act() -> dict[str, Any]:
        purchase = locked(village.id, serial)
        expect(purchase, _S.DRAFT)
        if purchase.revision != revision_seen:
            raise ChangedMeanwhileError("这张采购单刚刚被别人改过，您看到的是以前的。请刷新后再改。")
        new = _cleaned(draft, clock.day_of(purchase.drafted_at))
        before = [(line.good_id, line.quantity) for line in purchase.lines]
        withdrawn = 0
        if sorted(before) != sorted((line.good_id, line.quantity) for line in new.lines):
            withdrawn = len(purchase.standing_quotes)
            for quote in purchase.standing_quotes:
                quote.withdrawn_at = clock.now()
        purchase.lines.clear()
        session().flush()  # positions are taken anew
        purchase.lines = _lines(village.id, new)
        purchase.title, purchase.wanted_on, purchase.budget_fen = new.title, new.wanted_on, new.budget_fen
        purchase.revision += 1
        note(village, actor, "change", purchase, f"{new.title}，{len(new.lines)} 样")
        return {"purchase": serial, "withdrawn": withdrawn}

    content = {"purchase": serial, "revision": revision_seen, **_content(draft)}
    return ledger.submit(village, key, "market.purchase.change", content, actor, act)


def _cleaned(draft: PurchaseDraft, drafted_on: date) -> PurchaseDraft:
    """A draft as it is stored. Raises InvalidInputError."""
    title = clean_text(draft.title, what="采购什么", length_max=TITLE_LENGTH_MAX, required=True, field="title")
    if not drafted_on <= draft.wanted_on <= drafted_on + timedelta(days=WANTED_DAYS_MAX):
        raise InvalidInputError("要货日期要在起草那天之后、一年以内。", field="wanted_on")
    if not 0 <= draft.budget_fen <= FEN_MAX:
        raise InvalidInputError(f"预算要在 0 到 {FEN_MAX // 100:,} 元之间。", field="budget")
    if not draft.lines:
        raise InvalidInputError("还没有选要买的东西。请先扫条码或选一样。", field="scan")
    if len(draft.lines) > PURCHASE_LINES_MAX:
        raise InvalidInputError(f"一张采购单最多 {PURCHASE_LINES_MAX} 样，请分成几张。", field="scan")
    if len({line.good_id for line in draft.lines}) < len(draft.lines):
        raise InvalidInputError("同一样东西写了两行，请合成一行。", field="scan")
    for line in draft.lines:
        if not 1 <= line.quantity <= stock.PIECES_MAX:
            raise InvalidInputError(f"数量要在 1 到 {stock.PIECES_MAX:,} 之间。", field="scan")
        if not 0 <= line.price_fen <= FEN_MAX:
            raise InvalidInputError("预计单价不能是负数，也不能超过 1000 万元。", field="scan")
    return PurchaseDraft(title, draft.wanted_on, draft.lines, draft.budget_fen)


def _content(draft: PurchaseDraft) -> dict[str, Any]:
    return {
        "title": draft.title,
        "wanted_on": draft.wanted_on.isoformat(),
        "budget_fen": draft.budget_fen,
        "lines": [[line.good_id, line.quantity, line.price_fen] for line in draft.lines],
    }


def _lines(village_id: int, draft: PurchaseDraft) -> list[PurchaseLine]:
    """The lines, of goods of this village that lie on a shelf. Raises NotFoundError, InvalidInputError.

    The goods are locked in their order first: the lines point at them in another one.
    """
    for good in stock.lock_goods(village_id, [line.good_id for line in draft.lines]).values():
        if good.is_service:
            raise InvalidInputError(f"“{good.title}”是服务，没有货，不用采购。请去掉。", field="scan")
    return [
        PurchaseLine(
            position=position,
            village_id=village_id,
            good_id=line.good_id,
            quantity=line.quantity,
            price_fen=line.price_fen,
        )
        for position, line in enumerate(draft.lines, start=1)
    ]
