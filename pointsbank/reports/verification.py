"""Every room's proof in one run: points, goods, claims, boards, the trail."""

import logging
import sqlite3
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from pointsbank.audit import verification as audit
from pointsbank.audit.models import INSTALLATION
from pointsbank.boards import verification as boards
from pointsbank.covenant import verification as covenant
from pointsbank.deeds import verification as deeds
from pointsbank.foundation.database import session as current_session
from pointsbank.foundation.database import snapshot
from pointsbank.fund import verification as fund
from pointsbank.ledger import queries as ledger_queries
from pointsbank.ledger import verification as ledger
from pointsbank.market import verification as market
from pointsbank.people import verification as people
from pointsbank.places.models import VILLAGE_KINDS, Place
from pointsbank.reports.malformed import is_hurt, misshapen_rows, unreadable_rows

logger = logging.getLogger(__name__)

Progress = Callable[[str, int], None]  # the village's code, how many transfers were checked so far


@dataclass(frozen=True, slots=True)
class VillageProof:
    """What the proof of a village found. Sound when there is no problem."""

    code: str
    transfers: int
    head: str  # "<sequence>:<digest in hex>"
    problems: list[str]

    @property
    def sound(self) -> bool:
        """Whether everything holds."""
        return not self.problems


def verify_village(village: Place, progress: Progress | None = None, *, instance: Path | None = None) -> VillageProof:
    """Prove a village's books, all read in one snapshot of the database; changes nothing.

    instance: the folder of data, whose kept files are then compared with what the books say of them; None leaves
    them out, for a database that came without its folder.
    """
    code, place_id = village.code, village.id
    with snapshot() as session:
        village = session.get_one(Place, place_id)
        sequence, digest = ledger_queries.head(place_id)
        problems = _all_problems(
            place_id,
            (
                lambda: ledger.problems(village, (lambda checked: progress(code, checked)) if progress else None),
                lambda: people.problems(village),
                lambda: covenant.problems(village),
                lambda: deeds.problems(village),
                lambda: market.problems(village),
                lambda: fund.problems(village),
                lambda: boards.problems(village),
                lambda: audit.problems(place_id),
            ),
        )
    if instance is not None:
        problems += _file_problems(place_id, instance)
    return VillageProof(code, sequence, f"{sequence}:{digest.hex()}", problems)


def verify_installation() -> list[str]:
    """Prove the trails of what concerns no village: the installation, and the town, county and city above."""
    with snapshot() as session:
        above = session.execute(select(Place.id, Place.name).where(Place.kind.not_in(VILLAGE_KINDS)).order_by(Place.id))
        found = _all_problems(INSTALLATION, (lambda: audit.problems(INSTALLATION),))
        for place_id, name in above.all():
            found += [f"{name}：{problem}" for problem in _trail_problems(place_id)]
    return found


def _trail_problems(place_id: int) -> list[str]:
    return _all_problems(place_id, (lambda: audit.problems(place_id),))


def _all_problems(place_id: int, proofs: Iterable[Callable[[], list[str]]]) -> list[str]:
    """What all proofs of a place find. One that cannot go on, because a row has lost its form, stops no other."""
    found: list[str] = []
    stopped = False
    for proof in (lambda: misshapen_rows(place_id), *proofs):
        try:
            found += proof()
        except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, DatabaseError) as problem:
            if isinstance(problem, DatabaseError) and not is_hurt(problem):
                raise
            # As text: a traceback that is kept somewhere keeps the statement open that was being read.
            logger.warning("a proof could not go on:\n%s", "".join(traceback.format_exception(problem)))
            stopped = True
    if stopped:
        found += _unreadable(place_id) or ([] if found else ["账里有读不下去的内容，被改动过或已经损坏"])
    return found


def _file_problems(place_id: int, instance: Path) -> list[str]:
    try:
        return deeds.file_problems(current_session().get_one(Place, place_id), instance)
    except (ValueError, DatabaseError) as hurt:
        if not is_hurt(hurt):
            raise
        return []  # a hurt database: the proofs of the books have said so


def _unreadable(place_id: int) -> list[str]:
    try:
        return unreadable_rows(place_id)
    except sqlite3.DatabaseError as hurt:
        return [f"数据库文件已经损坏：{hurt}"]
