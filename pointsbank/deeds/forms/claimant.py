"""Whose sheets a person may type, and who claims what stands on one: who scored it, if not the one who types."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectChoice, SelectField

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor
from pointsbank.access.models import Role, Staff
from pointsbank.places import queries as places
from pointsbank.places.models import Group, Place

MYSELF = "myself"
SCORING_ROLES = frozenset({Role.GROUP_HEAD, Role.REVIEWER, Role.CLERK})


def groups_to_record(village: Place) -> Sequence[Group]:
    """The groups whose sheets the person at the screen may type: a group head's own, else all, by number."""
    headed = access.groups_headed(village.id, current_actor())
    return places.groups(village.id) if headed is None else headed


class ClaimantField(SelectField):  # type: ignore[misc]  # WTForms has it without types
    """The people of a village who score on paper; empty for oneself. After offer: key is what record_many takes.

    no_default: nobody is meant until somebody is chosen, oneself (MYSELF) or another.
    """

    def __init__(self, label: str = "这张表是谁打的分", *, no_default: bool = False, **options: Any) -> None:
        super().__init__(label, default="", **options)
        self.no_default = no_default
        self.type = "SelectField"  # for the macros, it is one
        self._staff: dict[str, Staff] = {}

    def offer(self, village: Place) -> None:
        """List the people of the village who may have scored a sheet."""
        people = [staff for staff, roles in access.staff_of(village) if SCORING_ROLES.intersection(roles)]
        self._staff = {str(staff.id): staff for staff in people if staff.closed_at is None}
        names = [SelectChoice(value, staff.name) for value, staff in self._staff.items()]
        mine = (
            [SelectChoice("", "请选"), SelectChoice(MYSELF, "我自己")]
            if self.no_default
            else [SelectChoice("", "我自己")]
        )
        self.choices = [*mine, *names]

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to be chosen."""
        return self.no_default and not self.data

    @property
    def key(self) -> str:
        """The actor key of who claims, "" for who types."""
        staff = self._staff.get(self.data or "")
        return staff.actor.key if staff else ""
