"""serve as a process of its own: the first start and the second, who is turned away, and how it ends."""

import json
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.databases import sqlite_url
from tests.fonts import prepared_fonts_folder
from tests.terminal import outer_environment

COMMAND = [sys.executable, "-P", "-m", "pointsbank"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as POSIX has them")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def serving(folder: Path, *words: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A running server and what it said of itself; it is ended afterwards if the test has not."""
    environment = outer_environment(folder, **{"PORT": str(free_port()), **environment})
    with (
        (folder / "err").open("w+") as errors,
        subprocess.Popen(
            [*COMMAND, *words, "--json"], env=environment, cwd="/", stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            errors.seek(0)
            assert line, errors.read()
            yield process, json.loads(line)
        finally:
            if process.poll() is None:
                process.kill()


def refused(folder: Path, *words: str, **environment: str) -> str:
    """Start where it must not start; gives the sentence."""
    ended = subprocess.run(
        [*COMMAND, *words, "--json"],
        env=outer_environment(folder, **environment),
        cwd="/",
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ended.returncode == 3, ended
    assert "Traceback" not in ended.stderr
    message: str = json.loads(ended.stdout)["error"]["message"]
    assert message in ended.stderr
    return message


def end(process: "subprocess.Popen[str]", how: signal.Signals) -> int:
    process.send_signal(how)
    return process.wait(timeout=30)


@pytest.fixture
def own_folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A folder with a village's own database and the fonts."""
    sqlite_url(sqlite_template, tmp_path)
    (tmp_path / "fonts").symlink_to(prepared_fonts_folder())
    return tmp_path


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_it_serves_answers_for_its_health_and_stops_cleanly(own_folder: Path, how: signal.Signals) -> None:
    with serving(own_folder) as (process, answer):
        assert set(answer) == {"address", "practice", "staff", "cards"}
        assert answer["practice"] is False
        with urllib.request.urlopen(answer["address"] + "healthz") as health:  # noqa: S310 - our own address
            assert (health.status, json.load(health)) == (200, {"status": "ok"})
        assert end(process, how) == 0
    assert "Traceback" not in (own_folder / "err").read_text()


def test_a_second_server_on_the_same_file_and_a_taken_port_are_refused(own_folder: Path, tmp_path: Path) -> None:
    port = str(free_port())
    with serving(own_folder, PORT=port) as (process, _):
        assert "已经有一个程序在用" in refused(own_folder, PORT=str(free_port()))
        other = f"sqlite:///{tmp_path / 'other.db'}"
        assert f"127.0.0.1:{port} 用不了" in refused(own_folder, "--database", other, PORT=port)
        listing = subprocess.run(
            [*COMMAND, "verify", "--json"], env=outer_environment(own_folder), capture_output=True, check=False, cwd="/"
        )
        assert json.loads(listing.stdout)["sound"] is True  # commands work beside the server
        assert end(process, signal.SIGINT) == 0
    with serving(own_folder, PORT=port) as (process, _):  # the next start takes it over
        assert end(process, signal.SIGINT) == 0


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "0"}, "PORT 要填"),
        ({"PORT": "65536"}, "PORT 要填"),
        ({"PORT": "８０００"}, "PORT 要填"),
        ({"HOST": "no.such.host.invalid"}, "用不了"),
        ({"HOST": "1.2.3.4"}, "用不了"),
        ({"SESSION_KEY": "short"}, "密钥太短或缺失"),
    ],
)
def test_a_wrong_setting_is_told(own_folder: Path, environment: dict[str, str], sentence: str) -> None:
    assert sentence in refused(own_folder, **environment)


def test_the_first_start_loads_the_sample_and_the_second_keeps_it(tmp_path: Path) -> None:
    (tmp_path / "fonts").symlink_to(prepared_fonts_folder())
    with serving(tmp_path) as (process, first):
        assert first["practice"] is True
        assert len(first["staff"]) >= 8
        assert len(first["cards"]) == 3
        assert set(first["cards"][0]) == {"household", "head", "number", "pin"}
        assert set(first["staff"][0]) == {"place", "name", "sign_in_name", "password", "roles"}
        assert end(process, signal.SIGINT) == 0
    kept = tmp_path / "sample-signins.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("sample-loading*"))
    written = (tmp_path / "sample.db").stat().st_ino
    with serving(tmp_path, "--sample") as (process, second):
        assert (second["staff"], second["cards"]) == (first["staff"], first["cards"])
        assert end(process, signal.SIGINT) == 0
    assert (tmp_path / "sample.db").stat().st_ino == written
    kept.unlink()
    with serving(tmp_path) as (process, third):
        assert (third["staff"], third["cards"]) == ([], [])
        assert end(process, signal.SIGINT) == 0


def test_a_person_reads_address_and_sign_ins(own_folder: Path) -> None:
    (own_folder / "village.db").rename(own_folder / "sample.db")
    person = {
        "place": "清溪村",
        "name": "文小琴",
        "sign_in_name": "文小琴",
        "password": "abcd-efgh",
        "roles": ["clerk"],
    }
    card = {"household": "01-001", "head": "张军", "number": "00000017", "pin": "135790"}
    (own_folder / "sample-signins.json").write_text(json.dumps({"staff": [person], "cards": [card]}))
    environment = outer_environment(own_folder, PORT=str(free_port()), PYTHONUNBUFFERED="1")
    with subprocess.Popen(COMMAND, env=environment, cwd="/", stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        lines: list[str] = []
        while not (lines and lines[-1].startswith("停止")):
            lines.append(process.stdout.readline())
            assert lines[-1]
        assert end(process, signal.SIGINT) == 0
    told = "".join(lines)
    for word in (f"http://127.0.0.1:{environment['PORT']}/", "文小琴　abcd-efgh　清溪村 文书", "00000017", "135790"):
        assert word in told
