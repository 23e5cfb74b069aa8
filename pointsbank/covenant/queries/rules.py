"""Reading the rules of a version, and finding one."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import func, or_, select

from pointsbank.covenant.errors import NoRuleBookError, UnknownRuleError
from pointsbank.covenant.models import Rule, RuleBook
from pointsbank.covenant.queries.books import book_on
from pointsbank.foundation.database import session

SEARCH_LENGTH_MAX = 40


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
