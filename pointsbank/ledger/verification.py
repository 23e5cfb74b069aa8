"""Proof that the book is whole: chain, texts, entries, balances, months, holds, reversals. Rows are read in batches."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Row, select

from pointsbank.audit.queries import erased_subjects, subjects_of
from pointsbank.foundation import chain
from pointsbank.foundation.database import session, table_of
from pointsbank.foundation.periods import period_title
from pointsbank.foundation.points import format_points
from pointsbank.ledger.booking import CHAIN, MONTH_EFFECTS, AccountKey, chained_fields
from pointsbank.ledger.models import (
    HOUSEHOLD_KINDS,
    VILLAGE_OWNER,
    Account,
    AccountKind,
    Book,
    ClosedMonth,
    Entry,
    HouseholdMonth,
    Submission,
    Transfer,
    TransferKind,
    TransferText,
)
from pointsbank.ledger.services import CLOSE_ACTION
from pointsbank.places.models import Place

TITLE = "积分账"
ROWS_AT_ONCE = 5_000

_HOUSEHOLD = "建档第{}户"  # the serial that the ledger knows a household by; its door number may change
_ACCOUNT_NAMES = {
    (Book.POINTS, AccountKind.HOUSEHOLD): "可用积分",
    (Book.POINTS, AccountKind.BASE): "基础积分",
    (Book.POINTS, AccountKind.HELD): "预留积分",
    (Book.POINTS, AccountKind.OWED): "待扣积分",
    (Book.HONOUR, AccountKind.HOUSEHOLD): "荣誉分",
}

# What a transfer may point at, by kind.
_REFERENCES: dict[TransferKind, frozenset[TransferKind]] = {
    TransferKind.EARN_REVERSAL: frozenset({TransferKind.EARN, TransferKind.OPENING}),
    TransferKind.DEDUCT_REVERSAL: frozenset({TransferKind.DEDUCT}),
    TransferKind.REPAY: frozenset({TransferKind.EARN}),
    TransferKind.RELEASE: frozenset({TransferKind.HOLD}),
    TransferKind.SETTLE: frozenset({TransferKind.HOLD}),
    TransferKind.REDEEM_REVERSAL: frozenset({TransferKind.REDEEM, TransferKind.SETTLE}),
    TransferKind.RETURN: frozenset({TransferKind.REDEEM, TransferKind.SETTLE}),
}

Progress = Callable[[int], None]  # how many transfers were checked so far


def problems(village: Place, progress: Progress | None = None) -> list[str]:
    """What is wrong with a village's book; every problem names its place."""
    walk = _Walk(village)
    head = chain.head_of(session(), village.id, CHAIN)
    found = list(chain.problems(walk.rows(progress), CHAIN, TITLE, head))
    return [
        *found,
        *walk.problems,
        *_account_problems(village, walk),
        *_month_problems(village, walk),
        *_closed_month_problems(village, walk),
        *_submission_problems(village, walk),
    ]


class _Walk:
    """One pass over transfers with their texts and entries, adding up what the stored sums must be."""

    def __init__(self, village: Place) -> None:
        self.village = village
        self.problems: list[str] = []
        self.balances: dict[AccountKey, int] = defaultdict(int)
        self.months: dict[tuple[str, int], dict[str, int]] = defaultdict(
            lambda: {"earned": 0, "honoured": 0, "deducted": 0, "spent": 0}
        )
        self.digests: dict[int, bytes] = {0: chain.GENESIS}
        self.changed: set[int] = set()  # rows that are named already: their amounts prove nothing about others
        self.changed_months: set[tuple[str, int]] = set()
        self.submission_keys: set[str] = set()
        self.transfers = 0
        self._kinds: dict[int, tuple[TransferKind, int, int]] = {}  # kind, amount, household
        self._referred: dict[int, int] = defaultdict(int)
        self._erased = erased_subjects(village.id)

    def rows(self, progress: Progress | None) -> Iterator[chain.ChainedRow]:
        """The chained rows in order; on the way everything beside the chain is checked."""
        entries = _Entries(self.village.id)
        for transfer in _transfers_with_texts(self.village.id):
            self.transfers += 1
            self._check_text(transfer)
            self._check_entries(transfer, entries.of(transfer.sequence))
            self._check_reference(transfer)
            self._add_up(transfer)
            if progress and self.transfers % ROWS_AT_ONCE == 0:
                progress(self.transfers)
            yield chain.ChainedRow(
                transfer.sequence,
                transfer.previous_digest,
                transfer.digest,
                chained_fields(self.village.code, dict(transfer._mapping)),
            )
        for sequence in sorted(entries.rest()):
            self._tell(sequence, "有分录却没有凭证")
        if progress:
            progress(self.transfers)

    def _tell(self, sequence: int, what: str) -> None:
        self.problems.append(f"{TITLE}第{sequence}笔：{what}")

    def _check_text(self, transfer: Row[*tuple[Any, ...]]) -> None:
        erased = f"transfer_texts:{transfer.sequence}" in self._erased
        place = f"{TITLE}第{transfer.sequence}笔"
        problem = chain.text_problem(place, transfer.text_digest, transfer.salt, transfer.text, erased=erased)
        if problem:
            self.problems.append(problem)

    def _check_entries(self, transfer: Row[*tuple[Any, ...]], found: list[Row[*tuple[Any, ...]]]) -> None:
        """The two sides follow from the transfer, and each balance from the one before."""
        sides = (
            (1, transfer.from_household, transfer.from_kind, -transfer.amount),
            (2, transfer.to_household, transfer.to_kind, transfer.amount),
        )
        expected = []
        for side, household, kind, amount in sides:
            after = None
            if household != VILLAGE_OWNER:
                key = (household, transfer.book, kind)
                self.balances[key] += amount
                after = self.balances[key]
                if after < 0 and kind is not AccountKind.OWED:
                    self._tell(transfer.sequence, f"{_HOUSEHOLD.format(household)}的余额低于零")
            expected.append((side, household, transfer.book, kind, amount, after))
        if [tuple(entry)[1:] for entry in found] != expected:
            self._tell(transfer.sequence, "分录与凭证不符，被改动过")
            self._go_on_from(transfer, found)

    def _go_on_from(self, transfer: Row[*tuple[Any, ...]], found: list[Row[*tuple[Any, ...]]]) -> None:
        """Take the balances that are stored, so that one changed row is named alone and not all that follow it."""
        self.changed.add(transfer.sequence)
        self.changed_months.add((transfer.period, transfer.from_household or transfer.to_household))
        for entry in found:
            if entry.balance_after is not None:
                self.balances[entry.household_serial, entry.book, entry.account_kind] = entry.balance_after

    def _check_reference(self, transfer: Row[*tuple[Any, ...]]) -> None:
        kinds = _REFERENCES.get(transfer.kind)
        if (kinds is None) != (transfer.refers_to is None):
            self._tell(transfer.sequence, "所指的原凭证缺失或多余")
        elif kinds is not None:
            kind, amount, household = self._kinds.get(transfer.refers_to, (None, 0, 0))
            counts = not self.changed & {transfer.sequence, transfer.refers_to}
            if counts and transfer.kind is not TransferKind.REPAY:  # that says which earning paid, and uses nothing up
                self._referred[transfer.refers_to] += transfer.amount
            if kind not in kinds:
                self._tell(transfer.sequence, f"所指的第{transfer.refers_to}笔不是它能冲正或结清的凭证")
            elif self._referred[transfer.refers_to] > amount:
                self._tell(transfer.sequence, f"冲正或结清超过了第{transfer.refers_to}笔的数额")
            if household != (transfer.from_household or transfer.to_household):
                self._tell(transfer.sequence, f"与所指的第{transfer.refers_to}笔不是同一户")

    def _add_up(self, transfer: Row[*tuple[Any, ...]]) -> None:
        household = transfer.from_household or transfer.to_household
        self._kinds[transfer.sequence] = (transfer.kind, transfer.amount, household)
        self.digests[transfer.sequence] = transfer.digest
        self.submission_keys.add(transfer.submission_key)
        effect = MONTH_EFFECTS.get((transfer.book, transfer.kind))
        if effect is not None:
            self.months[transfer.period, household][effect[0]] += effect[1] * transfer.amount


def _transfers_with_texts(village_id: int) -> Iterator[Row[*tuple[Any, ...]]]:
    transfers, texts = table_of(Transfer), table_of(TransferText)
    query = (
        select(transfers, texts.c.salt, texts.c.text)
        .outerjoin(texts, (texts.c.village_id == transfers.c.village_id) & (texts.c.sequence == transfers.c.sequence))
        .where(transfers.c.village_id == village_id)
        .order_by(transfers.c.sequence)
    )
    yield from session().execute(query.execution_options(yield_per=ROWS_AT_ONCE))


class _Entries:
    """Entries read alongside the transfers, in the same order."""

    def __init__(self, village_id: int) -> None:
        entries = table_of(Entry)
        query = (
            select(
                entries.c.sequence,
                entries.c.side,
                entries.c.household_serial,
                entries.c.book,
                entries.c.account_kind,
                entries.c.amount,
                entries.c.balance_after,
            )
            .where(entries.c.village_id == village_id)
            .order_by(entries.c.sequence, entries.c.side)
        )
        self._rows: Iterator[Row[*tuple[Any, ...]]] = iter(
            session().execute(query.execution_options(yield_per=ROWS_AT_ONCE))
        )
        self._next = next(self._rows, None)
        self.without_transfer: set[int] = set()

    def of(self, sequence: int) -> list[Row[*tuple[Any, ...]]]:
        """The entries of a transfer."""
        found = []
        while self._next is not None and self._next.sequence <= sequence:
            if self._next.sequence == sequence:
                found.append(self._next)
            else:
                self.without_transfer.add(self._next.sequence)
            self._next = next(self._rows, None)
        return found

    def rest(self) -> set[int]:
        """Read to the end; gives the sequences of all entries that have no transfer."""
        if self._next is not None:
            self.without_transfer.add(self._next.sequence)
        self.without_transfer.update(row.sequence for row in self._rows)
        return self.without_transfer


def _account_problems(village: Place, walk: _Walk) -> Iterator[str]:
    accounts = session().scalars(select(Account).where(Account.village_id == village.id)).all()
    stored = {(a.household_serial, a.book, a.kind): a for a in accounts}
    for key in sorted(set(stored) | set(walk.balances)):
        household, book, kind = key
        if (book, kind) not in _ACCOUNT_NAMES:
            yield f"{_HOUSEHOLD.format(household)}：住户不该有 {book.value}/{kind.value} 账户"
            continue
        place = f"{_HOUSEHOLD.format(household)}的{_ACCOUNT_NAMES[book, kind]}"
        account = stored.get(key)
        if account is None:
            yield f"{place}：账户不见了"
            continue
        if account.balance != walk.balances.get(key, 0):
            stored_points, sum_points = format_points(account.balance), format_points(walk.balances.get(key, 0))
            yield f"{place}：余额 {stored_points} 分，与分录合计 {sum_points} 分不符"
        if kind in HOUSEHOLD_KINDS and kind is not AccountKind.OWED and account.floor != 0:
            yield f"{place}：余额下限被改动过"


def _month_problems(village: Place, walk: _Walk) -> Iterator[str]:
    rows = session().scalars(select(HouseholdMonth).where(HouseholdMonth.village_id == village.id)).all()
    stored = {(row.period, row.household_serial): row for row in rows}
    for key in sorted((set(stored) | set(walk.months)) - walk.changed_months):
        expected, row = walk.months.get(key, {}), stored.get(key)
        actual = {name: getattr(row, name) if row else 0 for name in ("earned", "honoured", "deducted", "spent")}
        if actual != {name: expected.get(name, 0) for name in actual}:
            yield f"{_HOUSEHOLD.format(key[1])} {period_title(key[0])}的合计：与凭证不符"


def _closed_month_problems(village: Place, walk: _Walk) -> Iterator[str]:
    query = select(ClosedMonth).where(ClosedMonth.village_id == village.id).order_by(ClosedMonth.period)
    months = session().scalars(query).all()
    recorded = subjects_of(village.id, CLOSE_ACTION)
    for subject in sorted(recorded ^ {f"month:{month.period}" for month in months}):
        yield f"{subject.removeprefix('month:')}结账：结账记录与操作记录不符"
    for month in months:
        if walk.digests.get(month.head_sequence) != month.head_digest:
            yield f"{month.period}结账：记下的账首与积分账第{month.head_sequence}笔不符"


def _submission_problems(village: Place, walk: _Walk) -> Iterator[str]:
    query = select(Submission.key, Submission.result).where(Submission.village_id == village.id)
    results = {row.key: row.result for row in session().execute(query)}
    for key in sorted(walk.submission_keys - set(results)):
        yield f"提交{key}：积分账里有它的凭证，提交记录却不见了"
    for key, result in results.items():
        if result is None:
            yield f"提交{key}：没有结果"


def head_problem(village: Place, sequence: int, digest: bytes) -> str | None:
    """Compare a printed head with the book; None when the book holds exactly this line."""
    stored = session().scalar(
        select(Transfer.digest).where(Transfer.village_id == village.id, Transfer.sequence == sequence)
    )
    if sequence == 0:
        stored = chain.GENESIS
    if stored is None:
        return f"积分账里没有第{sequence}笔：账本比纸上的旧，或被截去了一段"
    return None if stored == digest else f"{TITLE}第{sequence}笔：与纸上印的校验码不符"
