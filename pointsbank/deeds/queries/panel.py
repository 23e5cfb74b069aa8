"""Reading who decides, and who stands aside from what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from pointsbank.access.models import Role, RoleHeld, Staff
from pointsbank.covenant.models import Step
from pointsbank.deeds.models import BODY_NAMES, Body, Claim, ClaimState, KinDeclaration, KinStatement
from pointsbank.foundation.actor import Actor, ActorKind
from pointsbank.foundation.database import session
from pointsbank.people.models import Household
from pointsbank.places.models import PlaceKind
from pointsbank.places.words import words_for

ROLES_OF_BODY = {
    Body.REVIEW_GROUP: Role.REVIEWER,
    Body.COMMITTEE: Role.COMMITTEE,
    Body.SUPERVISION: Role.SUPERVISION,
}
CLAIMED_IT = "申报人"


def body_names(kind: PlaceKind) -> dict[Body, str]:
    """What the bodies are called at a kind of place."""
    words = words_for(kind)
    return {
        Body.REVIEW_GROUP: BODY_NAMES[Body.REVIEW_GROUP],
        Body.COMMITTEE: words.two_committees,
        Body.SUPERVISION: words.supervision,
        Body.ASSEMBLY: f"{words.resident}（代表）会议",
    }


def members(village_id: int, body: Body) -> Sequence[Staff]:
    """Who belongs to a body now, in order; nobody in particular for an assembly."""
    role = ROLES_OF_BODY.get(body)
    if role is None:
        return []
    query = (
        select(Staff)
        .join(RoleHeld)
        .where(
            RoleHeld.place_id == village_id,
            RoleHeld.role == role,
            RoleHeld.closed_at.is_(None),
            Staff.closed_at.is_(None),
        )
    )
    return session().scalars(query.order_by(Staff.serial)).unique().all()


def kin_of(village_id: int, staff_ids: Collection[int]) -> dict[int, dict[int, str]]:
    """The households that people stand aside from: by person, household and how they are related."""
    query = select(KinDeclaration.staff_id, KinDeclaration.household_id, KinDeclaration.relation).where(
        KinDeclaration.village_id == village_id,
        KinDeclaration.staff_id.in_(staff_ids),
        KinDeclaration.closed_on.is_(None),
    )
    found: dict[int, dict[int, str]] = {staff_id: {} for staff_id in staff_ids}
    for staff_id, household_id, relation in session().execute(query):
        found[staff_id][household_id] = relation
    return found


def stands_aside(claim: Claim, staff: Staff, kin: dict[int, dict[int, str]]) -> str | None:
    """Why a person stands aside from a claim: the relation, or that it is their own claim; None if they do not."""
    relation = kin.get(staff.id, {}).get(claim.household_id)
    return relation or (CLAIMED_IT if claim.claimed_by == staff.actor.key else None)


def own_households(village_id: int, actor: Actor) -> dict[int, str]:
    """The households that an acting member of staff stands aside from, with the relation."""
    if actor.kind is not ActorKind.STAFF or actor.id is None:
        return {}
    return kin_of(village_id, [actor.id])[actor.id]


# --- who decides on an item, when some stand aside ---

DECLARING_ROLES = frozenset({Role.CLERK, Role.GROUP_HEAD, Role.REVIEWER, Role.COMMITTEE, Role.SUPERVISION})
HIGHER_BODIES = (Body.COMMITTEE, Body.SUPERVISION, Body.ASSEMBLY)  # in this order, when too many stand aside
MEMBERS_MAX = 60  # of all bodies together
DECLARATIONS_MAX = 600


def too_few(able: int, members: int) -> bool:
    """Whether fewer than half of a body are left to vote; of a body without members nobody is."""
    return able == 0 or able * 2 < members


@dataclass(frozen=True, slots=True)
class Panel:
    """The members of the bodies now, and what they and everybody else who declares stand aside from."""

    members: dict[Body, list[Staff]]
    kin: dict[int, dict[int, str]]

    def recused(self, body: Body, claim: Claim) -> list[tuple[Staff, str]]:
        """The members who stand aside from a claim, with why."""
        found = ((staff, stands_aside(claim, staff, self.kin)) for staff in self.members.get(body, []))
        return [(staff, why) for staff, why in found if why]

    def able(self, body: Body, claim: Claim) -> int:
        """How many members may vote on a claim, there or not."""
        return len(self.members.get(body, [])) - len(self.recused(body, claim))

    def can_decide(self, body: Body, claim: Claim) -> bool:
        """Whether at least half of a body may vote on a claim; an assembly always can."""
        return body is Body.ASSEMBLY or not too_few(self.able(body, claim), len(self.members.get(body, [])))

    def higher_body(self, claim: Claim) -> Body:
        """The first above the review group of which enough may vote on a claim."""
        return next(body for body in HIGHER_BODIES if self.can_decide(body, claim))

    def waits_for(self, claim: Claim) -> Body | None:
        """The body whose meeting decides on a claim next; None where none does."""
        if claim.state is ClaimState.RECHECK:
            return Body.ASSEMBLY if claim.next_step is Step.ASSEMBLY else self.higher_body(claim)
        if claim.state in (ClaimState.SUBMITTED, ClaimState.CHECKED) and claim.next_step is Step.REVIEW:
            return Body.REVIEW_GROUP
        return None

    def cannot_decide(self, body: Body) -> ColumnElement[bool]:
        """As can_decide, for a list of claims: a condition that is true for those that a body leaves to others."""
        members = self.members.get(body, [])
        aside: dict[int, set[int]] = {}
        for staff in members:
            for household_id in self.kin.get(staff.id, {}):
                aside.setdefault(household_id, set()).add(staff.id)
        count = len(members)
        conditions: list[ColumnElement[bool]] = []
        if too_few(count, count):
            conditions.append(Claim.id.is_not(None))
        conditions.append(Claim.household_id.in_([of for of, who in aside.items() if too_few(count - len(who), count)]))
        for staff in members:  # one more where the claim is a member's own
            own = Claim.claimed_by == staff.actor.key
            if too_few(count - 1, count):
                conditions.append(own)
            tipped = [of for of, who in aside.items() if staff.id not in who and too_few(count - len(who) - 1, count)]
            conditions.append(and_(own, Claim.household_id.in_(tipped)))
        return or_(*conditions)


def panel_of(village_id: int) -> Panel:
    """Who decides now, and what each stands aside from; read once for many claims."""
    stands_aside_from = and_(
        KinDeclaration.staff_id == RoleHeld.staff_id,
        KinDeclaration.village_id == village_id,
        KinDeclaration.closed_on.is_(None),
    )
    query = (
        select(RoleHeld, KinDeclaration.household_id, KinDeclaration.relation)
        .join(RoleHeld.staff)
        .outerjoin(KinDeclaration, stands_aside_from)
        .where(
            RoleHeld.place_id == village_id,
            RoleHeld.role.in_(DECLARING_ROLES),
            RoleHeld.closed_at.is_(None),
            Staff.closed_at.is_(None),
        )
        .options(contains_eager(RoleHeld.staff).joinedload(Staff.home))
        .order_by(Staff.home_id, Staff.serial)
    )
    bodies = {role: body for body, role in ROLES_OF_BODY.items()}
    found: dict[Body, list[Staff]] = {}
    kin: dict[int, dict[int, str]] = {}
    for held, household_id, relation in session().execute(query):
        body = bodies.get(held.role)
        if body is not None and held.staff not in found.setdefault(body, []):
            found[body].append(held.staff)
        of = kin.setdefault(held.staff_id, {})
        if household_id is not None:
            of[household_id] = relation
    return Panel(found, kin)


# --- what was declared ---


def declarations(village_id: int, *, staff_id: int | None = None) -> Sequence[KinDeclaration]:
    """What people declared and is not closed, by person; of one person if given."""
    query = (
        select(KinDeclaration)
        .where(KinDeclaration.village_id == village_id, KinDeclaration.closed_on.is_(None))
        .options(
            joinedload(KinDeclaration.household).joinedload(Household.group),
            joinedload(KinDeclaration.staff).joinedload(Staff.home),
        )
        .order_by(KinDeclaration.staff_id, KinDeclaration.id)
        .limit(DECLARATIONS_MAX)
    )
    if staff_id is not None:
        query = query.where(KinDeclaration.staff_id == staff_id)
    return session().scalars(query).all()


def declared_since(village_id: int, day: date) -> set[int]:
    """Who declared kin, or said that nothing has changed or that there is none, since a day: ids of staff."""
    declared = select(KinDeclaration.staff_id).where(
        KinDeclaration.village_id == village_id, KinDeclaration.declared_on >= day
    )
    stated = select(KinStatement.staff_id).where(KinStatement.village_id == village_id, KinStatement.stated_on >= day)
    return set(session().scalars(declared.union(stated)))
