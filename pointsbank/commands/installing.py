"""setup, migrate, village add: making a database and the villages in it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.engine import make_url

from config import Config, instance_folder, load_config, own_url
from pointsbank.access import services as access
from pointsbank.access.models import Role
from pointsbank.commands.opening import (
    CommandFunction,
    bring_up_to_date,
    database_options,
    on_database,
    opened,
    refuse_missing_file,
    remove_database,
)
from pointsbank.commands.terminal import Answer, Command, Group
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import sqlite_file, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.places import services as places
from pointsbank.places.models import Place, PlaceKind
from pointsbank.places.queries import path_of

KINDS = click.Choice([PlaceKind.VILLAGE.value, PlaceKind.COMMUNITY.value])


def is_asked() -> bool:
    """Whether a person sits at the terminal and can be asked."""
    return sys.stdin.isatty()


class AskedOption(click.Option):
    """An option that a person in a terminal is asked for; a script that leaves it out is told."""

    def prompt_for_value(self, ctx: click.Context) -> str:
        """Ask on stderr, so that stdout holds the answer alone."""
        if not is_asked():
            raise click.MissingParameter(ctx=ctx, param=self)
        text: str = click.prompt(str(self.help).removesuffix("。"), err=True, prompt_suffix="：")
        return text


def _place_options(function: CommandFunction) -> CommandFunction:
    """Where a village lies, what it is called and its code."""
    asked = (
        ("--code", "code", "给村（社区）起个代码，用小写字母，例如 qingxi。"),
        ("--village", "name", "村（社区）的名称，例如 清溪村。"),
        ("--town", "town", "镇（乡、街道）的名称，例如 田湾镇。"),
        ("--county", "county", "县（市、区）的名称，例如 隆昌市。"),
    )
    function = click.option("--kind", type=KINDS, default="village", help="village 村（默认），community 社区。")(
        function
    )
    for option, argument, title in asked:
        function = click.option(
            option, argument, cls=AskedOption, required=True, prompt=True, metavar="TEXT", help=title
        )(function)
    return function


password_option = click.option(
    "--password-stdin", is_flag=True, help="从标准输入读一行作密码；不写就由程序编一个，只显示一次。"
)


def given_or_made_up(password_stdin: bool) -> tuple[str, str | None]:
    """The password to set, and what to show of it: nothing when the person brought their own."""
    if password_stdin:
        return sys.stdin.readline().rstrip("\r\n"), None
    made_up = access.made_up_password()
    return made_up, made_up


def password_sentences(sign_in_name: str, shown: str | None) -> list[str]:
    """How to sign in."""
    if shown is None:
        return [f"登录名：{sign_in_name}，密码是您刚才给的。"]
    return [f"登录名：{sign_in_name}", f"密码：{shown}（只显示这一次，请马上抄下）"]


@click.command("setup", cls=Command)
@_place_options
@click.option(
    "--admin", cls=AskedOption, required=True, prompt=True, metavar="NAME", help="管理员的姓名，例如 周文书。"
)
@password_option
@click.option("--database", metavar="URL", help="建在这个数据库里，不用 instance/village.db。")
def setup(
    county: str, town: str, name: str, code: str, kind: str, admin: str, password_stdin: bool, database: str | None
) -> Answer:
    """建自己的村：数据库、村和管理员。"""
    address = database or os.environ.get("DATABASE_URL") or own_url(instance_folder(os.environ))
    config = load_config(os.environ, database=address)
    if config.practice:
        raise InvalidInputError("示例村的数据库只用来练习，请把自己的村建在另一个数据库里。")
    password, shown = given_or_made_up(password_stdin)
    with _all_or_nothing(config), opened(config):
        bring_up_to_date()
        with transaction():
            village = _add_village(county, town, name, code, kind)
            staff = access.add_staff(village, admin, password, [Role.ADMINISTRATOR, Role.CLERK], SYSTEM)
        values = {**_village_values(village), "admin": staff.name, "sign_in_name": staff.sign_in_name}
    where = make_url(config.database_url).render_as_string(hide_password=True)
    return Answer(
        {**values, "password": shown, "database": where},
        [
            f"{values['name']}已经建好，数据在 {where}",
            *password_sentences(values["sign_in_name"], shown),
            "现在运行 python3 run.py，登录后先导入花名册。",
        ],
    )


@contextmanager
def _all_or_nothing(config: Config) -> Iterator[None]:
    """A set-up that was refused leaves no empty database behind, which every later command would take for the own."""
    path = sqlite_file(make_url(config.database_url))
    was_there = path is None or path.exists()
    try:
        yield
    except BaseException:
        if path is not None and not was_there:
            remove_database(path)
        raise


def _add_village(county: str, town: str, name: str, code: str, kind: str) -> Place:
    """The village under its town and county, which are added if they are not there yet."""
    above = places.place_at(PlaceKind.COUNTY, f"{code}-c", county, None, SYSTEM)
    town_place = places.place_at(PlaceKind.TOWN, f"{code}-t", town, above, SYSTEM)
    return places.add_place(PlaceKind(kind), code, name, town_place, SYSTEM)


def _village_values(village: Place) -> dict[str, Any]:
    _, town, county, *_ = path_of(village)
    return {
        "code": village.code,
        "name": village.name,
        "kind": village.kind.value,
        "town": town.name,
        "county": county.name,
    }


@click.command("migrate", cls=Command)
@database_options
def migrate(database: str | None, sample: bool) -> Answer:
    """把数据库升级到这个版本的结构。"""
    config = load_config(os.environ, database=database, sample=sample)
    if config.practice:  # an empty file in its place would keep the first start from loading the sample village
        refuse_missing_file(config)
    with opened(config):
        upgraded = bring_up_to_date()
    where = make_url(config.database_url).render_as_string(hide_password=True)
    sentence = f"数据库已经升级：{where}" if upgraded else f"数据库已经是最新的，不用升级：{where}"
    return Answer({"database": where, "upgraded": upgraded}, [sentence])


@click.group("village", cls=Group)
def village_commands() -> None:
    """村（社区）。"""


@village_commands.command("add")
@_place_options
@on_database
def add_village(county: str, town: str, name: str, code: str, kind: str) -> Answer:
    """在数据库里再加一个村（社区）。"""
    with transaction():
        village = _add_village(county, town, name, code, kind)
    sentence = f"{village.name}已经加好。接着用 staff add --village {code} --role administrator 添加管理员。"
    return Answer(_village_values(village), [sentence])
