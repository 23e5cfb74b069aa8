"""Proof that the rule books are whole: versions without a gap, effective days in order, every version with rules."""

from itertools import pairwise

from pointsbank.covenant.queries import books
from pointsbank.places.models import Place


def problems(village: Place) -> list[str]:
    """What is wrong with a village's rule books."""
    found = []
    versions = list(reversed(books(village.id)))
    for number, (book, rules) in enumerate(versions, start=1):
        if book.version != number:
            found.append(f"积分细则第{book.version}版：前面缺了第{number}版")
        if rules == 0:
            found.append(f"积分细则第{book.version}版：一条细则也没有")
    for (before, _), (after, _) in pairwise(versions):
        if after.effective_on < before.effective_on:
            found.append(f"积分细则第{after.version}版：生效日期早于第{before.version}版")
    return found
