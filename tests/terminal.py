"""A terminal for tests: runs the words of a command in this process and keeps what it said and where."""

import io
import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pointsbank.__main__ import command_line
from pointsbank.commands.terminal import run

SET_FROM_OUTSIDE = ("DATABASE_URL", "HOST", "PORT", "SESSION_KEY", "ENCRYPTION_KEYS", "DIGEST_KEY", "SECURE_COOKIES")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """What --json printed: one object on one line and nothing else."""
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1, self.out
        answer: dict[str, Any] = json.loads(self.out)
        assert isinstance(answer, dict)
        return answer

    def refusal(self, code: int, name: str) -> str:
        """The sentence of a refusal that ended with this exit code and this error code; also told on stderr."""
        assert (self.code, self.out.count("\n")) == (code, 1), (self.code, self.out, self.err)
        assert set(self.answer) == {"error"}
        assert set(self.answer["error"]) == {"code", "message"}
        assert self.answer["error"]["code"] == name, self.answer
        message: str = self.answer["error"]["message"]
        assert message in self.err
        assert "Traceback" not in self.err
        return message


Terminal = Callable[..., Ended]


def make_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Give a function that runs words on the databases of a folder, with --json unless told otherwise."""
    for name in SET_FROM_OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INSTANCE", str(folder))

    def type_in(*words: str, stdin: str = "", as_json: bool = True) -> Ended:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        before = logging.getLogger().handlers[:], logging.getLogger().level
        try:
            code = run(command_line, [*words, *(["--json"] if as_json else [])])
        finally:
            _put_back(*before)
        printed = capsys.readouterr()
        return Ended(int(code), printed.out, printed.err)

    return type_in


def _put_back(handlers: list[logging.Handler], level: int) -> None:
    """A command sends its log to a file; the process of the tests has others after it."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        if handler not in handlers:
            handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)


def outer_environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment for the program as a process of its own, with its data in a folder."""
    kept = {name: value for name, value in os.environ.items() if name not in SET_FROM_OUTSIDE}
    return {**kept, "INSTANCE": str(folder), "PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONUTF8": "1", **more}
