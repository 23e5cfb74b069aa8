"""Reading the covenant and its rule books. A day has the version with the latest effective day not after it."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from pointsbank.covenant.errors import NoRuleBookError, UnknownCovenantError, UnknownRuleError
from pointsbank.covenant.models import Adoption, Clause, Covenant, CovenantState, Rule, RuleBook, Subject, Theme
from pointsbank.foundation import clock
from pointsbank.foundation.database import session

DEDUCTIONS = "扣分项"  # the category that stands last
SEARCH_LENGTH_MAX = 40
VERSION_MAX = 999_999_999  # of a number that somebody types or that stands in an address
NO_SUCH_VERSION = "没有这一版细则。请从版本列表里选。"
NO_SUCH_COVENANT = "没有这一版。请从版本列表里选。"
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


@dataclass(frozen=True, slots=True)
class CovenantLine(VersionLine):
    """An adopted version of the text in the list of versions. clauses: how many."""

    covenant: Covenant
    clauses: int


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


def covenant_on(village_id: int, day: date) -> Covenant | None:
    """The text in force on a day, None before the first one."""
    return session().scalar(
        select(Covenant)
        .where(Covenant.village_id == village_id, Covenant.effective_on <= day)
        .order_by(Covenant.effective_on.desc(), Covenant.version.desc())
        .limit(1)
    )


def latest_covenant(village_id: int) -> Covenant | None:
    """The newest adopted version, whether in force already or not."""
    return session().scalar(
        select(Covenant)
        .where(Covenant.village_id == village_id, Covenant.state == CovenantState.ADOPTED)
        .order_by(Covenant.version.desc())
        .limit(1)
    )


def draft_covenant(village_id: int) -> Covenant | None:
    """The draft, if somebody is writing one."""
    return session().scalar(
        select(Covenant).where(Covenant.village_id == village_id, Covenant.state == CovenantState.DRAFT)
    )


def covenant(village_id: int, version: int) -> Covenant:
    """A version of the text by its number, the draft too. Raises UnknownCovenantError."""
    found = None
    if 1 <= version <= VERSION_MAX:
        wanted = select(Covenant).where(Covenant.village_id == village_id, Covenant.version == version)
        found = session().scalar(wanted)
    if found is None:
        raise UnknownCovenantError(NO_SUCH_COVENANT)
    return found


def adopted_covenant(village_id: int, version: int) -> Covenant:
    """An adopted version of the text by its number. Raises UnknownCovenantError."""
    found = covenant(village_id, version)
    if found.is_draft:
        raise UnknownCovenantError(NO_SUCH_COVENANT)
    return found


def covenants(village_id: int) -> Sequence[tuple[Covenant, int]]:
    """All versions of the text in order, the draft last, with the number of their clauses."""
    clauses = select(func.count()).where(Clause.covenant_id == Covenant.id).scalar_subquery()
    query = select(Covenant, clauses).where(Covenant.village_id == village_id).order_by(Covenant.version)
    return [(row[0], row[1]) for row in session().execute(query)]


def covenant_lines(village_id: int, *, before: int | None = None, limit: int = 50) -> list[CovenantLine]:
    """Adopted versions of the text, the newest first, a page by key: pass the last one's version as before."""
    following = aliased(Covenant)
    until = (
        select(following.effective_on)
        .where(following.village_id == village_id, following.version == Covenant.version + 1)
        .scalar_subquery()
    )
    clauses = select(func.count()).where(Clause.covenant_id == Covenant.id).scalar_subquery()
    query = (
        select(Covenant, clauses, until)
        .where(Covenant.village_id == village_id, Covenant.state == CovenantState.ADOPTED)
        .order_by(Covenant.version.desc())
    )
    if before is not None:
        query = query.where(Covenant.version < before)
    rows = session().execute(query.limit(limit))
    return [CovenantLine(found.effective_on, until, found, clauses) for found, clauses, until in rows]


def covenant_line(village_id: int, version: int) -> CovenantLine:
    """An adopted version by its number as in the list of versions. Raises UnknownCovenantError."""
    lines = covenant_lines(village_id, before=version + 1, limit=1) if 1 <= version <= VERSION_MAX else []
    if not lines or lines[0].covenant.version != version:
        raise UnknownCovenantError(NO_SUCH_COVENANT)
    return lines[0]


def clauses_of(found: Covenant) -> Sequence[Clause]:
    """The clauses of a version in order."""
    return session().scalars(select(Clause).where(Clause.covenant_id == found.id).order_by(Clause.position)).all()


def clauses_on(village_id: int, day: date) -> Sequence[Clause]:
    """The clauses in force on a day in order; empty before the first version."""
    found = covenant_on(village_id, day)
    return clauses_of(found) if found else []


def by_theme(clauses: Sequence[Clause]) -> list[tuple[Theme, list[Clause]]]:
    """Clauses by theme, in the order 学 美 和 善 信; themes without any are left out."""
    themes = [(theme, [clause for clause in clauses if clause.theme is theme]) for theme in Theme]
    return [(theme, found) for theme, found in themes if found]


def clause_codes(village_id: int) -> frozenset[str]:
    """The codes that any version of the text has, the draft too: what a rule may name."""
    return frozenset(session().scalars(select(Clause.code).where(Clause.village_id == village_id).distinct()))


def adoption(village_id: int, subject: Subject, version: int) -> Adoption | None:
    """What is recorded of how a version was adopted."""
    return session().scalar(
        select(Adoption).where(
            Adoption.village_id == village_id, Adoption.subject == subject, Adoption.subject_version == version
        )
    )


def adoptions(village_id: int, subject: Subject) -> dict[int, Adoption]:
    """What is recorded of every version, by its number."""
    query = select(Adoption).where(Adoption.village_id == village_id, Adoption.subject == subject)
    return {found.subject_version: found for found in session().scalars(query)}


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
