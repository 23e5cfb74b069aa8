"""Proof that the book is whole: chain, texts, entries, balances, months, holds, reversals. Rows are read in batches."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, select

from pointsbank.audit.queries import erased_subjects, subjects_of
from pointsbank.foundation import chain
from pointsbank.foundation.database import session, table_of
from pointsbank.foundation.periods import period_title
from pointsbank.foundation.points import format_points, format_yuan
from pointsbank.ledger import year_end
from pointsbank.ledger.chained import (
    CHAIN,
    CHAINED_COLUMNS,
    MONTH_EFFECTS,
    AccountKey,
    chained_fields,
    has_stored_balance,
)
from pointsbank.ledger.models import (
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
    YearEnd,
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
_FUND = (VILLAGE_OWNER, Book.FUND, AccountKind.FUND)
_SUMS = ("earned", "honoured", "deducted", "spent")  # of a household's month

# What a transfer may point at, by kind.
_REFERENCES: dict[TransferKind, frozenset[TransferKind]] = {
    TransferKind.EARN_REVERSAL: frozenset({TransferKind.EARN, TransferKind.OPENING}),
    TransferKind.DEDUCT_REVERSAL: frozenset({TransferKind.DEDUCT}),
    TransferKind.REPAY: frozenset({TransferKind.EARN}),
    TransferKind.RELEASE: frozenset({TransferKind.HOLD}),
    TransferKind.SETTLE: frozenset({TransferKind.HOLD}),
    TransferKind.REDEEM_REVERSAL: frozenset({TransferKind.REDEEM, TransferKind.SETTLE}),
    TransferKind.RETURN: frozenset({TransferKind.REDEEM, TransferKind.SETTLE}),
    TransferKind.EXPIRE_REVERSAL: frozenset({TransferKind.EXPIRE, TransferKind.BASE_GRANT}),
    TransferKind.INCOME_REVERSAL: frozenset({TransferKind.INCOME}),
    TransferKind.SPENDING_REVERSAL: frozenset({TransferKind.SPENDING}),
}

Progress = Callable[[int], None]  # how many transfers were checked so far
_Row = Row[*tuple[Any, ...]]

_transfers, _texts, _entries = table_of(Transfer), table_of(TransferText), table_of(Entry)
_TRANSFERS = (
    select(
        _transfers.c.sequence,
        _transfers.c.previous_digest,
        _transfers.c.digest,
        _texts.c.salt,
        _texts.c.text,
        *(_transfers.c[name] for name in CHAINED_COLUMNS),
    )
    .outerjoin(_texts, (_texts.c.village_id == _transfers.c.village_id) & (_texts.c.sequence == _transfers.c.sequence))
    .where(_transfers.c.village_id == bindparam("village"))
    .order_by(_transfers.c.sequence)
    .execution_options(yield_per=ROWS_AT_ONCE)
)
_ENTRIES = (
    select(
        _entries.c.sequence,
        _entries.c.side,
        _entries.c.household_serial,
        _entries.c.book,
        _entries.c.account_kind,
        _entries.c.amount,
        _entries.c.balance_after,
    )
    .where(_entries.c.village_id == bindparam("village"))
    .order_by(_entries.c.sequence, _entries.c.side)
    .execution_options(yield_per=ROWS_AT_ONCE)
)


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
        *_year_end_problems(village),
    ]


class _Walk:
    """One pass over transfers with their texts and entries, adding up what the stored sums must be."""

    def __init__(self, village: Place) -> None:
        self.village = village
        self.problems: list[str] = []
        self.balances: dict[AccountKey, int] = defaultdict(int)
        self.months: dict[tuple[str, int], dict[str, int]] = defaultdict(lambda: dict.fromkeys(_SUMS, 0))
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
        code = self.village.code
        for row in _read(_TRANSFERS, self.village.id):
            sequence, previous, digest, salt, text, *values = row
            transfer = _Chained(*values)
            self.transfers += 1
            self._check_text(sequence, transfer.text_digest, salt, text)
            self._check_entries(sequence, transfer, entries.of(sequence))
            self._check_reference(sequence, transfer)
            self._add_up(sequence, transfer)
            self.digests[sequence] = digest
            if progress and self.transfers % ROWS_AT_ONCE == 0:
                progress(self.transfers)
            yield chain.ChainedRow(sequence, previous, digest, chained_fields(code, transfer))
        for sequence in sorted(entries.rest()):
            self._tell(sequence, "有分录却没有凭证")
        if progress:
            progress(self.transfers)

    def _tell(self, sequence: int, what: str) -> None:
        self.problems.append(f"{TITLE}第{sequence}笔：{what}")

    def _check_text(self, sequence: int, digest: bytes | None, salt: bytes | None, text: str | None) -> None:
        erased = text is None and f"transfer_texts:{sequence}" in self._erased
        problem = chain.text_problem(f"{TITLE}第{sequence}笔", digest, salt, text, erased=erased)
        if problem:
            self.problems.append(problem)

    def _check_entries(self, sequence: int, transfer: "_Chained", found: list[tuple[Any, ...]]) -> None:
        """The two sides follow from the transfer, and each balance from the one before."""
        book, amount = transfer.book, transfer.amount
        from_after = self._move(sequence, (transfer.from_household, book, transfer.from_kind), -amount)
        to_after = self._move(sequence, (transfer.to_household, book, transfer.to_kind), amount)
        expected = [
            (sequence, 1, transfer.from_household, book, transfer.from_kind, -amount, from_after),
            (sequence, 2, transfer.to_household, book, transfer.to_kind, amount, to_after),
        ]
        if found != expected:
            self._tell(sequence, "分录与凭证不符，被改动过")
            self._go_on_from(sequence, transfer, found)

    def _go_on_from(self, sequence: int, transfer: "_Chained", found: list[tuple[Any, ...]]) -> None:
        """Take the balances that are stored, so that one changed row is named alone and not all that follow it."""
        self.changed.add(sequence)
        self.changed_months.add((transfer.period, transfer.from_household or transfer.to_household))
        for _, _, household, book, kind, _, balance_after in found:
            if balance_after is not None:
                self.balances[household, book, kind] = balance_after

    def _move(self, sequence: int, key: AccountKey, amount: int) -> int | None:
        """The balance after an entry; None for an account that is a sum, which has none."""
        if not has_stored_balance(key):
            return None
        after = self.balances[key] = self.balances[key] + amount
        if after < 0 and key[2] is not AccountKind.OWED:
            self._tell(sequence, f"{_owner(key)}的余额低于零")
        return after

    def _check_reference(self, sequence: int, transfer: "_Chained") -> None:
        kinds, refers_to = _REFERENCES.get(transfer.kind), transfer.refers_to
        if kinds is None or refers_to is None:
            if kinds is not None or refers_to is not None:
                self._tell(sequence, "所指的原凭证缺失或多余")
            return
        kind, amount, household = self._kinds.get(refers_to, (None, 0, 0))
        counts = not self.changed & {sequence, refers_to}
        if counts and transfer.kind is not TransferKind.REPAY:  # that says which earning paid, and uses nothing up
            self._referred[refers_to] += transfer.amount
        if kind not in kinds:
            self._tell(sequence, f"所指的第{refers_to}笔不是它能冲正或结清的凭证")
        elif self._referred[refers_to] > amount:
            self._tell(sequence, f"冲正或结清超过了第{refers_to}笔的数额")
        if household != (transfer.from_household or transfer.to_household):
            self._tell(sequence, f"与所指的第{refers_to}笔不是同一户")

    def _add_up(self, sequence: int, transfer: "_Chained") -> None:
        household = transfer.from_household or transfer.to_household
        self._kinds[sequence] = (transfer.kind, transfer.amount, household)
        self.submission_keys.add(transfer.submission_key)
        effect = MONTH_EFFECTS.get((transfer.book, transfer.kind))
        if effect is not None:
            self.months[transfer.period, household][effect[0]] += effect[1] * transfer.amount


class _Chained(NamedTuple):
    """The values of CHAINED_COLUMNS of one transfer, in their order."""

    book: Book
    kind: TransferKind
    from_kind: AccountKind
    from_household: int
    to_kind: AccountKind
    to_household: int
    amount: int
    occurred_on: date
    period: str
    booked_at: datetime
    actor: str
    submission_key: str
    source_type: str
    source_serial: int
    source_digest: bytes | None
    refers_to: int | None
    text_digest: bytes | None


def _read(query: Select[*tuple[Any, ...]], village_id: int) -> Iterator[_Row]:
    """The rows of a query over a village, a batch in memory at a time."""
    for batch in session().connection().execute(query, {"village": village_id}).partitions():
        yield from batch


class _Entries:
    """Entries read alongside the transfers, in the same order."""

    def __init__(self, village_id: int) -> None:
        self._rows = _read(_ENTRIES, village_id)
        self._next = next(self._rows, None)
        self.without_transfer: set[int] = set()

    def of(self, sequence: int) -> list[tuple[Any, ...]]:
        """The entries of a transfer."""
        found = []
        entry = self._next
        while entry is not None and entry[0] <= sequence:
            if entry[0] == sequence:
                found.append(tuple(entry))
            else:
                self.without_transfer.add(entry[0])
            entry = next(self._rows, None)
        self._next = entry
        return found

    def rest(self) -> set[int]:
        """Read to the end; gives the sequences of all entries that have no transfer."""
        if self._next is not None:
            self.without_transfer.add(self._next[0])
        self.without_transfer.update(entry[0] for entry in self._rows)
        return self.without_transfer


def _owner(key: AccountKey) -> str:
    return "爱心超市资金" if key == _FUND else _HOUSEHOLD.format(key[0])


def _account_problems(village: Place, walk: _Walk) -> Iterator[str]:
    query = select(Account.household_serial, Account.book, Account.kind, Account.balance, Account.floor)
    rows = session().execute(query.where(Account.village_id == village.id))
    stored = {(row.household_serial, row.book, row.kind): row for row in rows}
    for key in sorted(set(stored) | set(walk.balances)):
        household, book, kind = key
        if key != _FUND and ((book, kind) not in _ACCOUNT_NAMES or household == VILLAGE_OWNER):
            yield f"{_owner(key)}：不该有 {book.value}/{kind.value} 账户"
            continue
        place = _owner(key) if key == _FUND else f"{_owner(key)}的{_ACCOUNT_NAMES[book, kind]}"
        account = stored.get(key)
        if account is None:
            yield f"{place}：账户不见了"
            continue
        if account.balance != walk.balances.get(key, 0):
            told = [_amount(key, units) for units in (account.balance, walk.balances.get(key, 0))]
            yield f"{place}：余额 {told[0]}，与分录合计 {told[1]}不符"
        if kind is not AccountKind.OWED and account.floor != 0:
            yield f"{place}：余额下限被改动过"


def _amount(key: AccountKey, units: int) -> str:
    return f"{format_yuan(units)} 元" if key[1] is Book.FUND else f"{format_points(units)} 分"


def _month_problems(village: Place, walk: _Walk) -> Iterator[str]:
    months = table_of(HouseholdMonth)
    columns = (months.c.period, months.c.household_serial, *(months.c[name] for name in _SUMS))
    rows = session().execute(select(*columns).where(months.c.village_id == village.id))
    stored = {(period, household): sums for period, household, *sums in rows}
    nothing = [0] * len(_SUMS)
    for key in sorted((set(stored) | set(walk.months)) - walk.changed_months):
        expected = [walk.months[key][name] for name in _SUMS] if key in walk.months else nothing
        if stored.get(key, nothing) != expected:
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


def _year_end_problems(village: Place) -> Iterator[str]:
    booked = year_end.booked_sums(village.id)
    years = session().scalars(select(YearEnd).where(YearEnd.village_id == village.id).order_by(YearEnd.serial)).all()
    for year in years:
        place = f"{year.year}年年终（第{year.serial}次）"
        sums = booked.pop(year.serial, year_end.NOTHING_BOOKED)
        if (year.households, year.points) != (sums.households, sums.points):
            yield f"{place}：记下的户数、积分与积分账不符"
        if (year.reversed_at is not None) != sums.reversed and sums.points:
            yield f"{place}：是否撤销过与积分账不符"
        if sums.digests - {year_end.digest_of(year.serial, year.year, year.mode)}:
            yield f"{place}：内容与入账时不符，被改动过"
    for serial in sorted(booked):
        yield f"第{serial}次年终：积分账里有它的凭证，记录却不见了"


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
