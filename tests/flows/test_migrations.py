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


def fill(engine: Engine) -> None:
    """A village with a rule, as the first release wrote it."""
    sqlite = engine.dialect.name == "sqlite"
    values = {"now": "2026-03-18T01:30:00.000Z" if sqlite else NOW}
    values |= {"yes": "1" if sqlite else "TRUE", "no": "0" if sqlite else "FALSE"}
    run(engine, *(statement.format(**values) for statement in BEFORE))


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
