"""A database of an earlier release is brought forward with all that it holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from pointsbank.foundation import schema
from pointsbank.foundation.database import WRITE_OPTION, prepare_engine
from tests.databases import DATABASES

NOW = "2026-03-18 01:30:00+00"
BEFORE = (
    "INSERT INTO places (id, kind, code, name, created_at) VALUES (1, 'village', 'qingxi', '清溪村', '{now}')",
    "INSERT INTO rule_books (id, village_id, version, effective_on, reason, actor, created_at)"
    " VALUES (2, 1, 1, '2026-01-01', '', 'system', '{now}')",
    "INSERT INTO rules (id, village_id, rule_book_id, position, code, category, name, name_en, pinyin, initials,"
    " points, unit, track, effect, evidence_kind, evidence, keep_evidence, steps, volunteer_hours, level_group,"
    " excludes_paid_duty, reminds_first, handed_down_by)"
    " VALUES (3, 1, 2, 1, 'GY01', '公益', '志愿服务', '', 'zhiyuan', 'zy', 200, '次', 'points', 'none', 'none', '',"
    " {yes}, '', {no}, '', {no}, {no}, '')",
)
ADOPTED = (
    "INSERT INTO covenants (id, village_id, version, title, state, effective_on, reason, actor, created_at, adopted_at,"
    " revision) VALUES (4, 1, 1, '约', 'adopted', '2026-01-01', '', 'system', '2026-03-18T01:30:00.000Z',"
    " '2026-03-18T01:30:00.000Z', 1)"
)

# A good of which five came and two went before lots were kept, and one that never came.
STOCKED = (
    "INSERT INTO submissions (village_id, key, operation, content_digest, actor, at, result)"
    " VALUES (1, 'k', 'market.receive', {bytes}, 'system', '{now}', '{{}}')",
    "INSERT INTO goods (id, village_id, serial, code, name, name_en, pinyin, initials, spec, unit, category, cost_fen,"
    " points_price, stock_min, shelf_life_days, offered, on_hand, reserved, created_at, version)"
    " VALUES (5, 1, 1, 'SP001', '大米', '', 'dami', 'dm', '', '袋', '粮油', 2980, 6000, 2, 0, {yes}, 3, 0, '{now}', 1),"
    " (6, 1, 2, 'SP002', '面粉', '', 'mianfen', 'mf', '', '袋', '粮油', 1350, 3000, 2, 0, {yes}, 0, 0, '{now}', 1)",
    "INSERT INTO stock_moves (village_id, sequence, kind, good_serial, quantity, on_hand_after, occurred_on, moved_at,"
    " actor, submission_key, previous_digest, digest) VALUES"
    " (1, 1, 'receive', 1, 5, 5, '2026-03-01', '{now}', 'system', 'k', {bytes}, {bytes}),"
    " (1, 2, 'count', 1, -2, 3, '2026-03-09', '{now}', 'system', 'k', {bytes}, {bytes})",
)

# An order of two pieces that was handed over, with its receipt, and one that waits.
ORDERED = (
    *STOCKED,
    "INSERT INTO groups (id, village_id, number, name) VALUES (7, 1, 1, '1组')",
    "INSERT INTO households (id, village_id, serial, number, group_id, head_name, note, created_at, version)"
    " VALUES (8, 1, 1, '01-001', 7, '张三', '', '{now}', 1)",
    "INSERT INTO transfers (village_id, sequence, book, kind, from_kind, from_household, to_kind, to_household, amount,"
    " occurred_on, period, booked_at, actor, submission_key, source_type, source_serial, previous_digest, digest)"
    " VALUES (1, 1, 'points', 'hold', 'household', 1, 'held', 1, 6000, '2026-03-17', '2026-03', '{now}', 'system', 'k',"
    " 'order', 1, {bytes}, {bytes}),"
    " (1, 2, 'points', 'settle', 'held', 1, 'redeemed', 0, 6000, '2026-03-17', '2026-03', '{now}', 'system', 'k',"
    " 'order', 1, {bytes}, {bytes}),"
    " (1, 3, 'points', 'hold', 'household', 1, 'held', 1, 6000, '2026-03-18', '2026-03', '{now}', 'system', 'k',"
    " 'order', 2, {bytes}, {bytes})",
    "INSERT INTO orders (id, village_id, serial, household_id, state, points, hold_sequence, placed_at, placed_on,"
    " actor, submission_key) VALUES"
    " (9, 1, 1, 8, 'handed_over', 6000, 1, '{now}', '2026-03-17', 'system', 'k'),"
    " (10, 1, 2, 8, 'waiting', 6000, 3, '{now}', '2026-03-18', 'system', 'k')",
    "INSERT INTO order_lines (order_id, position, village_id, good_id, quantity, points_price)"
    " VALUES (9, 1, 1, 5, 2, 3000), (10, 1, 1, 5, 2, 3000)",
    "INSERT INTO redemptions (id, village_id, serial, household_id, order_id, points, balance_after,"
    " transfer_sequence, confirmed_by, redeemed_at, redeemed_on, actor, submission_key, deputy_name)"
    " VALUES (11, 1, 1, 8, 9, 6000, 0, 2, 'signature', '{now}', '2026-03-17', 'system', 'k', '李四')",
    "INSERT INTO redemption_lines (redemption_id, position, village_id, good_id, quantity, points_price, returned)"
    " VALUES (11, 1, 1, 5, 2, 3000, 0)",
)


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        found = create_engine(f"sqlite:///{tmp_path / 'old.db'}", poolclass=NullPool)
        prepare_engine(found)
        yield found
        return
    with request.getfixturevalue("postgres_server").database(template="template0") as url:
        yield create_engine(url, poolclass=NullPool)


def at_revision(engine: Engine, revision: str) -> None:
    with engine.connect().execution_options(**{WRITE_OPTION: True}) as connection, connection.begin():
        command.upgrade(schema._alembic(connection), revision)


def run(engine: Engine, *statements: str) -> None:
    with engine.connect().execution_options(**{WRITE_OPTION: True}) as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))


def fill(engine: Engine, *more: str) -> None:
    """A village with a rule, as the first release wrote it, and more."""
    sqlite = engine.dialect.name == "sqlite"
    values = {"now": "2026-03-18T01:30:00.000Z" if sqlite else NOW}
    values |= {"yes": "1" if sqlite else "TRUE", "no": "0" if sqlite else "FALSE"}
    values |= {"bytes": "x'00'" if sqlite else "'\\x00'::bytea"}
    run(engine, *(statement.format(**values) for statement in (*BEFORE, *more)))


def test_the_rules_of_the_first_release_come_from_no_clause(engine: Engine) -> None:
    at_revision(engine, "0001")
    fill(engine)
    assert schema.state_of(engine) is schema.SchemaState.OLDER
    assert schema.upgrade(engine)
    assert schema.state_of(engine) is schema.SchemaState.CURRENT
    assert not schema.upgrade(engine)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT code, points, clause_code FROM rules")).all()
        covenants = connection.execute(text("SELECT count(*) FROM covenants")).scalar_one()
    assert ([tuple(row) for row in rows], covenants) == ([("GY01", 200, "")], 0)


def test_a_filled_database_brought_forward_is_as_the_models_say(engine: Engine, tmp_path: Path) -> None:
    at_revision(engine, "0001")
    fill(engine)
    schema.upgrade(engine)
    if engine.dialect.name == "sqlite":
        modelled = create_engine(f"sqlite:///{tmp_path / 'modelled.db'}", poolclass=NullPool)
        prepare_engine(modelled)
        schema.create_from_models(modelled)
        assert schema.drift(engine, modelled) == []
    else:
        assert any(line.startswith("column rules.clause_code") for line in schema.dump(engine))


def test_a_part_that_differs_is_found_however_the_table_was_written(tmp_path: Path) -> None:
    engines = []
    for name, columns in (
        ("a", "x TEXT, y TEXT CHECK (y IN ('(', 'b'))"),
        ("b", "y TEXT CHECK (y IN ('(', 'b')),\n x BLOB"),
    ):
        engines.append(create_engine(f"sqlite:///{tmp_path / name}.db", poolclass=NullPool))
        run(engines[-1], f"CREATE TABLE t ({columns}) STRICT")
    assert schema.drift(*engines) != []
    run(
        engines[1],
        "DROP TABLE t",
        "CREATE TABLE t (y TEXT CHECK (y IN ('(', 'b'))) STRICT",
        "ALTER TABLE t ADD COLUMN x TEXT",
    )
    assert schema.drift(*engines) == []


def test_what_was_adopted_is_kept_after_the_upgrade_too(engine: Engine) -> None:
    at_revision(engine, "0001")
    fill(engine)
    schema.upgrade(engine)
    run(engine, ADOPTED)
    with pytest.raises(DBAPIError):
        run(engine, "UPDATE covenants SET title = '罚款'")


def test_what_was_on_hand_lies_in_an_opening_lot_and_what_it_cost_is_the_first_price(engine: Engine) -> None:
    at_revision(engine, "0005")
    fill(engine, *STOCKED)
    schema.upgrade(engine)
    with engine.connect() as connection:
        lots = connection.execute(text("SELECT serial, good_id, origin, cost_fen, received, on_hand FROM lots")).all()
        moves = connection.execute(text("SELECT lot_serial, lot_digest FROM stock_moves ORDER BY sequence")).all()
        prices = connection.execute(text("SELECT sequence, good_serial, points_price, actor FROM good_prices")).all()
        days = connection.execute(text("SELECT DISTINCT CAST(effective_on AS TEXT) FROM good_prices")).scalars().all()
        head = connection.execute(text("SELECT sequence FROM chain_heads WHERE name = 'prices'")).scalar_one()
    assert [tuple(lot) for lot in lots] == [(1, 5, "opening", 2980, 3, 3)]
    assert [tuple(move) for move in moves] == [(None, None), (None, None)]
    assert sorted(map(tuple, prices)) == [(1, 1, 6000, "system"), (2, 2, 3000, "system")]
    assert (days, head) == (["2026-03-18"], 2)


def test_orders_were_kept_for_their_day_and_went_whole_and_may_have_several_receipts_now(engine: Engine) -> None:
    at_revision(engine, "0005")
    fill(engine, *ORDERED)
    schema.upgrade(engine)
    with engine.connect() as connection:
        orders = connection.execute(
            text(
                "SELECT orders.serial, CAST(expires_on AS TEXT), handed, deputy_name FROM orders"
                " JOIN order_lines ON order_lines.order_id = orders.id"
                " LEFT JOIN redemptions ON redemptions.order_id = orders.id ORDER BY orders.serial"
            )
        ).all()
    assert [tuple(order) for order in orders] == [(1, "2026-03-17", 2, "李四"), (2, "2026-03-18", 0, None)]
    run(engine, "UPDATE redemptions SET order_id = 10")
    with pytest.raises(DBAPIError):
        run(engine, "UPDATE order_lines SET handed = 3 WHERE order_id = 10")
    with pytest.raises(DBAPIError):
        run(engine, "UPDATE redemptions SET order_id = 99")
