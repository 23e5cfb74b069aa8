"""What a village still lacks before its points bank works, as figures of one row."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select

from pointsbank.access.models import Role, RoleHeld, Staff
from pointsbank.cards.models import Card
from pointsbank.covenant.models import Covenant, Rule, RuleBook, Step
from pointsbank.deeds.models import Claim
from pointsbank.foundation import clock
from pointsbank.market.models import Good
from pointsbank.people.models import Household

CHECKERS_NEEDED = 2  # what one of them claims, the other checks


@dataclass(frozen=True, slots=True)
class SettingUp:
    """How many there are of what a village needs. rules_to_check, rules_to_review: of the rules in force."""

    households: int
    rule_books: int
    covenants: int  # a draft is one
    goods: int
    cards: int
    claims: int  # 1 when there is any
    rules_to_check: int
    rules_to_review: int
    checkers: int  # group heads and clerks
    reviewers: int  # without the clerk
    supervisors: int

    @property
    def lacking_roles(self) -> tuple[Role, ...]:
        """The roles that the rules in force need and nobody holds."""
        lacking = (
            (Role.REVIEWER, self.rules_to_review > 0 and self.reviewers == 0),
            (Role.GROUP_HEAD, self.rules_to_check > 0 and self.checkers < CHECKERS_NEEDED),
            (Role.SUPERVISION, self.rules_to_check + self.rules_to_review > 0 and self.supervisors == 0),
        )
        return tuple(role for role, is_lacking in lacking if is_lacking)


def figures(village_id: int) -> dict[str, Select[Any]]:
    """The figures of SettingUp, each a query of one value."""
    count = func.count
    in_force = (
        select(RuleBook.id)
        .where(RuleBook.village_id == village_id, RuleBook.effective_on <= clock.today())
        .order_by(RuleBook.effective_on.desc(), RuleBook.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    first_claim = select(Claim.id).where(Claim.village_id == village_id).limit(1)
    rules = select(count()).where(Rule.village_id == village_id, Rule.rule_book_id == in_force)
    clerks = _held(village_id, Role.CLERK).correlate(None)
    people = count(RoleHeld.staff_id.distinct())
    return {
        "households": select(count()).where(Household.village_id == village_id, Household.closed_on.is_(None)),
        "rule_books": select(count()).where(RuleBook.village_id == village_id),
        "covenants": select(count()).where(Covenant.village_id == village_id),
        "goods": select(count()).where(Good.village_id == village_id),
        "cards": select(count()).where(Card.village_id == village_id),
        "claims": select(count()).select_from(first_claim.subquery()),
        "rules_to_check": rules.where(or_(*(Rule.steps.contains(step.value) for step in (Step.CHECK, Step.SIGNIN)))),
        "rules_to_review": rules.where(Rule.steps.contains(Step.REVIEW.value)),
        "checkers": _held(village_id, Role.CLERK, Role.GROUP_HEAD).with_only_columns(people),
        "reviewers": _held(village_id, Role.REVIEWER).where(RoleHeld.staff_id.not_in(clerks)).with_only_columns(people),
        "supervisors": _held(village_id, Role.SUPERVISION).with_only_columns(people),
    }


def _held(village_id: int, *roles: Role) -> Select[int]:
    """Who holds one of these roles at a village now."""
    return (
        select(RoleHeld.staff_id)
        .select_from(RoleHeld)
        .join(RoleHeld.staff)
        .where(
            RoleHeld.place_id == village_id,
            RoleHeld.role.in_(roles),
            RoleHeld.closed_at.is_(None),
            Staff.closed_at.is_(None),
        )
    )
