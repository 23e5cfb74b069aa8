"""Reading the versions of the rule book. A day has the version with the latest effective day not after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from pointsbank.covenant.errors import UnknownRuleError
from pointsbank.covenant.models import Rule, RuleBook
from pointsbank.foundation import clock
from pointsbank.foundation.database import session

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
class VersionLine:
    """When a version holds. until: the day from which the next one holds, if any."""

    effective_on: date
    until: date | None

    @property
    def last_day(self) -> date | None:
        """The last day it holds, None as long as nothing follows or if it was replaced on its first day."""
        if self.until is None or self.until == self.effective_on:
            return None
        return self.until - timedelta(days=1)

    def state_on(self, day: date) -> BookState:
        """Where it stands on a day."""
        if self.until == self.effective_on:
            return BookState.REPLACED
        if day < self.effective_on:
            return BookState.TO_COME
        return BookState.IN_FORCE if self.until is None or day < self.until else BookState.PAST


@dataclass(frozen=True, slots=True)
class BookLine(VersionLine):
    """A version of the rules in the list of versions. rules: how many."""

    book: RuleBook
    rules: int


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
    rows = session().execute(query.limit(limit))
    return [BookLine(book.effective_on, until, book, rules) for book, rules, until in rows]


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
