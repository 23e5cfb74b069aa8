"""Who does something: handed to every service, so that a view, a command and a test call the same function."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The kinds of principal."""

    STAFF = "staff"
    HOUSEHOLD = "household"
    DEVICE = "device"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A principal by its never-changing serial.

    key: what the ledger and the audit trail store, e.g. "staff:qingxi/3"; it holds no surrogate id and no name.
    id: the row's id where the principal has one (staff, household, device), for look-ups; never stored in a chain.
    """

    kind: ActorKind
    key: str
    id: int | None = None

    @classmethod
    def of(cls, kind: ActorKind, place_code: str, serial: int, row_id: int) -> "Actor":
        """The principal with this serial at this place."""
        return cls(kind, f"{kind}:{place_code}/{serial}", row_id)


SYSTEM = Actor(ActorKind.SYSTEM, "system")
