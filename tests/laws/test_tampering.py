"""Whoever changes, deletes, adds or swaps a booked row past the triggers is found out, and the place is named."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, Table, delete, insert, select, text, update
from sqlalchemy.orm import Session

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import Choice, session, table_of
from pointsbank.ledger import services
from pointsbank.ledger.booking import BookedTransfer, Booking, Source
from pointsbank.ledger.models import Account, ClosedMonth, Entry, HouseholdMonth, Transfer, TransferText
from pointsbank.ledger.verification import head_problem, problems
from pointsbank.places.models import Place
from tests.booking import book
from tests.conftest import both_databases
from tests.factories import make_accounts, make_village

pytestmark = both_databases

CHAINED = [table_of(Transfer), table_of(Entry), table_of(TransferText)]
SUMMED = [table_of(Account), table_of(HouseholdMonth), table_of(ClosedMonth)]
COLUMNS = [column for table in CHAINED for column in table.columns]
SUM_COLUMNS = [column for table in SUMMED for column in table.columns if column.name not in {"closed_at", "actor"}]
KEYS: dict[str, Any] = {"sequence": 99, "side": 3, "period": "2026-01", "household_serial": 99, "balance_after": 7}
ROW = 3  # a line in the middle of the book: the settling of a hold


@pytest.fixture
def village(app: Flask) -> Place:
    """A village with a line of every shape in its book, and a closed month."""
    place = make_village()
    make_village("miaopo", name="庙坡社区")
    make_accounts(place, 1, 2)
    deed, order = Source("claim", 1, b"d" * 32), Source("order", 1)

    def first(batch: Booking) -> list[BookedTransfer]:
        return [batch.earn(1, 1000, date(2026, 2, 17), deed, "义务投工"), batch.hold(1, 400, order, "先留着")]

    book(place, [1], first)
    book(place, [1], lambda batch: batch.settle(2, 300, order, "领走了"))
    book(place, [1], lambda batch: batch.release(2, order, "不要了"))
    book(place, [2], lambda batch: batch.deduct(2, 100, date(2026, 2, 20), Source("claim", 2), "乱倒垃圾"))
    services.close_month(place, "2026-02", SYSTEM)
    return place


@pytest.fixture
def intruder(village: Place) -> Iterator[Session]:
    """A session that passes triggers and checks by, as one with the file in hand can; undone afterwards."""
    assert problems(village) == []
    current = session()
    current.rollback()
    if current.get_bind().dialect.name == "sqlite":
        current.execute(text("PRAGMA ignore_check_constraints = ON"))
        current.execute(text("PRAGMA defer_foreign_keys = ON"))
        names = current.scalars(text("SELECT name FROM sqlite_schema WHERE type = 'trigger'")).all()
        for name in names:
            current.execute(text(f"DROP TRIGGER {name}"))
    else:
        current.execute(text("SET LOCAL session_replication_role = replica"))
        current.execute(text("ALTER TABLE entries DROP CONSTRAINT ck_entries_side"))
    yield current
    current.rollback()


def other_value(session_: Session, column: "Column[Any]", value: Any) -> Any:
    """Another value that the column takes."""
    other: Any = f"{value}'"
    if column.name == "village_id":
        other = session_.scalar(select(Place.id).where(Place.code == "miaopo"))
    elif column.name in KEYS:
        other = KEYS[column.name]
    elif isinstance(column.type, Choice):
        other = next(choice for choice in column.type.choices if choice != value)
    elif isinstance(value, int):
        other = value + 1
    elif isinstance(value, bytes):
        other = bytes([value[0] ^ 1]) + value[1:]
    elif isinstance(value, date):
        other = value + (timedelta(milliseconds=1) if isinstance(value, datetime) else timedelta(days=1))
    elif value is None:
        other = b"x" * 32
    return other


def row_of(table: Table, village: Place) -> Any:
    """The condition for the row to tamper with."""
    condition = table.c.village_id == village.id
    if "sequence" in table.c:
        condition &= table.c.sequence == ROW
    if "side" in table.c:
        condition &= table.c.side == 1
    if "household_serial" in table.c and "side" not in table.c:
        condition &= table.c.household_serial == 1
    if "period" in table.c and "sequence" not in table.c:
        condition &= table.c.period == "2026-02"
    return condition


@pytest.mark.sqlite_is_enough
@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_changing_any_column_of_a_booked_row_is_named(village: Place, intruder: Session, column: "Column[Any]") -> None:
    table = column.table
    assert isinstance(table, Table)
    where = row_of(table, village)
    value = intruder.execute(select(column).where(where)).scalar_one()
    intruder.execute(update(table).where(where).values({column.name: other_value(intruder, column, value)}))
    named = [problem for problem in problems(village) if f"第{ROW}笔" in problem or f"第{ROW + 1}笔" in problem]
    assert named, problems(village)


@pytest.mark.parametrize("column", [c for c in SUM_COLUMNS if c.computed is None], ids=str)
def test_changing_any_stored_sum_is_named(village: Place, intruder: Session, column: "Column[Any]") -> None:
    table = column.table
    assert isinstance(table, Table)
    where = row_of(table, village)
    if table.name == "accounts":
        where &= (table.c.book == "points") & (table.c.kind == "household")
    value = intruder.execute(select(column).where(where)).scalar_one()
    if table.name == "accounts" and column.name in {"village_id", "household_serial", "book", "kind"}:
        intruder.execute(delete(table).where(where))  # renaming it would meet another account's key
    else:
        intruder.execute(update(table).where(where).values({column.name: other_value(intruder, column, value)}))
    assert problems(village) != []


@pytest.mark.parametrize("table", CHAINED, ids=str)
def test_deleting_a_booked_row_is_named(village: Place, intruder: Session, table: Table) -> None:
    intruder.execute(delete(table).where(row_of(table, village)))
    assert any(f"第{ROW}笔" in problem for problem in problems(village))


def test_a_changed_amount_is_named_alone_and_not_what_follows(village: Place, intruder: Session) -> None:
    transfers = table_of(Transfer)
    intruder.execute(update(transfers).where(row_of(transfers, village)).values(amount=transfers.c.amount + 10))
    found = problems(village)
    assert found
    assert [problem for problem in found if f"第{ROW}笔" not in problem] == []


def test_adding_a_transfer_at_the_end_is_named(village: Place, intruder: Session) -> None:
    transfers = table_of(Transfer)
    last = dict(intruder.execute(select(transfers).order_by(transfers.c.sequence.desc()).limit(1)).one()._mapping)
    intruder.execute(insert(transfers).values({**last, "sequence": last["sequence"] + 1}))
    assert any(f"第{last['sequence'] + 1}笔" in problem for problem in problems(village))


def test_swapping_two_transfers_is_named(village: Place, intruder: Session) -> None:
    transfers = table_of(Transfer)
    for old, new in ((3, 99), (4, 3), (99, 4)):
        intruder.execute(
            update(transfers)
            .where(transfers.c.village_id == village.id, transfers.c.sequence == old)
            .values(sequence=new)
        )
    assert any("第3笔" in problem for problem in problems(village))


def test_a_cut_tail_with_a_mended_head_is_found_by_the_printed_head(village: Place, intruder: Session) -> None:
    transfers, entries, texts = CHAINED
    printed = intruder.execute(
        select(transfers.c.sequence, transfers.c.digest).order_by(transfers.c.sequence.desc()).limit(1)
    ).one()
    assert head_problem(village, printed.sequence, printed.digest) is None
    for table in (texts, entries, transfers):
        intruder.execute(delete(table).where(table.c.sequence >= printed.sequence))
    intruder.execute(
        text("UPDATE chain_heads SET sequence = sequence - 1, digest = :digest WHERE name = 'ledger'"),
        {"digest": intruder.scalar(select(transfers.c.digest).where(transfers.c.sequence == printed.sequence - 1))},
    )
    found = head_problem(village, printed.sequence, printed.digest)
    assert found is not None
    assert f"没有第{printed.sequence}笔" in found


def test_a_printed_head_with_another_digest_is_told(village: Place) -> None:
    found = head_problem(village, ROW, b"\0" * 32)
    assert found is not None
    assert f"第{ROW}笔" in found


def test_an_emptied_text_is_accepted_only_with_its_erasure(village: Place, intruder: Session) -> None:
    texts = table_of(TransferText)
    intruder.execute(update(texts).where(row_of(texts, village)).values(text=None))
    assert problems(village) == [f"积分账第{ROW}笔：文字被清空，却没有清除记录"]
