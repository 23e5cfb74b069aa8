"""Proof that register, donations and subsidies are as they were written, and agree with the books beside them.

The ledger proves that the fund's balance is the sum of its transfers; here each line is held against its transfer.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import joinedload

from pointsbank.audit.queries import erased_subjects, texts_of
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.fund.models import KIND_NAMES, Donation, EntryKind, FundEntry, Gift, Subsidy, SubsidyState
from pointsbank.fund.queries import owing
from pointsbank.fund.services import donations, entries, subsidies
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.models import Book, Transfer, TransferKind, TransferText
from pointsbank.market.models import Intake, Lot, Origin
from pointsbank.places.models import Place

TITLE = "资金台账"
_KINDS = {
    (True, False): TransferKind.INCOME,
    (True, True): TransferKind.INCOME_REVERSAL,
    (False, False): TransferKind.SPENDING,
    (False, True): TransferKind.SPENDING_REVERSAL,
}  # by whether money comes, and whether it is a reversal


def problems(village: Place) -> list[str]:
    """What is wrong with a village's fund; every problem names its place."""
    query = select(FundEntry).where(FundEntry.village_id == village.id).order_by(FundEntry.serial)
    lines = {entry.serial: entry for entry in session().scalars(query)}
    return [
        *_entry_problems(village.id, lines),
        *_payment_problems(village.id),
        *_donation_problems(village.id, lines),
        *_subsidy_problems(village.id, lines),
    ]


# --- the register -----------------------------------------------------------------------------------------------------


def _entry_problems(village_id: int, lines: Mapping[int, FundEntry]) -> Iterator[str]:
    transfers = {
        row.Transfer.sequence: row
        for row in session().execute(
            select(Transfer, TransferText.text)
            .outerjoin(
                TransferText,
                (TransferText.village_id == Transfer.village_id) & (TransferText.sequence == Transfer.sequence),
            )
            .where(Transfer.village_id == village_id, Transfer.book == Book.FUND)
        )
    }
    vouchers, erased = texts_of(village_id, entries.VOUCHER_ACTION), erased_subjects(village_id)
    balance = 0
    for number, (serial, entry) in enumerate(lines.items(), start=1):
        place = f"{TITLE}第{serial}笔"
        if serial != number:
            yield f"{place}：前面缺了第{number}笔"
        balance += entry.change_fen
        if entry.balance_after_fen != balance:
            yield f"{place}：结余与前面的收支合计不符"
        row = transfers.pop(entry.transfer_sequence, None)
        if row is None:
            yield f"{place}：积分账里没有它的凭证"
            continue
        is_erased = f"transfer_texts:{entry.transfer_sequence}" in erased
        yield from _line_problems(place, entry, lines, row, is_erased=is_erased)
        if not _digest_agrees(entry, row.Transfer, vouchers.get(entries.subject_of(serial), [])):
            yield f"{place}：内容与入账时不符，被改动过"
    for sequence in sorted(transfers):
        yield f"积分账第{sequence}笔：是资金的凭证，{TITLE}里却没有这一笔"


def _payment_problems(village_id: int) -> Iterator[str]:
    """No more was paid for a purchase or settlement than was owed."""
    for kind in (EntryKind.PURCHASE, EntryKind.SETTLEMENT):
        for serial in owing.paid_by_serial(village_id, kind):
            try:
                due = owing.due(village_id, kind, serial)
            except NotFoundError:
                yield f"{TITLE}：{KIND_NAMES[kind]}{serial}号付了钱，却没有这张单子"
                continue
            if due.paid_fen > due.owed_fen:
                yield f"{TITLE}：{KIND_NAMES[kind]}{serial}号付了{due.paid_fen}分钱，应付{due.owed_fen}分钱"


def _line_problems(
    place: str,
    entry: FundEntry,
    lines: Mapping[int, FundEntry],
    row: Row[*tuple[Any, ...]],
    *,
    is_erased: bool,
) -> Iterator[str]:
    transfer, undone = row.Transfer, lines.get(entry.reverses or 0)
    expected = (
        _KINDS[entry.kind.is_income, entry.reverses is not None],
        entry.amount_fen,
        entry.occurred_on,
        entry.actor,
        entry.submission_key,
        entries.SOURCE,
        entry.serial,
        undone.transfer_sequence if undone else None,
    )
    if expected != (
        transfer.kind,
        transfer.amount,
        transfer.occurred_on,
        transfer.actor,
        transfer.submission_key,
        transfer.source_type,
        transfer.source_serial,
        transfer.refers_to,
    ):
        yield f"{place}：与积分账第{transfer.sequence}笔凭证不符"
    if row.text != entries.in_words(entry) and not is_erased:
        yield f"{place}：来源或摘要与入账时不符"
    if undone is not None and (undone.kind, undone.amount_fen) != (entry.kind, entry.amount_fen):
        yield f"{place}：与它冲正的第{undone.serial}笔不符"


def _digest_agrees(entry: FundEntry, transfer: Transfer, added: list[str]) -> bool:
    """Whether the line is as it was booked; a number that came later stands in the trail."""
    digest = transfer.source_digest
    if digest == entries.digest_of(entry, entry.voucher):
        return True
    return added == [entry.voucher] and digest == entries.digest_of(entry, "")


# --- donations --------------------------------------------------------------------------------------------------------


def _donation_problems(village_id: int, lines: Mapping[int, FundEntry]) -> Iterator[str]:
    query = (
        select(Donation)
        .options(joinedload(Donation.household))
        .where(Donation.village_id == village_id)
        .order_by(Donation.serial)
    )
    found = session().scalars(query).all()
    accepted = texts_of(village_id, donations.ACCEPT_ACTION)
    cancelled = texts_of(village_id, donations.CANCEL_ACTION)
    given_points = texts_of(village_id, donations.POINTS_ACTION)
    undone = {entry.reverses for entry in lines.values()}
    deliveries = _deliveries(village_id)
    for number, donation in enumerate(found, start=1):
        place = f"捐赠第{donation.serial}号"
        if donation.serial != number:
            yield f"{place}：前面缺了第{number}号"
        subject = donations.subject_of(donation.serial)
        if not _as_told(accepted.pop(subject, None), donations.in_words(donation)):
            yield f"{place}：内容与登记时不符，被改动过"
        asked = "" if donation.claim_serial is None else donations.points_words(donation.claim_serial)
        if given_points.get(subject, [""])[-1] not in ("", asked) or (asked and subject not in given_points):
            yield f"{place}：记分的申报与操作记录不符"
        is_cancelled = donation.cancelled_at is not None
        if is_cancelled != (subject in cancelled):
            yield f"{place}：是否作废与操作记录不符"
        if donation.gift is Gift.MONEY:
            yield from _money_problems(place, donation, lines.get(donation.entry_serial or 0), undone)
        elif deliveries.pop(donation.delivery_serial, None) != donation.value_fen:
            yield f"{place}：与入库单{donation.delivery_serial}号不符"
    for subject in accepted:
        yield f"捐赠：操作记录里有 {subject}，登记却不见了"
    given = {donation.entry_serial for donation in found}
    for entry in lines.values():
        if entry.kind is EntryKind.DONATION and entry.reverses is None and entry.serial not in given:
            yield f"{TITLE}第{entry.serial}笔：是捐款，却没有捐赠登记"


def _money_problems(place: str, donation: Donation, entry: FundEntry | None, undone: set[int | None]) -> Iterator[str]:
    if entry is None or (entry.kind, entry.amount_fen) != (EntryKind.DONATION, donation.value_fen):
        yield f"{place}：与{TITLE}第{donation.entry_serial}笔不符"
    elif (entry.serial in undone) != (donation.cancelled_at is not None):
        yield f"{place}：是否作废与{TITLE}第{entry.serial}笔是否冲正不符"


def _deliveries(village_id: int) -> dict[int | None, int]:
    """What donated deliveries came to at the cost of their lots, by number."""
    rows = session().execute(
        select(Intake.serial, func.sum(Lot.received * Lot.cost_fen))
        .join(Lot, Lot.intake_id == Intake.id)
        .where(Intake.village_id == village_id, Intake.origin == Origin.DONATION)
        .group_by(Intake.serial)
    )
    return {serial: int(cost) for serial, cost in rows}


def _as_told(told: list[str] | None, words: str) -> bool:
    """Whether the trail has exactly this; a text that was erased says nothing."""
    return told is not None and len(told) == 1 and told[0] in ("", words)


# --- subsidies --------------------------------------------------------------------------------------------------------


def _subsidy_problems(village_id: int, lines: Mapping[int, FundEntry]) -> Iterator[str]:
    query = select(Subsidy).where(Subsidy.village_id == village_id).order_by(Subsidy.serial)
    found = session().scalars(query).all()
    applied = texts_of(village_id, subsidies.APPLY_ACTION)
    undone = {entry.reverses for entry in lines.values()}
    for number, subsidy in enumerate(found, start=1):
        place = f"积分补贴申请第{subsidy.serial}号"
        if subsidy.serial != number:
            yield f"{place}：前面缺了第{number}号"
        if not _as_told(applied.pop(subsidies.subject_of(subsidy.serial), None), subsidies.in_words(subsidy)):
            yield f"{place}：内容与申请时不符，被改动过"
        if subsidy.points != ledger.spent_in(village_id, subsidy.first_period, subsidy.last_period):
            yield f"{place}：积分与这几个月的兑换合计不符"
        if subsidy.state is SubsidyState.RECEIVED:
            entry = lines.get(subsidy.entry_serial or 0)
            if entry is None or entry.kind is not EntryKind.SUBSIDY or entry.serial in undone:
                yield f"{place}：与{TITLE}第{subsidy.entry_serial}笔不符"
    for subject in applied:
        yield f"积分补贴：操作记录里有 {subject}，申请却不见了"
    yield from _doubled_months(found)
    received = {subsidy.entry_serial for subsidy in found}
    for entry in lines.values():
        stands = entry.reverses is None and entry.serial not in undone
        if entry.kind is EntryKind.SUBSIDY and stands and entry.serial not in received:
            yield f"{TITLE}第{entry.serial}笔：是积分补贴，却没有到账的申请"


def _doubled_months(found: Iterable[Subsidy]) -> Iterator[str]:
    """Two applications that stand for one month."""
    standing = sorted(
        (one.first_period, one.last_period, one.serial) for one in found if one.state is not SubsidyState.REFUSED
    )
    for (_, last, serial), (first, _, other) in pairwise(standing):
        if first <= last:
            yield f"积分补贴申请第{serial}号和第{other}号：有同一个月"
