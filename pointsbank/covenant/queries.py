"""Reading rule books. A day has the version with the latest effective day not after it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, or_, select

from pointsbank.covenant.errors import NoRuleBookError, UnknownRuleError
from pointsbank.covenant.models import Rule, RuleBook
from pointsbank.foundation.database import session

DEDUCTIONS = "扣分项"  # the category that stands last


def book_on(village_id: int, day: date) -> RuleBook | None:
    """The version in force on a day, None before the first one."""
    return session().scalar(
        select(RuleBook)
        .where(RuleBook.village_id == village_id, RuleBook.effective_on <= day)
        .order_by(RuleBook.effective_on.desc(), RuleBook.version.desc())
        .limit(1)
    )


def latest_book(village_id: int) -> RuleBook | None:
    """The newest version, whether in force already or not."""
    return session().scalar(
        select(RuleBook).where(RuleBook.village_id == village_id).order_by(RuleBook.version.desc()).limit(1)
    )


def book(village_id: int, version: int) -> RuleBook:
    """A version by its number. Raises UnknownRuleError."""
    found = session().scalar(select(RuleBook).where(RuleBook.village_id == village_id, RuleBook.version == version))
    if found is None:
        raise UnknownRuleError("没有这一版细则。请从版本列表里选。")
    return found


def books(village_id: int) -> Sequence[tuple[RuleBook, int]]:
    """All versions, the newest first, with the number of their rules."""
    query = (
        select(RuleBook, func.count(Rule.id))
        .outerjoin(Rule, Rule.rule_book_id == RuleBook.id)
        .where(RuleBook.village_id == village_id)
        .group_by(RuleBook.id)
        .order_by(RuleBook.version.desc())
    )
    return [(row[0], row[1]) for row in session().execute(query)]


def rules_on(village_id: int, day: date) -> Sequence[Rule]:
    """The rules in force on a day, in the order of the book; empty before the first version."""
    found = book_on(village_id, day)
    return rules_of(found) if found else []


def rules_of(found: RuleBook) -> Sequence[Rule]:
    """The rules of a version in order."""
    return session().scalars(select(Rule).where(Rule.rule_book_id == found.id).order_by(Rule.position)).all()


def rule_on(village_id: int, day: date, code: str) -> Rule:
    """The rule with a code in the version of a day. Raises NoRuleBookError, UnknownRuleError."""
    found = book_on(village_id, day)
    if found is None:
        raise NoRuleBookError
    rule = session().scalar(select(Rule).where(Rule.rule_book_id == found.id, Rule.code == code))
    if rule is None:
        raise UnknownRuleError(f"当天的细则里没有“{code[:20]}”这一条。请按编号或关键字重新选。", field="rule")
    return rule


def find_rules(village_id: int, day: date, text: str, limit: int = 12) -> Sequence[Rule]:
    """Rules of a day by code, words of the name or category, pinyin or initials; codes that match whole come first."""
    found = book_on(village_id, day)
    wanted = text.strip().lower()
    if found is None or not wanted:
        return []
    pattern = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    anywhere = f"%{pattern}%"
    query = (
        select(Rule)
        .where(
            Rule.rule_book_id == found.id,
            or_(
                func.lower(Rule.code).like(f"{pattern}%", escape="\\"),
                Rule.name.like(anywhere, escape="\\"),
                Rule.category.like(anywhere, escape="\\"),
                Rule.initials.like(anywhere, escape="\\"),
                Rule.pinyin.like(anywhere, escape="\\"),
            ),
        )
        .order_by(
            func.lower(Rule.code) != wanted,
            func.lower(Rule.code).not_like(f"{pattern}%", escape="\\"),
            Rule.initials.not_like(f"{pattern}%", escape="\\"),
            Rule.position,
        )
        .limit(limit)
    )
    return session().scalars(query).all()
