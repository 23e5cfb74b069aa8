"""Whoever changes the file past the program, even by one byte, is found out by `verify`, which names the place."""

import contextlib
import gc
import random
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from pointsbank.access.models import Role
from pointsbank.covenant import sheets as rules
from pointsbank.deeds import services as deeds
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import Base, db
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.market import services as market
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.reports import verification
from tests.deed_rules import make_rules
from tests.factories import make_good, make_household, make_resident, make_staff, make_village, redeem_now
from tests.terminal import Terminal, make_terminal

QINGXI = ("--village", "qingxi")
COLUMNS_TRIED = 5  # of each table, without --long
CHAINED = (
    "transfers",
    "entries",
    "transfer_texts",
    "claim_events",
    "claim_event_texts",
    "stock_moves",
    "stock_move_texts",
    "audit_events",
    "audit_texts",
)


@pytest.fixture
def terminal(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    return make_terminal(tmp_path, monkeypatch, capsys)


@pytest.fixture
def file(app: Flask, tmp_path: Path) -> Path:
    """The file of a village in which every kind of thing happened; closed, so that it is whole on the disk."""
    village = make_village()
    make_staff(village, Role.CLERK)
    _live(village)
    db.session.remove()
    db.engine.dispose()
    path = tmp_path / "village.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


def _live(village: Place) -> None:
    at_once = [replace(rule, steps=()) for rule in rules.standard_drafts(village)]  # booked without a review
    make_rules(village, *at_once, effective_on=date(2026, 1, 1))
    household = make_household(village, "欧阳青山")
    person = make_resident(village, household)
    for code, quantity, note in (("GG03", 600, "修三组水渠"), ("HS06", 100, ""), ("KF01", 100, "路边倒建渣")):
        draft = deeds.DeedDraft(household.id, code, quantity, clock.today(), person.id, note)
        claim = deeds.record(village, draft, SYSTEM, new_key())["claim"]
    deeds.reverse(village, claim, "记错了户", SYSTEM, new_key())
    soap = make_good(village, "香皂", price=200)
    redeem_now(village, household, soap, 1)
    market.place_order(village, household.id, [(soap.id, 2)], 400, SYSTEM, new_key())


@contextmanager
def past_the_triggers(file: Path) -> Iterator[sqlite3.Connection]:
    """The file as somebody has it who knows no rules; the triggers are back in place afterwards."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.executescript(
        "PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF;"
        "PRAGMA journal_mode = DELETE"
    )
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    connection.execute("BEGIN")
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    for _, definition in triggers:
        connection.execute(definition)
    connection.execute("COMMIT")
    connection.close()


def columns_of(table: str) -> list[str]:
    return [column.name for column in Base.metadata.tables[table].columns if column.computed is None]


def test_an_untouched_file_is_sound(terminal: Terminal, file: Path) -> None:
    answer = terminal("verify").answer
    assert set(answer) == {"sound", "villages"}
    assert answer["sound"] is True
    [village] = answer["villages"]
    assert set(village) == {"code", "transfers", "head", "problems"}
    assert (village["code"], village["transfers"], village["problems"]) == ("qingxi", 6, [])
    assert re.fullmatch(r"6:[0-9a-f]{64}", village["head"])


@pytest.mark.parametrize("table", CHAINED)
def test_one_byte_of_any_column_of_a_chained_row_is_named(app: Flask, file: Path, table: str, long_run: bool) -> None:
    """One bit in the middle of some columns, of texts also the bit that makes their end unreadable; --long: of all.

    tests/laws changes every column; here a few of each table do, since each try proves the whole file.

    Only the trail is also kept for what is above the villages; a row of the other tables is named by its village.
    """
    untouched = file.with_suffix(".untouched")
    shutil.copyfile(file, untouched)
    changes = [(0.5, 0x01), (1.0, 0x80)] if table.endswith("_texts") else [(0.5, 0x01)]
    if long_run:
        changes = [(at, flip) for at in (0.0, 0.5, 1.0) for flip in (0x01, 0x80)]
    tried = 0
    columns = columns_of(table)
    if not long_run:
        columns = random.Random(table).sample(columns, min(COLUMNS_TRIED, len(columns)))
    for column in columns:
        for at, flip in changes:
            shutil.copyfile(untouched, file)
            if not change_a_byte(file, table, column, at, flip):
                continue
            tried += 1
            problems = found_in(app, everywhere=long_run or table.startswith("audit_"))
            assert any(re.search(r"第\d+笔", problem) for problem in problems), (column, at, flip, problems)
    assert tried >= 2


def test_the_command_names_a_changed_byte(terminal: Terminal, file: Path) -> None:
    assert change_a_byte(file, "transfers", "amount", 0, 1)
    ended = terminal("verify")
    assert ended.code == 1
    assert ended.answer["sound"] is False
    assert any("积分账第1笔" in problem for problem in ended.answer["villages"][0]["problems"])
    spoken = terminal("verify", as_json=False)
    assert (spoken.code, "积分账第1笔" in spoken.out, "账有问题" in spoken.out) == (1, True, True)


def test_the_command_names_a_text_that_cannot_be_read(terminal: Terminal, file: Path) -> None:
    assert change_a_byte(file, "transfer_texts", "text", 1.0, 0x80)
    ended = terminal("verify")
    assert ended.code == 1
    assert any("积分账第1笔" in problem for problem in ended.answer["villages"][0]["problems"])


def found_in(app: Flask, *, everywhere: bool) -> list[str]:
    """What the command `verify` tells of the village, and of all else if wanted, without the way through a terminal."""
    with app.app_context():
        try:
            problems = verification.verify_village(places.village_by_code("qingxi")).problems
            return [*problems, *verification.verify_installation()] if everywhere else problems
        finally:
            db.session.remove()
            db.engine.dispose()
            gc.collect()  # a proof that was stopped in the middle of its rows holds the file until then


def change_a_byte(file: Path, table: str, column: str, at: float, flip: int) -> bool:
    """Flip bits of one byte of a value; False when there is no such value or byte."""
    with past_the_triggers(file) as connection:
        row = connection.execute(
            f'SELECT rowid, "{column}", typeof("{column}"), CAST("{column}" AS BLOB) FROM {table}'  # noqa: S608
            f' WHERE "{column}" IS NOT NULL ORDER BY rowid LIMIT 1'
        ).fetchone()
        if row is None:
            return False
        number, value, kind, content = row
        if kind == "integer":
            if flip != 1:
                return False
            news, wanted = [value ^ 1, value ^ 1 << 20], "?"  # the second where another row has the first as its key
        else:
            if not content:
                return False
            place = int((len(content) - 1) * at)
            news = [content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :]]
            wanted = "?" if kind == "blob" else "CAST(? AS TEXT)"
        for new in news:
            with contextlib.suppress(sqlite3.IntegrityError):
                connection.execute(f'UPDATE {table} SET "{column}" = {wanted} WHERE rowid = ?', (new, number))  # noqa: S608
                return True
    return False


@pytest.mark.parametrize("text", ["记错了户", "先留着：香皂"])
def test_a_byte_of_the_file_itself_is_noticed(terminal: Terminal, file: Path, text: str) -> None:
    """Without a database program at all: wherever in the file the words of a booked row stand."""
    content = file.read_bytes()
    starts = [match.start() for match in re.finditer(re.escape(text.encode()), content)]
    assert starts
    for start in starts:
        changed = bytearray(content)
        changed[start + 1] ^= 0x01
        file.write_bytes(changed)
        ended = terminal("verify")
        assert ended.code == 1
        assert any(re.search(r"第\d+[笔号]", problem) for problem in ended.answer["villages"][0]["problems"])
        assert "Traceback" not in ended.err


def test_flipped_pages_and_a_cut_file_are_told_in_a_sentence(terminal: Terminal, file: Path, long_run: bool) -> None:
    """16 bytes anywhere in what is written, or half the file: never a traceback; what is noticed ends with 1."""
    content = file.read_bytes()
    chance = random.Random(7)
    written = [start for start in range(4096, len(content) - 16, 16) if content[start : start + 16].count(0) < 4]
    noticed = 0
    for _ in range(60 if long_run else 12):
        changed = bytearray(content)
        start = chance.choice(written)
        changed[start : start + 16] = bytes(byte ^ 0xFF for byte in changed[start : start + 16])
        file.write_bytes(changed)
        ended = terminal("verify")
        assert ended.code in {0, 1}
        assert "Traceback" not in ended.err
        assert ended.answer.get("sound", False) is (ended.code == 0)
        noticed += ended.code
    assert noticed > 0
    for size in (0, 50, 4096, len(content) // 2 // 4096 * 4096):
        file.write_bytes(content[:size])
        ended = terminal("verify")
        assert ended.code == (3 if size == 0 else 1), (size, ended)
        assert "Traceback" not in ended.err


def test_a_file_that_is_no_database_is_told(terminal: Terminal, file: Path) -> None:
    file.write_bytes(b"This is the clerk's shopping list. " * 1_000)
    for command in (("verify",), ("staff", "list", *QINGXI), ("migrate",)):
        assert "已经损坏" in terminal(*command).refusal(1, "broken")


def test_a_cut_tail_is_found_by_the_printed_head(terminal: Terminal, file: Path, app: Flask) -> None:
    printed = terminal("verify", *QINGXI).answer["villages"][0]["head"]
    sequence = int(printed.split(":")[0])
    with past_the_triggers(file) as connection:
        for table in ("transfer_texts", "entries", "transfers"):
            connection.execute(f"DELETE FROM {table} WHERE sequence = {sequence}")  # noqa: S608
        connection.execute(
            "UPDATE chain_heads SET sequence = ?, digest = (SELECT max(digest) FROM transfers WHERE sequence = ?)"
            " WHERE name = 'ledger'",
            (sequence - 1, sequence - 1),
        )
    ended = terminal("verify", *QINGXI, "--head", printed)
    assert ended.code == 1
    assert any(f"没有第{sequence}笔" in problem for problem in ended.answer["villages"][0]["problems"])


def test_a_printed_head_of_the_past_is_found_in_the_book(terminal: Terminal, file: Path, app: Flask) -> None:
    printed = terminal("verify", *QINGXI).answer["villages"][0]["head"]
    sequence, digest = printed.split(":")
    assert terminal("verify", *QINGXI, "--head", f"{sequence}:{digest.upper()}").code == 0
    forged = terminal("verify", *QINGXI, "--head", f"{sequence}:{'0' * 64}")
    assert forged.code == 1
    assert any(
        f"第{sequence}笔：与纸上印的校验码不符" in problem for problem in forged.answer["villages"][0]["problems"]
    )
    assert terminal("verify", *QINGXI, "--head", f"999:{digest}").code == 1
    with app.app_context():
        assert ledger.head(places.village_by_code("qingxi").id)[0] == int(sequence)


def test_a_printed_head_needs_its_village(terminal: Terminal, file: Path) -> None:
    assert terminal("verify", "--head", f"1:{'0' * 64}").code == 1  # there is only one
    with sqlite3.connect(file) as connection:
        connection.execute(
            "INSERT INTO places (id, parent_id, kind, code, name, created_at)"
            " SELECT id + 1, parent_id, kind, 'miaopo', '庙坡', created_at FROM places WHERE code = 'qingxi'"
        )
    connection.close()
    assert "--village" in terminal("verify", "--head", f"1:{'0' * 64}").refusal(2, "usage")


def test_a_village_that_was_made_to_vanish_is_noticed(terminal: Terminal, file: Path) -> None:
    with past_the_triggers(file) as connection:
        connection.execute("UPDATE places SET kind = 'villagf' WHERE code = 'qingxi'")
    ended = terminal("verify")
    assert ended.code == 1
    [entry] = ended.answer["villages"]
    assert entry["code"] is None
    assert any(problem.startswith("places ") for problem in entry["problems"])
    assert terminal("verify", "--village", "qingxi").code == 2
