"""The policies in words, and what each version of them changed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import select

from pointsbank.foundation.database import session
from pointsbank.foundation.points import format_points
from pointsbank.places.models import SettingsVersion
from pointsbank.places.settings import (
    EVERY_MONTH,
    CadreHouseholds,
    ConfirmBy,
    KioskShows,
    VillageSettings,
    YearEndMode,
)

VERSIONS_PER_PAGE = 20
DEFAULTS = VillageSettings()

UNITS_FIELDS = (
    "opening_points", "base_points", "points_per_yuan", "redeem_points_min", "household_month_max",
    "household_year_max", "recheck_points_min", "month_budget",
)  # fmt: skip
_YES_NO = {"yes": "是", "no": "否"}
CHOICES: dict[str, dict[str, str]] = {
    "kiosk_shows": {KioskShows.POINTS.value: "积分和自己家的明细", KioskShows.NOTHING.value: "什么都不给看"},
    "confirm_by": {ConfirmBy.SIGNATURE.value: "柜台上签字", ConfirmBy.PIN.value: "输积分卡密码"},
    "cadre_households": {
        CadreHouseholds.AS_ALL.value: "和大家一样",
        CadreHouseholds.HONOUR_ONLY.value: "只得荣誉分，不能兑换",
        CadreHouseholds.NOT_RANKED.value: "照常得分，不参加排名",
    },
    "year_end": {
        YearEndMode.CARRY_OVER.value: "结转下年，一分不动",
        YearEndMode.CLEAR_TO_BASE.value: "清到基础分",
        YearEndMode.EXPIRE.value: "到期的作废",
    },
    "review_months": {"1": "每月", "3": "每季度", "6": "每半年"},
    "notice_working_days": _YES_NO,
    "notice_by_group": _YES_NO,
    "books_at_night": _YES_NO,
    "open_weekdays": {str(number): f"周{name}" for number, name in enumerate("一二三四五六日", start=1)},
    "redeem_months": {str(number): f"{number}月" for number in EVERY_MONTH},
}
_ALL_AND_NONE = {
    "open_weekdays": ("每天", "不开门"),
    "redeem_months": ("每个月", "不兑换"),
    "market_days": ("", "不填"),
}
_UNITS = {
    "points_per_yuan": "分",
    "late_claim_days": "天",
    "answer_days": "天",
    "notice_days": "天",
    "objection_days": "天",
    "month_closes_on_day": "号",
    "ranking_households_max": "户",
    "expire_months": "个月",
    "order_days": "天",
}


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One policy that a version changed, by the field's name, in words before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A version with what it changed against the one saved before it (the defaults for the first)."""

    version: int
    effective_on: date
    actor: str
    created_at: datetime
    changes: tuple[PolicyChange, ...]


def said(name: str, value: Any) -> str:
    """A policy's value in words, for a sentence: 60 分, 每月, “是”."""
    if isinstance(value, tuple):
        return _listed(name, value)
    if name in CHOICES:
        key = value.value if isinstance(value, Enum) else {True: "yes", False: "no"}.get(value, str(value))
        if isinstance(value, int) and not isinstance(value, bool):
            key = str(value)
        return f"“{CHOICES[name][key]}”"
    if name in UNITS_FIELDS:
        return f" {format_points(value)} 分"
    if isinstance(value, str):
        return f"“{value}”" if value else "不填"
    return f" {value} {_UNITS[name]}"


def _listed(name: str, numbers: tuple[int, ...]) -> str:
    """“周一、周三”, “每天”, “10、20、30 号”."""
    everything, nothing = _ALL_AND_NONE[name]
    choices = CHOICES.get(name, {})
    if not numbers:
        return nothing
    if len(numbers) == len(choices):
        return everything
    words = "、".join(choices.get(str(number), str(number)) for number in numbers)
    return f"“{words}”" if choices else f"“{words} 号”"


def versions(village_id: int, *, before: int | None = None, limit: int = VERSIONS_PER_PAGE) -> list[PolicyVersion]:
    """Versions, the newest first, a page by key: pass the last one's version as before."""
    query = (
        select(SettingsVersion)
        .where(SettingsVersion.village_id == village_id)
        .order_by(SettingsVersion.version.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(SettingsVersion.version < before)
    rows = session().scalars(query).all()
    return [_version(row, _older(rows, at)) for at, row in enumerate(rows[:limit])]


def _older(rows: Sequence[SettingsVersion], at: int) -> VillageSettings:
    """What was saved before: the next row, which the query reads one beyond the page."""
    return VillageSettings.from_json(rows[at + 1].content) if at + 1 < len(rows) else DEFAULTS


def _version(row: SettingsVersion, older: VillageSettings) -> PolicyVersion:
    newer = VillageSettings.from_json(row.content)
    changes = tuple(
        PolicyChange(field.name, said(field.name, was).strip(), said(field.name, now).strip())
        for field in fields(newer)
        for was, now in ((getattr(older, field.name), getattr(newer, field.name)),)
        if was != now
    )
    return PolicyVersion(row.version, row.effective_on, row.actor, row.created_at, changes)
