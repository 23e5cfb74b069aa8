"""Every room's proof in one run: points, goods, claims, boards, the trail."""

from collections.abc import Callable
from dataclasses import dataclass

from pointsbank.audit import verification as audit
from pointsbank.audit.models import INSTALLATION
from pointsbank.boards import verification as boards
from pointsbank.covenant import verification as covenant
from pointsbank.deeds import verification as deeds
from pointsbank.foundation.database import snapshot
from pointsbank.ledger import queries as ledger_queries
from pointsbank.ledger import verification as ledger
from pointsbank.market import verification as market
from pointsbank.people import verification as people
from pointsbank.places.models import Place

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


def verify_village(village: Place, progress: Progress | None = None) -> VillageProof:
    """Prove a village's books, all read in one snapshot of the database; changes nothing."""
    code, place_id = village.code, village.id
    with snapshot() as session:
        village = session.get_one(Place, place_id)
        sequence, digest = ledger_queries.head(place_id)
        problems = [
            *ledger.problems(village, (lambda checked: progress(code, checked)) if progress else None),
            *people.problems(village),
            *covenant.problems(village),
            *deeds.problems(village),
            *market.problems(village),
            *boards.problems(village),
            *audit.problems(place_id),
        ]
    return VillageProof(code, sequence, f"{sequence}:{digest.hex()}", problems)


def verify_installation() -> list[str]:
    """Prove the trail of what concerns no village."""
    return audit.problems(INSTALLATION)
