"""What run.py decides before the program starts. Nothing here touches the network or the real .venv."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as freshly cloned, for run.py to set up."""
    monkeypatch.setattr(run, "FOLDER", tmp_path)
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run, "PYTHON", tmp_path / ".venv" / "python")
    (tmp_path / "requirements.txt").write_text("flask==3.1.3\n")
    return tmp_path


class Steps:
    """Stands in for the slow steps of a set-up and keeps a list of those that were taken."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.taken: list[str] = []
        self.pip_says = ""
        monkeypatch.setattr(run, "make_venv", self.make_venv)
        monkeypatch.setattr(run, "install", self.install)
        monkeypatch.setattr(run, "has_pip", run.PYTHON.exists)

    def make_venv(self) -> None:
        self.taken.append("venv")
        run.VENV.mkdir(exist_ok=True)
        run.PYTHON.touch()

    def install(self, requirements: Path) -> str:
        self.taken.append(requirements.name)
        if self.pip_says == "killed":
            raise KeyboardInterrupt
        return self.pip_says


@pytest.fixture
def steps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    assert not (folder / ".venv").exists()
    return Steps(monkeypatch)


def test_an_old_python_can_read_the_file() -> None:
    ast.parse(Path(run.__file__).read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_is_told_what_to_install() -> None:
    pretend = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path(sys.argv[1], run_name='__main__')"
    ended = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", pretend, run.__file__],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 3
    assert ended.stdout == ""
    assert ended.stderr.startswith("需要 Python 3.11 或更新的版本，现在用的是 3.9。")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("output", "sentence_start"),
    [
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError()': /x\n"
            "ERROR: No matching distribution found for alembic==1.20.1",
            "连不上网",
        ),
        ("ERROR: HTTPSConnectionPool(host='x', port=443): Read timed out.", "连不上网"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "下载到的文件与清单不符",
        ),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "磁盘满了",
        ),
        ("OSError: [WinError 112] 磁盘空间不足。: 'C:\\\\x'", "磁盘满了"),
        ("[Errno 13] Permission denied: '/opt/x/.venv'", "不能写入文件夹"),
        ("[Errno 30] Read-only file system: '/opt/x/.venv'", "不能写入文件夹"),
        ("[WinError 5] 拒绝访问。: 'C:\\\\x'", "不能写入文件夹"),
        ("No module named 'ensurepip'", "这台电脑的 Python 缺少 venv 模块"),
    ],
)
def test_a_known_cause_gets_its_sentence(output: str, sentence_start: str) -> None:
    assert run.advice(output).startswith(sentence_start)


def test_an_unknown_cause_is_shown_as_it_is() -> None:
    assert run.advice("ERROR: x is not a supported wheel on this platform.\n").endswith(
        "\nERROR: x is not a supported wheel on this platform."
    )


def test_the_first_start_makes_the_environment_and_the_second_finds_it(folder: Path, steps: Steps) -> None:
    run.make_ready(folder / "requirements.txt")
    assert steps.taken == ["venv", "requirements.txt"]
    run.make_ready(folder / "requirements.txt")
    assert steps.taken == ["venv", "requirements.txt"]


def test_changed_requirements_are_installed_into_the_same_environment(folder: Path, steps: Steps) -> None:
    run.make_ready(folder / "requirements.txt")
    (folder / "requirements.txt").write_text("flask==3.1.4\n")
    run.make_ready(folder / "requirements.txt")
    assert steps.taken == ["venv", "requirements.txt", "requirements.txt"]


def test_another_python_of_the_system_has_its_packages_checked(
    folder: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.make_ready(folder / "requirements.txt")
    monkeypatch.setattr(sys, "base_prefix", "/opt/another-python")
    run.make_ready(folder / "requirements.txt")
    assert steps.taken == ["venv", "requirements.txt", "requirements.txt"]


def test_tests_and_program_keep_stamps_of_their_own(folder: Path, steps: Steps) -> None:
    (folder / "requirements-dev.txt").write_text("pytest==9.2.0\n")
    run.make_ready(folder / "requirements-dev.txt")
    run.make_ready(folder / "requirements.txt")
    assert steps.taken == ["venv", "requirements-dev.txt", "requirements.txt"]


def test_an_environment_cut_off_half_way_is_made_anew(folder: Path, steps: Steps) -> None:
    steps.pip_says = "killed"
    with pytest.raises(KeyboardInterrupt):
        run.make_ready(folder / "requirements.txt")
    steps.pip_says = ""
    run.make_ready(folder / "requirements.txt")
    assert steps.taken == ["venv", "requirements.txt", "venv", "requirements.txt"]


def test_after_a_failed_download_only_the_download_is_repeated(folder: Path, steps: Steps) -> None:
    steps.pip_says = "connection broken by 'NewConnectionError'"
    with pytest.raises(run.SetUpError, match="连不上网"):
        run.make_ready(folder / "requirements.txt")
    steps.pip_says = ""
    run.make_ready(folder / "requirements.txt")
    assert steps.taken == ["venv", "requirements.txt", "requirements.txt"]


def test_two_starts_do_not_set_up_at_once(folder: Path) -> None:
    with run.only_set_up(), (folder / ".venv.lock").open("a+") as second:
        assert not run.try_to_lock(second)
    with (folder / ".venv.lock").open("a+") as later:
        assert run.try_to_lock(later)


def test_outer_settings_that_mislead_are_dropped_and_mirrors_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    inner = run.inner_environment()
    assert "PYTHONHOME" not in inner
    assert "PIP_TARGET" not in inner
    assert inner["PYTHONPATH"] == str(run.FOLDER)
    assert inner["PYTHONUTF8"] == "1"
    assert inner["PIP_INDEX_URL"] == "https://mirror.example/simple"
    assert inner["HTTPS_PROXY"] == "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("end", "exit_code", "sentence_start"),
    [
        (run.SetUpError("请接好网络。"), 3, "请接好网络。"),
        (PermissionError(13, "Permission denied"), 3, "不能写入文件夹"),
        (KeyboardInterrupt(), 130, "已停止。"),
    ],
)
def test_every_end_of_a_set_up_is_a_sentence_on_stderr(
    end: BaseException,
    exit_code: int,
    sentence_start: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_words: list[str]) -> int:
        raise end

    monkeypatch.setattr(run, "run", fail)
    monkeypatch.setattr("signal.signal", lambda *_arguments: None)
    assert run.main() == exit_code
    printed = capsys.readouterr()
    assert printed.err.startswith(sentence_start)
    assert printed.out == ""


@pytest.mark.parametrize("words", [["verify", "--json"], ["verify"]])
def test_a_set_up_that_fails_is_one_object_for_a_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    def fail(_: list[str]) -> int:
        raise run.SetUpError("连不上网。")

    monkeypatch.setattr(run, "run", fail)
    monkeypatch.setattr(sys, "argv", ["run.py", *words])
    assert run.main() == 3
    told = capsys.readouterr()
    assert told.err == "连不上网。\n"
    if "--json" in words:
        assert json.loads(told.out) == {"error": {"code": "environment", "message": "连不上网。"}}
    else:
        assert told.out == ""
