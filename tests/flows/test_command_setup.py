"""setup, village add and staff: a village of one's own from the terminal, by a person and by a script."""

from pathlib import Path

import click
import pytest

from pointsbank.foundation.clock import FixedClock
from tests.terminal import Terminal, make_terminal

PLACE = ("--county", "隆昌市", "--town", "田湾镇", "--village", "清溪村", "--code", "qingxi")
OPTIONS = {"--county", "--town", "--village", "--code", "--admin"}
PASSWORD = "a long enough word"


@pytest.fixture
def terminal(
    tmp_path: Path, still_clock: FixedClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    return make_terminal(tmp_path, monkeypatch, capsys)


def test_a_script_sets_a_village_up_with_a_password_of_its_own(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal("setup", *PLACE, "--admin", "周文书", "--password-stdin", stdin=PASSWORD + "\n")
    assert ended.code == 0
    assert ended.answer == {
        "code": "qingxi",
        "name": "清溪村",
        "kind": "village",
        "town": "田湾镇",
        "county": "隆昌市",
        "admin": "周文书",
        "sign_in_name": "周文书",
        "password": None,
        "database": f"sqlite:///{tmp_path / 'village.db'}",
    }
    assert PASSWORD not in ended.err
    assert terminal("staff", "list", "--village", "qingxi").answer == {
        "village": "qingxi",
        "staff": [{"name": "周文书", "sign_in_name": "周文书", "roles": ["administrator", "clerk"]}],
    }
    assert terminal("verify").answer["sound"] is True


def test_a_made_up_password_is_shown_once(terminal: Terminal) -> None:
    ended = terminal("setup", *PLACE, "--admin", "周文书", as_json=False)
    assert ended.code == 0
    assert ended.out.count("密码：") == 1
    assert "只显示这一次" in ended.out
    assert "密码" not in terminal("staff", "list", "--village", "qingxi", as_json=False).out


@pytest.mark.parametrize("missing", sorted(OPTIONS))
def test_a_script_that_leaves_something_out_is_told_what(terminal: Terminal, tmp_path: Path, missing: str) -> None:
    words = [*PLACE, "--admin", "周文书"]
    place = words.index(missing)
    told = terminal("setup", *words[:place], *words[place + 2 :]).refusal(2, "usage")
    assert told.startswith(f"还缺 {missing}。")
    assert not (tmp_path / "village.db").exists()


def test_a_person_is_asked_for_what_is_missing_on_stderr(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []
    answers = iter(["隆昌市", "田湾镇", "清溪村", "qingxi", "周文书"])

    def answer(text: str, *, err: bool, prompt_suffix: str) -> str:
        asked.append((text + prompt_suffix, err))
        return next(answers)

    monkeypatch.setattr(click, "prompt", answer)
    monkeypatch.setattr("pointsbank.commands.installing.is_asked", lambda: True)
    assert terminal("setup").answer["county"] == "隆昌市"
    assert all(on_stderr for _, on_stderr in asked)
    assert [text[-1] for text, _ in asked] == ["："] * 5


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        (("--code", "Qing Xi"), "invalid_input"),
        (("--code", "q"), "invalid_input"),
        (("--village", ""), "invalid_input"),
        (("--village", "村" * 10_000), "invalid_input"),
        (("--admin", "\u200b"), "invalid_input"),
        (("--admin", "周\x00"), "invalid_input"),
        (("--town", "\ud800"), "usage"),
    ],
)
def test_a_refused_set_up_leaves_no_database(
    terminal: Terminal, tmp_path: Path, changed: tuple[str, str], name: str
) -> None:
    words = [*PLACE, "--admin", "周文书"]
    words[words.index(changed[0]) + 1] = changed[1]
    assert terminal("setup", *words).refusal(2 if name == "usage" else 1, name).endswith("。")
    assert not list(tmp_path.glob("village.db*"))


def test_a_weak_password_is_refused_and_leaves_no_database(terminal: Terminal, tmp_path: Path) -> None:
    for password in ("", "short\n"):
        ended = terminal("setup", *PLACE, "--admin", "周文书", "--password-stdin", stdin=password)
        assert "至少" in ended.refusal(1, "invalid_input")
    assert not list(tmp_path.glob("village.db*"))


def test_a_second_set_up_of_the_same_code_changes_nothing(terminal: Terminal) -> None:
    terminal("setup", *PLACE, "--admin", "周文书")
    terminal("setup", *PLACE, "--admin", "李文书").refusal(1, "place_exists")
    assert len(terminal("staff", "list", "--village", "qingxi").answer["staff"]) == 1


def test_one_s_own_village_is_never_put_into_the_sample(terminal: Terminal, tmp_path: Path) -> None:
    ended = terminal("setup", *PLACE, "--admin", "周文书", "--database", f"sqlite:///{tmp_path / 'sample.db'}")
    assert "只用来练习" in ended.refusal(1, "invalid_input")
    assert not (tmp_path / "sample.db").exists()


def test_another_village_is_added_under_the_same_town(terminal: Terminal) -> None:
    terminal("setup", *PLACE, "--admin", "周文书")
    words = ("--county", "隆昌市", "--town", "田湾镇", "--village", "庙坡社区", "--code", "miaopo")
    ended = terminal("village", "add", *words, "--kind", "community")
    assert (ended.code, ended.answer["kind"], ended.answer["town"]) == (0, "community", "田湾镇")
    assert [village["code"] for village in terminal("verify").answer["villages"]] == ["miaopo", "qingxi"]
    assert "已经用过了" in terminal("village", "add", *words).refusal(1, "place_exists")


# --- staff ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def village(terminal: Terminal) -> str:
    assert terminal("setup", *PLACE, "--admin", "周文书").code == 0
    return "qingxi"


def test_staff_get_roles_and_a_password_printed_once(terminal: Terminal, village: str) -> None:
    words = ("staff", "add", "--village", village, "--name", "罗德福", "--role", "shopkeeper", "--role", "reviewer")
    added = terminal(*words).answer
    assert {name: added[name] for name in added if name != "password"} == {
        "village": "qingxi",
        "name": "罗德福",
        "sign_in_name": "罗德福",
        "roles": ["reviewer", "shopkeeper"],
    }
    assert len(added["password"]) >= 12
    assert "登录名" in terminal(*words).refusal(1, "sign_in_name_taken")
    listed = terminal("staff", "list", "--village", village).answer["staff"]
    assert listed[-1] == {"name": "罗德福", "sign_in_name": "罗德福", "roles": ["reviewer", "shopkeeper"]}


def test_a_forgotten_password_is_set_anew(terminal: Terminal, village: str) -> None:
    words = ("staff", "password", "--village", village, "--name", "周文书")
    made_up = terminal(*words).answer
    assert made_up["password"] != terminal(*words).answer["password"]
    own = terminal(*words, "--password-stdin", stdin=PASSWORD + "\n").answer
    assert own == {
        "village": "qingxi",
        "name": "周文书",
        "sign_in_name": "周文书",
        "roles": ["administrator", "clerk"],
        "password": None,
    }


def test_a_password_for_nobody_is_refused(terminal: Terminal, village: str) -> None:
    ended = terminal("staff", "password", "--village", village, "--name", "无此人")
    assert "没有登录名是“无此人”的人" in ended.refusal(1, "not_found")
