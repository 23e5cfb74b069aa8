"""Lines of the register: income, spending, the town's number that comes later, and the reversal of a line."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select

from pointsbank.audit import services as audit
from pointsbank.foundation import chain, clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import FEN_MAX, format_yuan
from pointsbank.foundation.texts import clean_text
from pointsbank.fund.errors import (
    BelongsToDonationError,
    NotDueError,
    ReversalRefusedError,
    UnknownEntryError,
    VoucherMissingError,
    VoucherThereError,
)
from pointsbank.fund.models import KIND_NAMES, Donation, EntryKind, FundEntry, Subsidy, SubsidyState
from pointsbank.fund.queries import owing
from pointsbank.ledger import services as ledger
from pointsbank.ledger.batch import Source
from pointsbank.places.models import Place

SOURCE = "fund_entry"
EARLIEST_DAY = date(2020, 1, 1)  # before it no village had such a shop: a slip of typing
COUNTERPART_LENGTH_MAX = 60
PURPOSE_LENGTH_MAX = 200
VOUCHER_LENGTH_MAX = 40
PAID_SERIAL_MAX = 10**9
VOUCHER_ACTION = "fund.voucher"
_PAID_FOR = (EntryKind.PURCHASE, EntryKind.SETTLEMENT)
_NOT_BY_HAND = (EntryKind.DONATION, EntryKind.SUBSIDY)  # these come with their own paper


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A line as somebody wants it written. counterpart: who gave or was paid; voucher: the town's number.

    voucher_follows: money was spent and its number is not there yet. paid_serial: the purchase or settlement that was
    paid for, by kind.
    """

    kind: EntryKind
    amount_fen: int
    occurred_on: date
    counterpart: str
    purpose: str
    voucher: str = ""
    voucher_follows: bool = False
    paid_serial: int | None = None


def record(village: Place, draft: EntryDraft, actor: Actor, key: str) -> dict[str, Any]:
    """Write a line of income or spending, once per key.

    Gives {"entry": serial, "balance_fen": what is left}. Raises InvalidInputError, VoucherMissingError, NotFoundError,
    NotDueError, NotEnoughMoneyError; gifts and subsidies have acts of their own.
    """
    if draft.kind in _NOT_BY_HAND:
        raise InvalidInputError("捐款请到“捐赠”里登记，补贴到账请到“积分补贴”里登记，账会自动记上。", field="kind")
    draft = cleaned(draft)

    def act() -> dict[str, Any]:
        entry = book(village, draft, actor, key)
        return {"entry": entry.serial, "balance_fen": entry.balance_after_fen}

    content = {
        "kind": draft.kind.value,
        "amount_fen": draft.amount_fen,
        "occurred_on": draft.occurred_on.isoformat(),
        "counterpart": draft.counterpart,
        "purpose": draft.purpose,
        "voucher": draft.voucher,
        "paid": draft.paid_serial,
    }
    return ledger.submit(village, key, "fund.record", content, actor, act)


def cleaned(draft: EntryDraft) -> EntryDraft:
    """A draft as it is stored. Raises InvalidInputError, VoucherMissingError."""
    if not 1 <= draft.amount_fen <= FEN_MAX:
        raise InvalidInputError(f"金额要大于 0，最多 {format_yuan(FEN_MAX)} 元。", field="amount")
    check_day(draft.occurred_on, field="occurred_on")
    if draft.paid_serial is not None and not 1 <= draft.paid_serial <= PAID_SERIAL_MAX:
        raise InvalidInputError("单号要填数字，没有就空着。", field="paid")
    if draft.paid_serial is not None and draft.kind not in _PAID_FOR:
        raise InvalidInputError("只有采购和合作店结算才有单号，请空着，或改“用在哪里”。", field="paid")
    who = "来源单位" if draft.kind.is_income else "付给谁"
    voucher = clean_voucher(draft.voucher)
    if not (draft.kind.is_income or voucher or draft.voucher_follows):
        raise VoucherMissingError
    return replace(
        draft,
        counterpart=clean_text(
            draft.counterpart, what=who, length_max=COUNTERPART_LENGTH_MAX, required=True, field="counterpart"
        ),
        purpose=clean_text(draft.purpose, what="摘要", length_max=PURPOSE_LENGTH_MAX, required=True, field="purpose"),
        voucher=voucher,
    )


def check_day(day: date, *, field: str) -> None:
    """Raises InvalidInputError for a day that is not over yet, or before there were such shops."""
    if not EARLIEST_DAY <= day <= clock.today():
        raise InvalidInputError("日期不能晚于今天，也不能早于 2020 年。请核对。", field=field)


def clean_voucher(voucher: str) -> str:
    """The town's number as it is stored. Raises InvalidInputError."""
    return clean_text(voucher, what="凭证号", length_max=VOUCHER_LENGTH_MAX, field="voucher")


def book(village: Place, draft: EntryDraft, actor: Actor, key: str) -> FundEntry:
    """Book a cleaned draft inside the open submission and write its line. Raises NotDueError, NotEnoughMoneyError."""
    with ledger.fund_booking(village, actor, key) as batch:
        _check_due(village.id, draft)
        entry = _new_entry(village, draft, actor, key)
        booked = batch.income if draft.kind.is_income else batch.spend
        transfer = booked(entry.amount_fen, entry.occurred_on, _source(entry), in_words(entry))
        entry.transfer_sequence, entry.balance_after_fen = transfer.sequence, transfer.balance_after
    _add(village, entry, actor, "fund.record")
    return entry


def _check_due(village_id: int, draft: EntryDraft) -> None:
    """No more is paid for a purchase or settlement than is left of it. Raises NotFoundError, NotDueError."""
    if draft.paid_serial is None:
        return
    due = owing.due(village_id, draft.kind, draft.paid_serial)
    if draft.amount_fen > due.left_fen:
        paid = f"已经付了 {format_yuan(due.paid_fen)} 元，" if due.paid_fen else ""
        raise NotDueError(
            f"{due.title}应付 {format_yuan(due.owed_fen)} 元，{paid}最多还能付 {format_yuan(due.left_fen)} 元。"
            "请核对单号和金额；还没验收、没签字的不能付。",
            field="amount",
        )


def reverse(village: Place, serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Undo a line by a further one (冲正), once. A subsidy that had come is waited for again.

    Gives {"entry": serial of the new line, "balance_fen": what is left}. Raises UnknownEntryError,
    ReversalRefusedError, BelongsToDonationError, NotEnoughMoneyError for income that was spent since.
    """
    reason = clean_reason(reason)

    def act() -> dict[str, Any]:
        original = locked_entry(village.id, serial)
        given = session().scalar(
            select(Donation.serial).where(Donation.village_id == village.id, Donation.entry_serial == serial)
        )
        if given is not None:
            raise BelongsToDonationError(given)
        subsidy = _subsidy_of(village.id, serial)
        entry = undo(village, original, reason, actor, key)
        if subsidy is not None:
            subsidy.state, subsidy.entry_serial = SubsidyState.APPLIED, None
            subsidy.answer, subsidy.answered_on = "", None
        return {"entry": entry.serial, "balance_fen": entry.balance_after_fen}

    return ledger.submit(village, key, "fund.reverse", {"entry": serial, "reason": reason}, actor, act)


def clean_reason(reason: str) -> str:
    """Why something is undone, as it is stored. Raises InvalidInputError."""
    return clean_text(reason, what="原因", length_max=PURPOSE_LENGTH_MAX, required=True, field="reason")


def undo(village: Place, original: FundEntry, reason: str, actor: Actor, key: str) -> FundEntry:
    """The line that undoes a locked one, inside the open submission. Raises ReversalRefusedError."""
    if original.reverses is not None:
        raise ReversalRefusedError("这一笔本身就是冲正，不能再冲。要恢复原来那一笔，请重新登记。")
    undone = session().scalar(
        select(FundEntry.serial).where(FundEntry.village_id == village.id, FundEntry.reverses == original.serial)
    )
    if undone is not None:
        raise ReversalRefusedError(f"这一笔已经由第 {undone} 笔冲正过了，不能再冲一次。")
    draft = EntryDraft(
        original.kind, original.amount_fen, original.occurred_on, original.counterpart, reason, original.voucher
    )
    with ledger.fund_booking(village, actor, key) as batch:
        entry = _new_entry(village, draft, actor, key)
        entry.reverses = original.serial
        transfer = batch.reverse(original.transfer_sequence, _source(entry), in_words(entry))
        entry.transfer_sequence, entry.balance_after_fen = transfer.sequence, transfer.balance_after
    _add(village, entry, actor, "fund.reverse")
    return entry


def _subsidy_of(village_id: int, entry_serial: int) -> Subsidy | None:
    """The application whose money a line is, locked."""
    query = select(Subsidy).where(Subsidy.village_id == village_id, Subsidy.entry_serial == entry_serial)
    return session().scalar(query.with_for_update())


def add_voucher(village: Place, serial: int, voucher: str, actor: Actor) -> None:
    """The town's number of a spending, once it is there. Raises UnknownEntryError, VoucherThereError."""
    voucher = clean_voucher(voucher)
    if not voucher:
        raise InvalidInputError("请填镇上代管账的凭证号。", field="voucher")
    with transaction():
        entry = locked_entry(village.id, serial)
        if not entry.lacks_voucher:
            raise VoucherThereError(entry.voucher)
        entry.voucher = voucher
        audit.record(village.id, actor, VOUCHER_ACTION, subject_of(serial), voucher)


def locked_entry(village_id: int, serial: int) -> FundEntry:
    """A line of the village, locked. Raises UnknownEntryError."""
    entry = session().scalar(
        select(FundEntry)
        .where(FundEntry.village_id == village_id, FundEntry.serial == serial)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if entry is None:
        raise UnknownEntryError
    return entry


def subject_of(serial: int) -> str:
    """What the trail calls a line."""
    return f"{SOURCE}:{serial}"


def in_words(entry: FundEntry) -> str:
    """What the book says of a line. One function for writer and verifier."""
    undone = f"冲正第{entry.reverses}笔 " if entry.reverses is not None else ""
    return f"{undone}{KIND_NAMES[entry.kind]}：{entry.counterpart}，{entry.purpose}"


def digest_of(entry: FundEntry, voucher: str) -> bytes:
    """What the book keeps of a line beside its words. voucher: as it was when the line was written."""
    fields = (entry.serial, entry.kind.value, entry.amount_fen, entry.paid_serial, entry.reverses, voucher)
    return chain.link(SOURCE, chain.GENESIS, fields)


def _source(entry: FundEntry) -> Source:
    return Source(SOURCE, entry.serial, digest_of(entry, entry.voucher))


def _new_entry(village: Place, draft: EntryDraft, actor: Actor, key: str) -> FundEntry:
    """The next line; the head of the book is locked, so that nobody else takes its number."""
    last = session().scalar(select(func.max(FundEntry.serial)).where(FundEntry.village_id == village.id)) or 0
    now = clock.now()
    return FundEntry(
        village_id=village.id,
        serial=last + 1,
        kind=draft.kind,
        amount_fen=draft.amount_fen,
        occurred_on=draft.occurred_on,
        counterpart=draft.counterpart,
        purpose=draft.purpose,
        voucher=draft.voucher,
        paid_serial=draft.paid_serial,
        booked_on=clock.day_of(now),
        booked_at=now,
        actor=actor.key,
        submission_key=key,
    )


def _add(village: Place, entry: FundEntry, actor: Actor, action: str) -> None:
    """Write the line after its transfer, which it points at."""
    session().add(entry)
    session().flush()
    told = f"{in_words(entry)} {format_yuan(entry.change_fen)} 元，结余 {format_yuan(entry.balance_after_fen)} 元"
    audit.record(village.id, actor, action, subject_of(entry.serial), told)
