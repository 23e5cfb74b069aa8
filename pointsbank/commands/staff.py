"""staff add, staff password, staff list: who may sign in."""

from typing import Any

import click

from pointsbank.access import queries, services
from pointsbank.access.models import Role, Staff
from pointsbank.access.permissions import ROLE_NAMES
from pointsbank.commands.installing import given_or_made_up, password_option, password_sentences
from pointsbank.commands.opening import on_village
from pointsbank.commands.terminal import Answer, Group
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.errors import NotFoundError
from pointsbank.places.models import Place

ROLES = click.Choice([role.value for role in Role])


@click.group("staff", cls=Group)
def staff_commands() -> None:
    """工作人员和密码。"""


@staff_commands.command("add")
@on_village
@click.option("--name", required=True, metavar="NAME", help="姓名，也是登录名。")
@click.option("--role", "roles", required=True, multiple=True, type=ROLES, help="岗位，可以写几次。")
@password_option
def add_staff(village: Place, name: str, roles: tuple[str, ...], password_stdin: bool) -> Answer:
    """添加一个人，给他岗位和密码。"""
    password, shown = given_or_made_up(password_stdin)
    staff = services.add_staff(village, name, password, [Role(role) for role in roles], SYSTEM)
    return Answer(
        {"village": village.code, **_staff_values(staff, [Role(role) for role in roles]), "password": shown},
        [f"{staff.name}已经添加。", *password_sentences(staff.sign_in_name, shown)],
    )


@staff_commands.command("password")
@on_village
@click.option("--name", required=True, metavar="NAME", help="登录名。")
@password_option
def set_password(village: Place, name: str, password_stdin: bool) -> Answer:
    """给忘了密码的人重设密码。"""
    found = [(staff, roles) for staff, roles in queries.staff_of(village) if staff.sign_in_name == name]
    if not found:
        raise NotFoundError(f"{village.name}没有登录名是“{name[:40]}”的人。请用 staff list 查看。")
    staff, roles = found[0]
    values = {"village": village.code, **_staff_values(staff, roles)}
    password, shown = given_or_made_up(password_stdin)
    services.change_password(staff, password, SYSTEM)
    return Answer({**values, "password": shown}, ["密码已经改好。", *password_sentences(values["sign_in_name"], shown)])


@staff_commands.command("list")
@on_village
def list_staff(village: Place) -> Answer:
    """谁能登录，是什么岗位。"""
    found = queries.staff_of(village)
    return Answer(
        {"village": village.code, "staff": [_staff_values(staff, roles) for staff, roles in found]},
        [f"{staff.sign_in_name}　{'、'.join(ROLE_NAMES[role] for role in roles)}" for staff, roles in found]
        or [f"{village.name}还没有人能登录，请用 staff add 添加。"],
    )


def _staff_values(staff: Staff, roles: list[Role]) -> dict[str, Any]:
    return {"name": staff.name, "sign_in_name": staff.sign_in_name, "roles": sorted(role.value for role in roles)}
