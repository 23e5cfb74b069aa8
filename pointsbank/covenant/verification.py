"""Proof that covenant and rule books are whole: versions without a gap, days in order, none empty, within bounds."""

from collections.abc import Iterator
from itertools import pairwise

from pointsbank.covenant import policies, queries
from pointsbank.covenant.models import Subject
from pointsbank.places.models import Place
from pointsbank.places.words import words_for


def problems(village: Place) -> list[str]:
    """What is wrong with a village's covenant, its rule books and what is recorded of their adoption."""
    return [
        *_of_rule_books(village),
        *_of_handed_down_rules(village),
        *_of_rule_draft(village),
        *_of_covenants(village),
        *_of_adoptions(village),
    ]


def _of_rule_books(village: Place) -> Iterator[str]:
    versions = list(reversed(queries.books(village.id)))
    for number, (book, rules) in enumerate(versions, start=1):
        if book.version != number:
            yield f"积分细则第{book.version}版：前面缺了第{number}版"
        if rules == 0:
            yield f"积分细则第{book.version}版：一条细则也没有"
    for (before, _), (after, _) in pairwise(versions):
        if after.effective_on < before.effective_on:
            yield f"积分细则第{after.version}版：生效日期早于第{before.version}版"


def _of_handed_down_rules(village: Place) -> Iterator[str]:
    """The newest version keeps within the bounds of the tables that it follows."""
    rules = queries.newest_drafts(village.id)
    try:
        tables = queries.bounding_tables(village, rules, {})
    except (ValueError, KeyError, TypeError):
        yield "上级下发的细则表：内容读不出来"
        return
    for rule in rules:
        found = queries.bound_of(rule, tables)
        if found and not (found[1].holds(rule.points) and found[1].holds(rule.points_to)):
            yield f"积分细则 {rule.code}：分值超出了{found[0].name}给的范围"


def _of_rule_draft(village: Place) -> Iterator[str]:
    try:
        draft = queries.draft_book(village.id)
    except (ValueError, KeyError, TypeError):
        yield "积分细则草稿：内容读不出来"
        return
    latest = queries.latest_book(village.id)
    if draft is not None and draft.based_on > (latest.version if latest else 0):
        yield f"积分细则草稿：照第{draft.based_on}版起的，却没有这一版"


def _of_covenants(village: Place) -> Iterator[str]:
    name = words_for(village.kind).covenant
    versions = queries.covenants(village.id)
    for number, (covenant, clauses) in enumerate(versions, start=1):
        if covenant.version != number:
            yield f"{name}第{covenant.version}版：前面缺了第{number}版"
        if covenant.is_draft and number < len(versions):
            yield f"{name}第{covenant.version}版：后面已有别的版本，却还是草稿"
        if clauses == 0 and not covenant.is_draft:
            yield f"{name}第{covenant.version}版：一条也没有"
    adopted = [covenant for covenant, _ in versions if not covenant.is_draft]
    for before, after in pairwise(adopted):
        if after.effective_on and before.effective_on and after.effective_on < before.effective_on:
            yield f"{name}第{after.version}版：生效日期早于第{before.version}版"
    recorded = queries.adoptions(village.id, Subject.COVENANT)
    for covenant in adopted:
        details = policies.details_of(recorded.get(covenant.version))
        for shortfall in policies.shortfalls(village.kind, Subject.COVENANT, details):
            if shortfall.forbids:
                yield f"{name}第{covenant.version}版：{shortfall.sentence}"
        if details.resolved_on and covenant.effective_on and covenant.effective_on < details.resolved_on:
            yield f"{name}第{covenant.version}版：生效日期早于决议"


def _of_adoptions(village: Place) -> Iterator[str]:
    versions = {
        Subject.COVENANT: {covenant.version for covenant, _ in queries.covenants(village.id)},
        Subject.RULE_BOOK: {book.version for book, _ in queries.books(village.id)},
    }
    for subject, known in versions.items():
        for version in sorted(queries.adoptions(village.id, subject).keys() - known):
            yield f"{policies.subject_name(village.kind, subject)}第{version}版：只有通过记录，没有这一版"
