"""How a command answers: sentences, or with --json one object, on stdout; all else on stderr; and an exit code."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from sqlalchemy.exc import DBAPIError

from config import ConfigurationError, instance_folder
from pointsbank.foundation.errors import EnvironmentProblemError, PointsBankError
from pointsbank.places.errors import UnknownVillageError
from pointsbank.printing.fonts import FontsNotPreparedError
from pointsbank.reports.malformed import is_hurt

LOG_BYTES_MAX = 1_000_000

logger = logging.getLogger(__name__)


class ExitCode(IntEnum):
    """What a script learns without reading."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    ENVIRONMENT = 3
    INTERRUPTED = 130


class UnknownMonthError(PointsBankError):
    """No month is called so, or nothing was booked in it."""

    code = "unknown_month"
    status = 404


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found or did: for programs (every documented key) and for people."""

    values: dict[str, Any]
    sentences: list[str] = field(default_factory=list)
    exit_code: ExitCode = ExitCode.DONE


@dataclass(frozen=True, slots=True)
class _Failure:
    code: str
    message: str
    exit_code: ExitCode


# --- running ----------------------------------------------------------------------------------------------------------


def run(commands: click.Group, words: list[str]) -> int:
    """Do what the words say and answer; returns the exit code. --json may stand anywhere among the words."""
    as_json = "--json" in words
    words = [word for word in words if word != "--json"]
    _log_to_file()
    try:
        answer = commands.main(words, prog_name="run.py", standalone_mode=False, obj=as_json)
    except (KeyboardInterrupt, click.Abort):
        return _tell(as_json, _Failure("interrupted", "已停止。", ExitCode.INTERRUPTED))
    except Exception as problem:
        return _tell(as_json, _failure_of(problem))
    if not isinstance(answer, Answer):  # --help and serve have spoken for themselves
        return ExitCode.DONE
    _give(answer, as_json)
    return answer.exit_code


def give(answer: Answer) -> None:
    """Answer now, for a command that goes on working afterwards."""
    _give(answer, click.get_current_context().obj)


def _give(answer: Answer, as_json: bool) -> None:
    _write(json.dumps(answer.values, ensure_ascii=False) if as_json else "\n".join(answer.sentences))


def _tell(as_json: bool, failure: _Failure) -> int:
    say(failure.message)
    if as_json:
        _write(json.dumps({"error": {"code": failure.code, "message": failure.message}}, ensure_ascii=False))
    return failure.exit_code


def _write(text: str) -> None:
    """Write to stdout; a reader that has gone away (| head) changes nothing about what was done."""
    if not text:
        return
    try:
        click.echo(_printable(text))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(sentence: str) -> None:
    """Tell the person in the terminal something beside the answer."""
    click.echo(_printable(sentence), err=True)


def _printable(text: str) -> str:
    """Bytes of the command line that are no character stand in it as half a surrogate pair: shown as "?"."""
    return text.encode("utf-8", "replace").decode()


def _failure_of(problem: Exception) -> _Failure:
    """What a person is told; a programming mistake goes to the log with all its lines, never to the terminal."""
    match problem:
        case UnknownVillageError() | UnknownMonthError():
            return _Failure(problem.code, problem.message, ExitCode.USAGE)
        case EnvironmentProblemError():
            return _Failure(problem.code, problem.message, ExitCode.ENVIRONMENT)
        case PointsBankError():
            return _Failure(problem.code, problem.message, ExitCode.REFUSED)
        case click.ClickException():
            return _Failure("usage", _usage_sentence(problem), ExitCode.USAGE)
        case ConfigurationError() | FontsNotPreparedError():
            return _Failure("environment", str(problem), ExitCode.ENVIRONMENT)
    logger.error("a command failed", exc_info=problem)
    return _unforeseen(problem)


def _unforeseen(problem: Exception) -> _Failure:
    match problem:
        case _ if is_hurt(problem):
            said = _first_line(getattr(problem, "orig", problem))
            sentence = f"数据库文件已经损坏：{said}。请停止记账，用备份恢复，别在它上面继续写。"
            return _Failure("broken", sentence, ExitCode.REFUSED)
        case UnicodeEncodeError():
            return _Failure("usage", "写的内容里有不成字的字符，请重新输入。", ExitCode.USAGE)
        case DBAPIError():
            sentence = f"数据库现在用不了：{_first_line(problem.orig)}。什么都没有改动，请检查磁盘和数据库后再试。"
        case OSError():
            sentence = (
                f"文件读写不了：{problem.strerror or problem}（{problem.filename or ''}）。请检查路径、权限和磁盘空间。"
            )
        case _:
            sentence = f"程序出了意外的错误，没有做完的都已撤回。请把 {_log_file()} 发给技术人员。"
    return _Failure("environment", sentence, ExitCode.ENVIRONMENT)


def _first_line(problem: object) -> str:
    return (str(problem).splitlines() or [""])[0]


def _log_file() -> Path:
    return instance_folder(os.environ) / "log" / "pointsbank.log"


def _log_to_file() -> None:
    """What only technicians read goes to a file; the terminal stays readable."""
    try:
        path = _log_file()
        path.parent.mkdir(mode=0o700, exist_ok=True)
    except (ConfigurationError, OSError):
        return  # the command itself will tell that the folder cannot be written
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES_MAX, backupCount=3, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


@contextmanager
def progress_bar(title: str, *, told_once: bool = False) -> Iterator["Bar"]:
    """A bar on stderr that grows with the part done; nothing where stderr is a file or a pipe.

    told_once: there one sentence instead, when the work begins, for what takes minutes.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Bar(progress, title, told_once=told_once and not console.is_terminal)


class Bar:
    """Shows how far a long act has come."""

    def __init__(self, progress: Progress, title: str, *, told_once: bool) -> None:
        self._to_tell = told_once
        self._progress = progress
        self._task = progress.add_task(title, total=1.0)

    def __call__(self, title: str, part_done: float) -> None:
        """title: what is being done; part_done: 0 to 1."""
        if self._to_tell:
            say(f"{title}……")
            self._to_tell = False
        self._progress.update(self._task, description=title, completed=part_done)


# --- wrong usage and help, in Chinese ---------------------------------------------------------------------------------


def _usage_sentence(problem: click.ClickException) -> str:
    match problem:
        case click.exceptions.NoArgsIsHelpError():
            sentence = "还没有说要做什么。"
        case click.exceptions.NoSuchOption():
            sentence = f"没有“{problem.option_name}”这个选项。"
        case click.exceptions.NoSuchCommand():
            sentence = f"没有“{problem.command_name}”这个命令。"
        case click.BadOptionUsage():
            sentence = f"{problem.option_name} 后面要写它的值。"
        case click.MissingParameter():
            sentence = f"还缺 {_name_of(problem)}。"
        case click.BadParameter():
            sentence = f"{_name_of(problem)}：{_value_sentence(problem)}"
        case _:
            said = problem.format_message()
            sentence = said if said.endswith("。") else f"命令写得不对（{said}）。"
    command = problem.ctx.command_path if isinstance(problem, click.UsageError) and problem.ctx else "run.py"
    return f"{sentence}用法见 python3 {command} --help。"


def _name_of(problem: click.BadParameter) -> str:
    if problem.param is None:
        return "参数"
    return max(problem.param.opts, key=len) if isinstance(problem.param, click.Option) else str(problem.param.metavar)


def _value_sentence(problem: click.BadParameter) -> str:
    if problem.message.endswith("。"):  # our own; click's sentences are English
        return problem.message
    match problem.param.type if problem.param else None:
        case click.Choice() as choice:
            return f"只能是 {'、'.join(choice.choices)} 之一。"
        case click.Path():
            return "没有这个文件，或者读不了。"
        case click.INT:
            return "要填整数。"
        case _:
            return problem.message


def _show_help(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        give(Answer({"help": ctx.get_help()}, [ctx.get_help()]))
        ctx.exit()


class Command(click.Command):
    """A command whose help is Chinese."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first line."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, and for a group its commands."""
        found = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx)) is not None]
        records = [(words, text.replace("  [required]", "（必填）")) for words, text in found]
        records.append(("--json", "在 stdout 上只输出一个 JSON 对象，供程序读取。"))
        with formatter.section("选项"):
            formatter.write_dl(records)
        if isinstance(self, click.Group):
            self.format_commands(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """--help."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示这段说明。"
            option.callback = _show_help
        return option


class Group(Command, click.Group):
    """A group of commands; the one named default is meant when no command is given."""

    command_class = Command
    group_class = type

    def __init__(self, *arguments: Any, default: str | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command before options that come first."""
        if self.default and (not args or (args[0].startswith("-") and args[0] != "--help")):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every command with its first sentence."""
        with formatter.section("命令"):
            formatter.write_dl([(name, command.get_short_help_str(60)) for name, command in self.commands.items()])
