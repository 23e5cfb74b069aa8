"""Handing a purchase in, and what another person decides; giving it up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pointsbank.audit import services as audit
from pointsbank.foundation import chain, clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.points import format_yuan
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market.errors import (
    ChangedMeanwhileError,
    OwnPurchaseError,
    PurchaseMovedError,
    QuoteRefusedError,
    QuotesMissingError,
)
from pointsbank.market.models import Purchase, PurchaseState
from pointsbank.market.policies.quoting import THREE_QUOTES, sellers_asked
from pointsbank.market.services.purchases.steps import REASON_LENGTH_MAX, expect, locked, note
from pointsbank.places.models import Place

APPROVE_ACTION = "purchase.approve"

_S = PurchaseState


@dataclass(frozen=True, slots=True)
class Choice:
    """The quote that is to be taken, by its position. few_reason: why fewer sellers were asked; choice_reason: why
    not the cheapest; both where they are needed.
    """

    position: int
    few_reason: str = ""
    choice_reason: str = ""


def hand_in_purchase(village: Place, serial: int, choice: Choice, actor: Actor, key: str) -> dict[str, Any]:
    """Ask for approval, with the quote that is to be taken. Gives {"purchase": serial}.

    Raises NotFoundError, PurchaseMovedError, QuotesMissingError, QuoteRefusedError.
    """
    few = clean_text(choice.few_reason, what="理由", length_max=REASON_LENGTH_MAX, field="few_reason")
    why = clean_text(choice.choice_reason, what="理由", length_max=REASON_LENGTH_MAX, field="choice_reason")

    def act() -> dict[str, Any]:
        purchase = locked(village.id, serial)
        expect(purchase, _S.DRAFT)
        purchase.chosen = choice.position
        quote = purchase.quote
        if quote is None:
            raise QuotesMissingError("请先记下报价，再选定一家。", field="position")
        asked = sellers_asked(purchase.standing_quotes)
        if asked < THREE_QUOTES.sellers_min and not few:
            raise QuotesMissingError(
                f"只问了 {asked} 家。{THREE_QUOTES.source}是至少问 {THREE_QUOTES.sellers_min} 家；"
                "实在问不到的，请写明理由。",
                field="few_reason",
            )
        if purchase.budget_fen and quote.total_fen > purchase.budget_fen:
            raise QuoteRefusedError(
                f"这一家报 {format_yuan(quote.total_fen)} 元，超过预算 {format_yuan(purchase.budget_fen)} 元。"
                "请选别家，或先改预算。",
                field="position",
            )
        if quote.total_fen > min(one.total_fen for one in purchase.standing_quotes) and not why:
            raise QuoteRefusedError("选的不是最便宜的一家，请写明理由。", field="choice_reason")
        purchase.few_reason = few if asked < THREE_QUOTES.sellers_min else ""
        purchase.choice_reason = why
        purchase.state, purchase.quoted_by, purchase.quoted_at = _S.QUOTED, actor.key, clock.now()
        purchase.revision += 1
        note(village, actor, "hand_in", purchase, f"选定{quote.supplier}，{format_yuan(quote.total_fen)} 元")
        return {"purchase": serial}

    content = {"purchase": serial, "quote": choice.position, "few": few, "why": why}
    return ledger.submit(village, key, "market.purchase.hand_in", content, actor, act)


def approve_purchase(
    village: Place, serial: int, revision_seen: int, opinion: str, actor: Actor, key: str
) -> dict[str, Any]:
    """Say yes to what was handed in, as it was seen; never one's own. Gives {"purchase": serial}.

    Raises NotFoundError, PurchaseMovedError, OwnPurchaseError, ChangedMeanwhileError, InvalidInputError.
    """
    opinion = clean_text(opinion, what="审批意见", length_max=REASON_LENGTH_MAX, field="note")

    def act() -> dict[str, Any]:
        purchase = locked(village.id, serial)
        expect(purchase, _S.QUOTED)
        if actor.key in (purchase.drafted_by, purchase.quoted_by):
            raise OwnPurchaseError
        if purchase.revision != revision_seen:
            raise ChangedMeanwhileError("这张采购单退回去改过，您看到的是以前的。请刷新，看清再批。")
        purchase.state, purchase.approved_by, purchase.approved_at = _S.APPROVED, actor.key, clock.now()
        purchase.approval_note = opinion
        purchase.revision += 1
        audit.record(village.id, actor, APPROVE_ACTION, f"purchase:{serial}", approval_words(purchase))
        return {"purchase": serial}

    content = {"purchase": serial, "revision": revision_seen, "opinion": opinion}
    return ledger.submit(village, key, "market.purchase.approve", content, actor, act)


def approval_words(purchase: Purchase) -> str:
    """What the trail says of an approval: the quote, and a digest over all that was approved.

    One function for writer and verifier. Raises ValueError when no quote is chosen.
    """
    quote = purchase.quote
    if quote is None:
        raise ValueError("no quote is chosen")
    fields: list[chain.Field] = [
        purchase.serial,
        purchase.title,
        purchase.wanted_on,
        purchase.budget_fen,
        purchase.drafted_by,
        purchase.quoted_by,
        purchase.approved_by,
        purchase.few_reason,
        purchase.choice_reason,
        quote.position,
    ]
    for line in purchase.lines:
        fields += [line.good.serial, line.quantity, line.price_fen]
    for one in purchase.quotes:
        fields += [one.position, one.supplier, one.phone, one.total_fen, one.quoted_on, one.note]
        fields.append(int(one.withdrawn_at is not None))
    digest = chain.link("purchase", chain.GENESIS, fields)
    return (
        f"{quote.supplier}，{format_yuan(quote.total_fen)} 元，校验码 {digest.hex()}　{purchase.approval_note}".strip()
    )


def send_back_purchase(village: Place, serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Give what was handed in back, to be mended. Gives {"purchase": serial}.

    Raises NotFoundError, PurchaseMovedError, InvalidInputError for a missing reason.
    """

    def do(purchase: Purchase) -> None:
        expect(purchase, _S.QUOTED)
        purchase.state, purchase.quoted_by, purchase.quoted_at = _S.DRAFT, None, None

    return _with_reason(village, serial, "send_back", "退回的原因", reason, actor, key, do)


def cancel_purchase(village: Place, serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Give a purchase up before anything has come. Gives {"purchase": serial}.

    Raises NotFoundError, PurchaseMovedError, InvalidInputError for a missing reason.
    """

    def do(purchase: Purchase) -> None:
        expect(purchase, _S.DRAFT, _S.QUOTED, _S.APPROVED)
        if purchase.receipts:
            raise PurchaseMovedError("已经收过货，不能取消。没来齐的，用“收货结束”写明原因。")
        purchase.state, purchase.cancelled_at = _S.CANCELLED, clock.now()
        purchase.cancel_reason = clean_text(reason, what="原因", length_max=REASON_LENGTH_MAX)

    return _with_reason(village, serial, "cancel", "取消的原因", reason, actor, key, do)


def _with_reason(
    village: Place,
    serial: int,
    verb: str,
    what: str,
    reason: str,
    actor: Actor,
    key: str,
    do: Callable[[Purchase], None],
) -> dict[str, Any]:
    """Change the state of a purchase for a reason that is written down."""
    reason = clean_text(reason, what=what, length_max=REASON_LENGTH_MAX, required=True, field="reason")

    def act() -> dict[str, Any]:
        purchase = locked(village.id, serial)
        do(purchase)
        purchase.revision += 1
        note(village, actor, verb, purchase, reason)
        return {"purchase": serial}

    content = {"purchase": serial, "reason": reason}
    return ledger.submit(village, key, f"market.purchase.{verb}", content, actor, act)
