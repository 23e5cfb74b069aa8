"""Opening the program for a command: which database, whether it is fit, which village."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import wraps
from pathlib import Path, PurePosixPath
from typing import Any

import click
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from config import Config, ConfigurationError, load_config
from pointsbank import create_app
from pointsbank.commands.terminal import Answer, UnknownMonthError, say
from pointsbank.foundation import periods
from pointsbank.foundation.database import db, sqlite_file
from pointsbank.foundation.errors import EnvironmentProblemError, InvalidInputError
from pointsbank.foundation.schema import SchemaState, state_of, upgrade
from pointsbank.places import queries as places

BACKENDS = ("sqlite", "postgresql")
NETWORK_FILE_SYSTEMS = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs")
)
MOUNTS = Path("/proc/self/mounts")

CommandFunction = Callable[..., Answer | None]


# --- the database -----------------------------------------------------------------------------------------------------


@contextmanager
def opened(config: Config) -> Iterator[Flask]:
    """The program on its database, with an application context; the schema is not looked at.

    Raises ConfigurationError, EnvironmentProblemError.
    """
    url = check_address(config.database_url)
    _refuse_network_file_system(url)
    app = create_app(config)
    with app.app_context():
        try:
            _refuse_careless_postgresql(db.engine)
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


@contextmanager
def opened_as_it_is(config: Config) -> Iterator[Flask]:
    """The program on a database that must be there and have this release's schema."""
    refuse_missing_file(config)
    with opened(config) as app:
        match state_of(db.engine):
            case SchemaState.NEWER:
                raise _newer_schema()
            case SchemaState.OLDER | SchemaState.EMPTY:
                raise EnvironmentProblemError("数据库还是旧版本的，请先运行 python3 run.py migrate。")
        yield app


def refuse_missing_file(config: Config) -> None:
    """Raises EnvironmentProblemError where there is no SQLite file yet; nothing on PostgreSQL."""
    path = sqlite_file(check_address(config.database_url))
    if path is not None and not path.exists():
        raise EnvironmentProblemError(
            f"还没有数据库 {path}。请先运行 python3 run.py（练习）或 python3 run.py setup（建自己的村）。"
        )


def bring_up_to_date() -> bool:
    """Give the open database this release's schema; True if there was anything to do."""
    if state_of(db.engine) is SchemaState.NEWER:
        raise _newer_schema()
    return upgrade(db.engine)


def _newer_schema() -> EnvironmentProblemError:
    return EnvironmentProblemError("数据库是更新版本的程序用过的，请先把程序更新到最新版本。")


def remove_database(path: Path) -> None:
    """Remove an SQLite file that nobody has put anything into, with what stands beside it."""
    for ending in ("", "-wal", "-shm", ".queue"):
        Path(f"{path}{ending}").unlink(missing_ok=True)


def check_address(address: str) -> URL:
    """A database's address. Raises ConfigurationError for one that this program cannot use."""
    try:
        url = make_url(address)
    except ArgumentError:
        url = None
    in_memory = url is not None and url.get_backend_name() == "sqlite" and not url.database
    if url is None or url.get_backend_name() not in BACKENDS or in_memory:
        raise ConfigurationError("数据库地址要写成 sqlite:////文件路径 或 postgresql://用户:密码@主机/库名。")
    return url


def _refuse_network_file_system(url: URL) -> None:
    """SQLite's locks do not hold on network drives: two PCs would overwrite each other."""
    path = sqlite_file(url)
    if path is None:
        return
    folder = path.absolute().parent
    if str(folder).startswith("\\\\") or _file_system_of(PurePosixPath(folder)) in NETWORK_FILE_SYSTEMS:
        raise EnvironmentProblemError(
            f"数据库不能放在网络盘上（{folder}），会丢数据。请用 INSTANCE 指定本机硬盘上的文件夹。"
        )


def _file_system_of(folder: PurePosixPath) -> str:
    """The type of the file system that a folder lies on; "" where the system does not tell."""
    if not MOUNTS.exists():
        return ""
    mounts = [line.split()[1:3] for line in MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()]
    holding = [(len(point), kind) for point, kind in mounts if folder.is_relative_to(point.replace("\\040", " "))]
    return max(holding, default=(0, ""))[1]


def _refuse_careless_postgresql(engine: Engine) -> None:
    """A book that a power cut can tear is none."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            if connection.scalar(text("SELECT current_setting(:setting)"), {"setting": setting}) == "off":
                raise EnvironmentProblemError(f"PostgreSQL 的 {setting} 关着，断电会丢账。请设为 on 再启动。")


# --- options that commands share --------------------------------------------------------------------------------------


def database_options(function: CommandFunction) -> CommandFunction:
    """Give a command --database and --sample."""
    sample = click.option("--sample", is_flag=True, help="用示例村的练习数据。")
    database = click.option("--database", metavar="URL", help="用这个数据库，不用默认的。")
    return database(sample(function))


def on_database(function: CommandFunction) -> CommandFunction:
    """A command on a database that is there and up to date."""

    @database_options
    @wraps(function)
    def on_opened(database: str | None, sample: bool, **arguments: Any) -> Answer | None:
        config = load_config(os.environ, database=database, sample=sample)
        with opened_as_it_is(config):
            if config.practice:
                say("（这是示例村的练习数据）")
            return function(**arguments)

    return on_opened


def on_village(function: CommandFunction) -> CommandFunction:
    """A command on one village, which the function gets first."""

    @click.option("--village", "village_code", required=True, metavar="CODE", help="村（社区）的代码，例如 qingxi。")
    @on_database
    @wraps(function)
    def on_found(village_code: str, **arguments: Any) -> Answer | None:
        return function(places.village_by_code(village_code), **arguments)

    return on_found


class Month(click.ParamType[str]):
    """A month, YYYY-MM."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The month as it stands, or UnknownMonthError."""
        try:
            return periods.parse_period(str(value))
        except InvalidInputError as wrong:
            raise UnknownMonthError(wrong.message) from wrong


class IsoDay(click.ParamType[date]):
    """A day, YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day, or a sentence about how to write it."""
        try:
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            day = None
        if day is None or day.isoformat() != str(value):  # Python also takes 20260301 and 2026-W09-7
            self.fail("日期要写成 2026-03-01 这样。", param, ctx)
        return day


month_option = click.option("--month", required=True, type=Month(), help="月份，例如 2026-03。")


def out_option(ending: str) -> Callable[[CommandFunction], CommandFunction]:
    """--out FILE, whose name must have this ending."""

    def check(ctx: click.Context, param: click.Parameter, value: Path) -> Path:
        if value.suffix.lower() != ending:
            raise click.BadParameter(f"文件名要以 {ending} 结尾。", ctx, param)
        if not value.absolute().parent.is_dir():
            raise click.BadParameter(f"没有文件夹 {value.absolute().parent}，请先建好。", ctx, param)
        return value

    path = click.Path(dir_okay=False, path_type=Path)
    return click.option(
        "--out", required=True, metavar=f"FILE{ending}", type=path, callback=check, help="写到这个文件。"
    )


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    half = path.with_name(f".{path.name}.half")
    try:
        half.write_bytes(content)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
