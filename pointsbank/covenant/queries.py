"""Reading rule books. A day has the version with the latest effective day not after it."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from pointsbank.covenant.errors import NoRuleBookError, UnknownRuleError
from pointsbank.covenant.models import Rule, RuleBook
from pointsbank.foundation import clock
from pointsbank.foundation.database import session

DEDUCTIONS = "扣分项"  # the category that stands last
SEARCH_LENGTH_MAX = 40
VERSION_MAX = 999_999_999  # of a number that somebody types or that stands in an address
NO_SUCH_VERSION = "没有这一版细则。请从版本列表里选。"
DAYS_BACK_AT_FIRST = 31  # deeds of the weeks before a village began are typed in too


class BookState(StrEnum):
    """Where a version stands on a day."""

    TO_COME = "to_come"
    IN_FORCE = "in_force"
    PAST = "past"
    REPLACED = "replaced"  # by another version that holds from the same day


@dataclass(frozen=True, slots=True)
class BookLine:
    """A version in the list of versions. rules: how many; until: the day from which the next one holds, if any."""

    book: RuleBook
    rules: int
    until: date | None

    @property
    def last_day(self) -> date | None:
        """The last day it holds, None as long as nothing follows or if it was replaced on its first day."""
        if self.until is None or self.until == self.book.effective_on:
            return None
        return self.until - timedelta(days=1)

    def state_on(self, day: date) -> BookState:
        """Where it stands on a day."""
        if self.until == self.book.effective_on:
            return BookState.REPLACED
        if day < self.book.effective_on:
            return BookState.TO_COME
        return BookState.IN_FORCE if self.until is None or day < self.until else BookState.PAST


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
    found = None
    if 1 <= version <= VERSION_MAX:
        wanted = select(RuleBook).where(RuleBook.village_id == village_id, RuleBook.version == version)
        found = session().scalar(wanted)
    if found is None:
        raise UnknownRuleError(NO_SUCH_VERSION)
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


def book_lines(village_id: int, *, before: int | None = None, limit: int = 50) -> list[BookLine]:
    """Versions, the newest first, a page by key: pass the last one's version as before."""
    following = aliased(RuleBook)
    until = (
        select(following.effective_on)
        .where(following.village_id == village_id, following.version == RuleBook.version + 1)
        .scalar_subquery()
    )
    rules = select(func.count()).where(Rule.rule_book_id == RuleBook.id).scalar_subquery()
    query = select(RuleBook, rules, until).where(RuleBook.village_id == village_id).order_by(RuleBook.version.desc())
    if before is not None:
        query = query.where(RuleBook.version < before)
    return [BookLine(*row) for row in session().execute(query.limit(limit))]


def book_line(village_id: int, version: int) -> BookLine:
    """A version by its number as in the list of versions. Raises UnknownRuleError."""
    lines = book_lines(village_id, before=version + 1, limit=1) if 1 <= version <= VERSION_MAX else []
    if not lines or lines[0].book.version != version:
        raise UnknownRuleError(NO_SUCH_VERSION)
    return lines[0]


def day_offered(latest: RuleBook | None) -> date:
    """From when the next version after this newest one holds unless somebody says otherwise.

    The first version: from the first day of the year, in January of the year before, because a village that begins
    today still types in the deeds of the weeks before, and a deed needs rules of its own day. A later version: from
    today, or from the newest version's day if that is still to come.
    """
    today = clock.today()
    if latest is None:
        return (today - timedelta(days=DAYS_BACK_AT_FIRST)).replace(month=1, day=1)
    return max(today, latest.effective_on)


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
    typed = unicodedata.normalize("NFKC", code).strip().upper()
    rule = _rule(found.id, typed) if typed.isascii() and typed.isprintable() else None
    if rule is None:
        raise UnknownRuleError(f"当天的细则里没有“{code[:20]}”这一条。请按编号或关键字重新选。", field="rule")
    return rule


def _rule(book_id: int, code: str) -> Rule | None:
    return session().scalar(select(Rule).where(Rule.rule_book_id == book_id, Rule.code == code))


def matching(rules: Iterable[Rule], words: str, category: str = "") -> list[Rule]:
    """The rules of a category ("" for all) that hold every word in code, name, evidence, category, pinyin or initials.

    A book has at most 500 rules, which are all at hand when it is shown: no other query is needed.
    """
    wanted = _folded(_searched(words)).split()
    return [
        rule
        for rule in rules
        if (not category or rule.category == category) and all(word in _searchable(rule) for word in wanted)
    ]


def _searchable(rule: Rule) -> str:
    return _folded("\n".join((rule.code, rule.category, rule.name, rule.evidence, rule.pinyin, rule.initials)))


def _folded(text: str) -> str:
    """Full-width and narrow, large and small letters are the same."""
    return unicodedata.normalize("NFKC", text).lower()


def _searched(text: str) -> str:
    """What is looked for: in small letters, without what a database cannot take or nobody can see."""
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    seen = "".join(character for character in plain if unicodedata.category(character) not in ("Cc", "Cf", "Cs"))
    return seen.strip().lower()[:SEARCH_LENGTH_MAX]


def find_rules(village_id: int, day: date, text: str, limit: int = 12) -> Sequence[Rule]:
    """Rules of a day by code, words of the name or category, pinyin or initials; codes that match whole come first."""
    found = book_on(village_id, day)
    wanted = _searched(text)
    if found is None or not wanted:
        return []
    typed = _folded(wanted)
    anywhere, code, pinyin = f"%{_escaped(wanted)}%", f"{_escaped(typed)}%", f"%{_escaped(typed)}%"
    query = (
        select(Rule)
        .where(
            Rule.rule_book_id == found.id,
            or_(
                func.lower(Rule.code).like(code, escape="\\"),
                func.lower(Rule.name).like(anywhere, escape="\\"),
                func.lower(Rule.category).like(anywhere, escape="\\"),
                Rule.initials.like(pinyin, escape="\\"),
                Rule.pinyin.like(pinyin, escape="\\"),
            ),
        )
        .order_by(
            func.lower(Rule.code) != typed,
            func.lower(Rule.code).not_like(code, escape="\\"),
            Rule.initials.not_like(code, escape="\\"),
            Rule.position,
        )
        .limit(limit)
    )
    return session().scalars(query).all()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
