"""What holds for every command: one JSON object, a sentence, an exit code; which database; what it refuses to use."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from config import load_config
from pointsbank.__main__ import command_line
from pointsbank.commands.terminal import Group
from pointsbank.foundation.clock import FixedClock
from tests.databases import PostgresServer, sqlite_url
from tests.terminal import Terminal, make_terminal, outer_environment

WORDS_OF_A_VILLAGE = {
    "close-month": ("--month", "2026-02"),
    "freeze": ("--month", "2026-02"),
    "paper board": ("--month", "2026-02", "--size", "A4", "--out", "board.pdf"),
    "paper covenant": ("--out", "x.pdf"),
    "paper fund": ("--month", "2026-02", "--out", "x.pdf"),
    "cards issue": ("--all",),
    "staff add": ("--name", "罗德福", "--role", "shopkeeper"),
    "staff password": ("--name", "罗德福"),
    "staff list": (),
    "import roster": ("x.xlsx",),
    "import rules": ("x.xlsx",),
    "import goods": ("x.xlsx",),
    "import deeds": ("x.xlsx",),
    "import delivery": ("x.xlsx",),
    "export roster": ("--out", "x.xlsx"),
    "export rules": ("--out", "x.xlsx"),
    "export goods": ("--out", "x.xlsx"),
    "export deeds": ("--out", "x.xlsx"),
    "export statement": ("--household", "01-001", "--out", "x.xlsx"),
    "month": ("--month", "2026-02"),
    "explain": ("--seq", "1"),
    "whatif": ("--rules", "x.xlsx", "--months", "3"),
    "coverage": (),
    "year-end": ("--year", "2025"),
    "nightly": (),
    "verify": (),
}
# Made by the same function as another that is tried here; tests of the papers draw each of them.
ALIKE = {f"paper {kind}" for kind in ("donations", "labels", "opening", "prices", "rules", "signatures", "wanted")}
WITHOUT_VILLAGE = {
    "paper list",
    "serve",
    "setup",
    "migrate",
    "village add",
    "drift",
    "rule-table list",
    "rule-table publish",
}


@pytest.fixture
def terminal(
    tmp_path: Path, still_clock: FixedClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    """A terminal in a folder with an .xlsx that is none."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.xlsx").write_bytes(b"")
    return make_terminal(tmp_path / "instance", monkeypatch, capsys)


@pytest.fixture
def own_database(tmp_path: Path, sqlite_template: Path) -> Path:
    """A migrated database of one's own without a village."""
    (tmp_path / "instance").mkdir()
    sqlite_url(sqlite_template, tmp_path / "instance")
    return tmp_path / "instance" / "village.db"


def all_commands() -> list[str]:
    """Every command by its words."""
    found = []
    for name, command in command_line.commands.items():
        if isinstance(command, Group):
            found += [f"{name} {inner}" for inner in command.commands]
        else:
            found.append(name)
    return found


def test_every_command_is_tried_here() -> None:
    assert set(all_commands()) == {*WORDS_OF_A_VILLAGE, *ALIKE, *WITHOUT_VILLAGE}


@pytest.mark.parametrize("command", WORDS_OF_A_VILLAGE)
def test_an_unknown_village_is_wrong_usage(terminal: Terminal, own_database: Path, command: str) -> None:
    ended = terminal(*command.split(), *WORDS_OF_A_VILLAGE[command], "--village", "nowhere")
    assert "没有代码为“nowhere”的村" in ended.refusal(2, "unknown_village")


@pytest.mark.parametrize("command", WORDS_OF_A_VILLAGE)
def test_a_database_that_is_not_there_is_told_and_not_made(terminal: Terminal, tmp_path: Path, command: str) -> None:
    ended = terminal(*command.split(), *WORDS_OF_A_VILLAGE[command], "--village", "qingxi")
    assert "还没有数据库" in ended.refusal(3, "environment")
    assert not list((tmp_path / "instance").glob("*.db"))


@pytest.mark.parametrize("command", sorted({*WORDS_OF_A_VILLAGE, *WITHOUT_VILLAGE} - {"setup", "village add"}))
def test_an_unknown_option_is_wrong_usage(terminal: Terminal, command: str) -> None:
    assert "没有“--colour”这个选项" in terminal(*command.split(), "--colour").refusal(2, "usage")


@pytest.mark.parametrize("command", sorted({*WORDS_OF_A_VILLAGE, *WITHOUT_VILLAGE}))
def test_every_command_explains_itself_in_chinese(terminal: Terminal, command: str) -> None:
    ended = terminal(*command.split(), "--help", as_json=False)
    assert ended.code == 0
    assert ended.out.startswith(f"用法：run.py {command}")
    assert "--json" in ended.out
    for english in ("Usage", "Options", "Show this message", "[required]", "[default"):
        assert english not in ended.out


def test_help_with_json_is_one_object(terminal: Terminal) -> None:
    ended = terminal("verify", "--help")
    assert ended.code == 0
    assert ended.answer["help"].startswith("用法：")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("dance",), "没有“dance”这个命令。"),
        (("staff",), "还没有说要做什么。"),
        (("staff", "dance"), "没有“dance”这个命令。"),
        (("staff", "list"), "还缺 --village。"),
        (("staff", "list", "--village"), "--village 后面要写它的值。"),
        (("staff", "add", "--village", "a", "--name", "b", "--role", "king"), "--role：只能是 clerk、"),
        (("import", "roster", "--village", "a"), "还缺 FILE.xlsx。"),
        (("import", "roster", "none.xlsx", "--village", "a"), "FILE.xlsx：没有这个文件，或者读不了。"),
        (("import", "roster", "x.xlsx", "y.xlsx", "--village", "a"), "命令写得不对"),
        (("export", "roster", "--village", "a", "--out", "a.csv"), "--out：文件名要以 .xlsx 结尾。"),
        (("export", "roster", "--village", "a", "--out", "no/a.xlsx"), "--out：没有文件夹"),
        (
            ("paper", "board", "--village", "a", "--month", "2026-02", "--size", "A9", "--out", "a.pdf"),
            "--size：只能是",
        ),
        (("verify", "--head", "7"), "--head：要写成 序号:校验码"),
        (("cards", "issue", "--village", "a"), "还缺 --all。"),
    ],
)
def test_wrong_usage_is_told_in_chinese(terminal: Terminal, words: tuple[str, ...], sentence: str) -> None:
    told = terminal(*words).refusal(2, "usage")
    assert told.startswith(sentence)
    assert "--help" in told


@pytest.mark.parametrize("month", ["2026-13", "26-02", "2026-2", "二月", "2026-02-01", "９999-01"])
@pytest.mark.parametrize("command", ["close-month", "freeze"])
def test_a_month_that_is_none_is_wrong_usage(terminal: Terminal, own_database: Path, command: str, month: str) -> None:
    ended = terminal(command, "--village", "qingxi", "--month", month)
    assert "月份" in ended.refusal(2, "unknown_month")


def test_bytes_that_are_no_characters_are_told_without_falling_over(terminal: Terminal, own_database: Path) -> None:
    assert "不成字" in terminal("staff", "list", "--village", "\udcff").refusal(2, "usage")
    assert "没有“?”这个命令" in terminal("\udcff").refusal(2, "usage")


def test_without_json_a_refusal_is_a_sentence_on_stderr_alone(terminal: Terminal) -> None:
    ended = terminal("verify", as_json=False)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("还没有数据库")


def test_json_may_stand_before_the_command(terminal: Terminal, own_database: Path) -> None:
    ended = terminal("--json", "verify", as_json=False)
    assert ended.answer == {"sound": True, "villages": []}


# --- which database ---------------------------------------------------------------------------------------------------


def test_the_village_s_own_database_goes_before_the_sample(
    terminal: Terminal, tmp_path: Path, sqlite_template: Path, own_database: Path
) -> None:
    sqlite_url(sqlite_template, tmp_path).removeprefix("sqlite:///")
    (tmp_path / "village.db").rename(own_database.with_name("sample.db"))
    own = terminal("migrate")
    assert (own.answer, "练习" in own.err) == ({"database": f"sqlite:///{own_database}", "upgraded": False}, False)
    assert terminal("migrate", "--sample").answer["database"].endswith("sample.db")
    assert "示例村的练习数据" in terminal("verify", "--sample").err
    own_database.unlink()
    assert "示例村的练习数据" in terminal("verify").err


def test_an_address_goes_before_the_environment_and_both_before_the_folder(
    terminal: Terminal, tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, from_outside = (f"sqlite:///{tmp_path / name}.db" for name in ("named", "outside"))
    monkeypatch.setenv("DATABASE_URL", from_outside)
    assert terminal("migrate").answer == {"database": from_outside, "upgraded": True}
    assert terminal("migrate", "--database", named).answer == {"database": named, "upgraded": True}
    assert not (tmp_path / "instance" / "village.db").exists()


def test_migrating_makes_no_empty_sample(terminal: Terminal, tmp_path: Path) -> None:
    for words in (("migrate",), ("migrate", "--sample")):
        assert "还没有数据库" in terminal(*words).refusal(3, "environment")
    assert not (tmp_path / "instance" / "sample.db").exists()


def test_a_path_is_meant_from_the_folder_that_the_person_stands_in(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert terminal("migrate", "--database", "sqlite:///here.db").answer["database"] == f"sqlite:///{tmp_path}/here.db"
    assert (tmp_path / "here.db").exists()
    assert terminal("verify", "--database", "sqlite:///here.db").answer["sound"] is True


def test_the_sample_is_known_however_its_path_is_written(
    terminal: Terminal, tmp_path: Path, own_database: Path
) -> None:
    own_database.rename(own_database.with_name("sample.db"))
    for path in ("instance/sample.db", "instance/../instance/sample.db", f"{tmp_path}/instance/./sample.db"):
        assert "练习数据" in terminal("verify", "--database", f"sqlite:///{path}").err


@pytest.mark.parametrize("address", ["village.db", "mysql://root@x/y", "", "sqlite", "sqlite://", "postgresql//x"])
def test_an_address_that_cannot_be_used_is_told(terminal: Terminal, address: str) -> None:
    told = terminal("verify", "--database", address or " ").refusal(3, "environment")
    assert "数据库地址要写成" in told


def test_a_server_that_does_not_answer_is_told(terminal: Terminal) -> None:
    told = terminal("verify", "--database", "postgresql://nobody@127.0.0.1:1/x").refusal(3, "environment")
    assert told.startswith("数据库现在用不了")


def test_a_password_in_an_address_is_never_shown(terminal: Terminal, postgres_server: PostgresServer) -> None:
    with postgres_server.database() as url:
        asked = url.replace("postgresql+psycopg://", "postgresql://").replace("@", ":hush-hush@", 1)
        asked = asked if ":hush-hush@" in asked else url
        ended = terminal("migrate", "--database", asked)
    assert "hush-hush" not in ended.out + ended.err


def test_an_older_schema_is_told_and_migrate_brings_it_up_to_date(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "village.db").touch()
    assert "先运行 python3 run.py migrate" in terminal("verify").refusal(3, "environment")
    assert terminal("migrate").answer["upgraded"] is True
    assert terminal("verify").answer["sound"] is True


def test_a_newer_schema_is_told(terminal: Terminal, own_database: Path) -> None:
    engine = create_engine(f"sqlite:///{own_database}", poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for command in ("verify", "migrate"):
        assert "更新版本的程序" in terminal(command).refusal(3, "environment")


# --- the folder and its secrets ---------------------------------------------------------------------------------------


def test_a_file_in_the_place_of_the_folder_is_told(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "instance").touch()
    assert "不能写入" in terminal("verify").refusal(3, "environment")


def test_secrets_are_made_on_the_first_start_for_their_owner_alone(terminal: Terminal, tmp_path: Path) -> None:
    terminal("verify")
    file = tmp_path / "instance" / "secrets.json"
    made = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "instance").stat().st_mode) == 0o700
    file.chmod(0o644)
    terminal("verify")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == (made, 0o600)


FERNET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
STRONG = "kPq8Zs2mXv4Lr9Tn6Wb3Yc7Hd5Jf1Gx0aQeU"


@pytest.mark.parametrize(
    ("session_key", "encryption_keys", "digest_key", "sentence"),
    [
        ("short", FERNET, STRONG, "密钥太短或缺失"),
        (STRONG, FERNET, "", "密钥太短或缺失"),
        (STRONG, "", STRONG, "密钥太短或缺失"),
        ("", FERNET, STRONG, "密钥太短或缺失"),
        (STRONG, FERNET, "change-me-to-something-long-0123456789", "密钥是从样例里抄来的"),
        (STRONG, FERNET, "a" * 40, "密钥太简单"),
        (STRONG, "not a key", STRONG[::-1], "加密密钥的格式不对"),
        (STRONG, FERNET + ",", STRONG[::-1], ""),
    ],
)
def test_weak_missing_and_copied_secrets_are_refused(
    tmp_path: Path, session_key: str, encryption_keys: str, digest_key: str, sentence: str
) -> None:
    environment = {
        "INSTANCE": str(tmp_path),
        "SESSION_KEY": session_key,
        "ENCRYPTION_KEYS": encryption_keys,
        "DIGEST_KEY": digest_key,
    }
    try:
        load_config(environment)
        told = ""
    except Exception as refused:
        told = str(refused)
    assert told.startswith(sentence)
    assert bool(told) == bool(sentence)
    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"session_key": 1}', '{"session_key": "x"', "\x00"])
def test_a_hurt_secrets_file_is_told_and_stays(terminal: Terminal, tmp_path: Path, content: str) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "secrets.json").write_text(content)
    assert "密钥" in terminal("verify").refusal(3, "environment")
    assert (tmp_path / "instance" / "secrets.json").read_text() == content


# --- as a process -----------------------------------------------------------------------------------------------------


def test_a_process_prints_one_object_on_stdout_and_the_rest_on_stderr(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "pointsbank", "verify", "--json"]
    ended = subprocess.run(
        command, env=outer_environment(tmp_path), cwd="/", capture_output=True, encoding="utf-8", check=False
    )
    assert ended.returncode == 3
    assert set(json.loads(ended.stdout)) == {"error"}
    assert ended.stderr.splitlines() == [json.loads(ended.stdout)["error"]["message"]]
