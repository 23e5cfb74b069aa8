"""Writes of this room. Every writer takes the roster's lock of the village first."""

from pointsbank.people.services.households import (
    add_household,
    change_head,
    close_household,
    edit_household,
    reopen_household,
    set_name_consent,
)
from pointsbank.people.services.residents import (
    ResidentDetails,
    add_resident,
    close_resident,
    edit_resident,
    move_resident,
    reopen_resident,
)

__all__ = [
    "ResidentDetails",
    "add_household",
    "add_resident",
    "change_head",
    "close_household",
    "close_resident",
    "edit_household",
    "edit_resident",
    "move_resident",
    "reopen_household",
    "reopen_resident",
    "set_name_consent",
]
