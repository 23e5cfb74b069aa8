"""serve: the program on this PC, from the first start on."""

import json
import os
import signal
import socket
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy.engine import make_url
from waitress.server import create_server

from config import HOST_DEFAULT, Config, load_config, write_private
from pointsbank.access.models import Role
from pointsbank.access.permissions import ROLE_NAMES
from pointsbank.commands.nightly import every_night
from pointsbank.commands.opening import bring_up_to_date, database_options, opened, remove_database
from pointsbank.commands.terminal import Answer, Command, give, progress_bar, say
from pointsbank.foundation import clock
from pointsbank.foundation.database import server_lock, sqlite_file
from pointsbank.foundation.errors import EnvironmentProblemError
from pointsbank.printing import fonts

SIGN_INS_FILE = "sample-signins.json"
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - asked for by the person who set HOST
NOBODY = "192.0.2.1"  # an address for examples, RFC 5737
BODY_FACTOR = 4  # above the upload limit the program itself answers in Chinese; far above it the server hangs up


@click.command("serve", cls=Command)
@database_options
def serve(database: str | None, sample: bool) -> None:
    """启动程序（不写命令就是它）。HOST、PORT 改地址，Ctrl-C 停止。"""
    for stop in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C too: a shell that starts it in the background has it ignored
        signal.signal(stop, signal.default_int_handler)
    config = load_config(os.environ, database=database, sample=sample)
    with progress_bar("正在准备打印字体", told_once=True) as bar:
        fonts.prepare(config.fonts_folder, bar)
    with server_lock(make_url(config.database_url)) as is_ours:
        if not is_ours:
            raise EnvironmentProblemError(
                "这个数据库已经有一个程序在用。请用已经打开的那个窗口，或先在那里按 Ctrl-C 停下。"
            )
        _load_sample_once(config)
        with opened(config) as app:
            bring_up_to_date()
            _serve(app, config)
    say("已停止。")


def _load_sample_once(config: Config) -> None:
    """The sample village enters its database at the first start: whole, or again at the next start."""
    path = sqlite_file(make_url(config.database_url))
    if not config.practice or path is None or path.exists():
        return
    from pointsbank.sample import load_sample  # noqa: PLC0415 - the other starts do not need it

    say("第一次启动：正在装入示例村（练习用），要一会儿……")
    half = path.with_name("sample-loading.db")
    remove_database(half)
    with opened(replace(config, database_url=f"sqlite:///{half}")), progress_bar("正在装入示例村") as bar:
        bring_up_to_date()
        sign_ins = load_sample(clock.now(), bar)
    write_private(config.instance / SIGN_INS_FILE, json.dumps(asdict(sign_ins), ensure_ascii=False, indent=1))
    if Path(f"{half}-wal").exists():  # the last connection writes everything into the file and takes this away
        raise EnvironmentProblemError("示例村没有装完整。请再启动一次，会重新装入。")
    half.replace(path)
    remove_database(half)


def _serve(app: Flask, config: Config) -> None:
    try:
        server = create_server(
            app,
            host=config.host,
            port=config.port,
            threads=config.threads,
            max_request_body_size=BODY_FACTOR * config.upload_bytes_max,
            ident=None,
        )
    except (OSError, ValueError) as wrong:
        raise EnvironmentProblemError(
            f"地址 {config.host}:{config.port} 用不了，可能已经有别的程序占着。"
            f"请关掉那个程序，或换一个端口再启动，例如 PORT={config.port + 1}。"
        ) from wrong
    try:
        give(_greeting(config))
        with every_night(app):
            server.run()  # until Ctrl-C or SIGTERM; requests being answered are finished
    except KeyboardInterrupt:
        pass  # it came while the greeting was printed: also then the server was stopped as it should be
    finally:
        server.close()


def _greeting(config: Config) -> Answer:
    """Where to go, and in practice with whom to sign in."""
    to_all = config.host in EVERY_ADDRESS
    host = f"[{config.host}]" if ":" in config.host else config.host
    address = f"http://{HOST_DEFAULT if to_all else host}:{config.port}/"
    sign_ins = _sign_ins(config.instance / SIGN_INS_FILE) if config.practice else {"staff": [], "cards": []}
    sentences = [f"村积分银行已经启动，请在浏览器里打开：{address}"]
    if to_all:
        sentences.append(f"村里的其他电脑（例如自助机）打开：http://{_address_in_the_office()}:{config.port}/")
    if config.practice:
        sentences += ["", "现在是示例村（练习用）。登录名和密码："]
        for one in sign_ins["staff"]:
            roles = "、".join(ROLE_NAMES[Role(role)] for role in one["roles"])
            sentences.append(f"  {one['sign_in_name']}　{one['password']}　{one['place']} {roles}")
        if not sign_ins["staff"]:
            sentences.append(f"  （记着密码的 {SIGN_INS_FILE} 不见了，请用 run.py staff password --sample 重设）")
        sentences += ["积分卡（自助机上用）："]
        sentences += [
            f"  {one['head']} {one['household']}　卡号 {one['number']}　密码 {one['pin']}" for one in sign_ins["cards"]
        ]
        sentences += ["", "建自己的村：python3 run.py setup"]
    sentences += ["停止：按 Ctrl-C"]
    return Answer({"address": address, "practice": config.practice, **sign_ins}, sentences)


def _address_in_the_office() -> str:
    """This PC's address for the others in the same network; its name where it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((NOBODY, 9))  # a datagram socket sends nothing by this; it only chooses the way out
        except OSError:
            return socket.gethostname()
        address: str = probe.getsockname()[0]
        return address


def _sign_ins(path: Path) -> dict[str, list[dict[str, Any]]]:
    """What was kept when the sample was loaded; nothing when somebody removed the file."""
    if not path.exists():
        return {"staff": [], "cards": []}
    kept: dict[str, list[dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    return {"staff": kept["staff"], "cards": kept["cards"]}
