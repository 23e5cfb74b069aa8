"""Proof that purchases are whole: numbered without a gap, approved by another, nothing more nor dearer than that."""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from pointsbank.audit.queries import texts_of
from pointsbank.foundation.database import session
from pointsbank.market.models import Intake, Lot, Origin, Purchase, PurchaseLine, PurchaseReceipt, PurchaseState
from pointsbank.market.services.purchases.deciding import APPROVE_ACTION, approval_words
from pointsbank.market.services.purchases.publishing import hanging_words
from pointsbank.places.models import Place

_DECIDED = (PurchaseState.APPROVED, PurchaseState.RECEIVED, PurchaseState.PUBLISHED)


def problems(village: Place) -> Iterator[str]:
    """What is wrong with a village's purchases; every problem names its place."""
    came: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    receipts = (
        select(PurchaseReceipt.purchase_id, Lot.good_id, Lot.received, Lot.cost_fen)
        .join(Lot, Lot.intake_id == PurchaseReceipt.intake_id)
        .where(PurchaseReceipt.village_id == village.id)
    )
    for purchase_id, good_id, pieces, cost_fen in session().execute(receipts):
        came[purchase_id].append((good_id, pieces, cost_fen))
    told = texts_of(village.id, APPROVE_ACTION)
    trail = {verb: _last(village.id, f"purchase.{verb}") for verb in ("finish", "publish", "voucher")}
    query = (
        select(Purchase)
        .where(Purchase.village_id == village.id)
        .options(selectinload(Purchase.lines).joinedload(PurchaseLine.good), selectinload(Purchase.quotes))
        .order_by(Purchase.serial)
    )
    for expected, purchase in enumerate(session().scalars(query), start=1):
        place = f"采购单{purchase.serial}号"
        if purchase.serial != expected:
            yield f"{place}：前面缺了采购单"
        if purchase.state in _DECIDED and purchase.quote is None:
            yield f"{place}：已经批准，选定的报价却不见了"
        approved = told.pop(f"purchase:{purchase.serial}", [])
        is_approved = purchase.approved_at is not None and purchase.quote is not None
        if is_approved and approved not in ([""], [approval_words(purchase)]):
            yield f"{place}：内容与留痕里批准时记下的不符"
        if purchase.approved_by is not None and purchase.approved_by in (purchase.drafted_by, purchase.quoted_by):
            yield f"{place}：起草的人自己批准了"
        yield from _came_problems(place, purchase, came[purchase.id])
        if any(last.get(f"purchase:{purchase.serial}", "") != said for last, said in _later(purchase, trail)):
            yield f"{place}：少收原因、张贴或凭证号与留痕里记下的不符"
    for subject in told:
        yield f"采购单：留痕里批准过 {subject}，单子不见了"
    yield from _receipt_problems(village.id)


Last = dict[str, str]  # what the trail said last, by the purchase


def _last(village_id: int, action: str) -> Last:
    return {subject: texts[-1] for subject, texts in texts_of(village_id, action).items()}


def _later(purchase: Purchase, trail: dict[str, Last]) -> Iterator[tuple[Last, str]]:
    """What was written down after the approval, beside the trail; a text that was erased on purpose says nothing."""
    hangs = purchase.state is PurchaseState.PUBLISHED
    said = {
        "finish": purchase.shortfall,
        "publish": hanging_words(purchase) if hangs else "",
        "voucher": purchase.voucher,
    }
    for verb, last in trail.items():
        if last.get(f"purchase:{purchase.serial}") != "":
            yield last, said[verb]


def _came_problems(place: str, purchase: Purchase, came: list[tuple[int, int, int]]) -> Iterator[str]:
    left = {line.good_id: line.quantity for line in purchase.lines}
    for good_id, pieces, _ in came:
        left[good_id] = left.get(good_id, 0) - pieces
    if any(pieces < 0 for pieces in left.values()):
        yield f"{place}：收的货比批准的多"
    if purchase.quote is not None and sum(pieces * cost for _, pieces, cost in came) > purchase.quote.total_fen:
        yield f"{place}：收货金额超过批准的报价"
    if came and purchase.state not in _DECIDED:
        yield f"{place}：没有批准就收了货"
    is_complete = purchase.state in (PurchaseState.RECEIVED, PurchaseState.PUBLISHED)
    if is_complete and any(left.values()) and not purchase.shortfall:
        yield f"{place}：货没有收齐，也没有写原因"


def _receipt_problems(village_id: int) -> Iterator[str]:
    query = (
        select(Intake)
        .join(PurchaseReceipt, PurchaseReceipt.intake_id == Intake.id)
        .where(Intake.village_id == village_id)
        .order_by(Intake.serial)
    )
    for intake in session().scalars(query):
        if intake.origin is not Origin.PURCHASE or not intake.second_receiver:
            yield f"入库单{intake.serial}号：采购的货要两个人验收，来源要是采购"
