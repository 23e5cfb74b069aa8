"""Who may look first at what others claimed: the clerk, and group heads for their groups."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.orm import contains_eager

from pointsbank.access.models import GroupHead, Role, RoleHeld, Staff
from pointsbank.access.queries import WHOLE_VILLAGE
from pointsbank.covenant.models import Rule, Step
from pointsbank.deeds.models import Claim, KinDeclaration
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.places.models import Group

CHECKING_ROLES = frozenset({Role.CLERK, Role.GROUP_HEAD})
NAMED_MAX = 3
NOBODY = "请管理员到“工作人员”里再设一位组长。"


@dataclass(frozen=True, slots=True)
class Checker:
    """A person who checks claims. group_ids: those that a group head is tied to; None: every group."""

    staff: Staff
    is_clerk: bool
    group_ids: frozenset[int] | None

    @property
    def title(self) -> str:
        """What the person is, with the name."""
        return f"{'文书' if self.is_clerk else '组长'}{self.staff.name}"

    def covers(self, group_id: int) -> bool:
        """Whether the claims of a group's households are theirs to look at."""
        return self.group_ids is None or group_id in self.group_ids


@dataclass(frozen=True, slots=True)
class Checkers:
    """All who check claims in a village, group heads first, and the households that each stands aside from."""

    people: Sequence[Checker]
    kin: dict[int, dict[int, str]]

    def whom_to_ask(self, claim: Claim) -> str:
        """A sentence that says who may check a claim: neither who claimed it nor kin; what to do where nobody may."""
        able = [
            one.title
            for one in self.people
            if one.covers(claim.household.group_id)
            and one.staff.actor.key != claim.claimed_by
            and claim.household_id not in self.kin[one.staff.id]
        ]
        return f"请{'、'.join(able[:NAMED_MAX])}来审。" if able else NOBODY


def checkers_of(village_id: int) -> Checkers:
    """The people who check claims now, group heads first, by serial, and their kin; read at once."""
    tied = and_(
        GroupHead.staff_id == RoleHeld.staff_id,
        GroupHead.village_id == village_id,
        GroupHead.closed_at.is_(None),
    )
    stands_aside_from = and_(
        KinDeclaration.staff_id == RoleHeld.staff_id,
        KinDeclaration.village_id == village_id,
        KinDeclaration.closed_on.is_(None),
    )
    query = (
        select(RoleHeld, GroupHead.group_id, KinDeclaration.household_id, KinDeclaration.relation)
        .join(RoleHeld.staff)
        .outerjoin(GroupHead, tied)
        .outerjoin(KinDeclaration, stands_aside_from)
        .where(RoleHeld.place_id == village_id, RoleHeld.closed_at.is_(None), Staff.closed_at.is_(None))
        .where(RoleHeld.role.in_(CHECKING_ROLES | WHOLE_VILLAGE))
        .options(contains_eager(RoleHeld.staff).joinedload(Staff.home))
    )
    people: dict[int, Staff] = {}
    roles: dict[int, set[Role]] = {}
    groups: dict[int, set[int]] = {}
    kin: dict[int, dict[int, str]] = {}
    for held, group_id, household_id, relation in session().execute(query):
        people[held.staff_id] = held.staff
        roles.setdefault(held.staff_id, set()).add(held.role)
        of = kin.setdefault(held.staff_id, {})
        if household_id is not None:
            of[household_id] = relation
        if group_id is not None:
            groups.setdefault(held.staff_id, set()).add(group_id)
    found = [
        Checker(
            staff,
            Role.CLERK in roles[staff.id],
            None if roles[staff.id] & WHOLE_VILLAGE or staff.id not in groups else frozenset(groups[staff.id]),
        )
        for staff in people.values()
        if roles[staff.id] & CHECKING_ROLES
    ]
    return Checkers(sorted(found, key=lambda one: (one.is_clerk, one.staff.home_id, one.staff.serial)), kin)


def lacking_words(village_id: int, groups: Sequence[Group], rules: Iterable[Rule], actor: Actor) -> str:
    """A warning where nobody but this person could check what they claim, "" where somebody can.

    groups: those whose deeds they record; rules: those they may record.
    """
    if not any(rule.step_list and rule.step_list[0] in (Step.CHECK, Step.SIGNIN) for rule in rules):
        return ""
    others = [one for one in checkers_of(village_id).people if one.staff.id != actor.id]
    lacking = [group for group in groups if not any(one.covers(group.id) for one in others)]
    if not lacking:
        return ""
    whose = "" if len(lacking) == len(groups) else "、".join(group.name for group in lacking[:NAMED_MAX])
    whose += f"等 {len(lacking)} 个组" if whose and len(lacking) > NAMED_MAX else ""
    return f"您报的事要由别人初审，{f'{whose}的' if whose else ''}现在除了您没有人能审。{NOBODY}"
