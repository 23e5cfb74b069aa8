"""What a group's sheet and a file of deeds look up."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select

from pointsbank.covenant.models import Rule
from pointsbank.deeds.models import PENDING_STATES, Claim, ClaimState
from pointsbank.foundation.database import session
from pointsbank.people.models import Household, Resident
from pointsbank.people.services.values import HEAD

LIVE_STATES = (ClaimState.BOOKED, *PENDING_STATES)

DeedKey = tuple[int, int | None, str, date, int]  # household, person, rule's code, day, quantity


def live_deeds(village_id: int, household_ids: Collection[int], first_day: date, last_day: date) -> set[DeedKey]:
    """The deeds, booked or on their way, of these households and days by what makes two of them look alike."""
    query = (
        select(Claim.household_id, Claim.resident_id, Rule.code, Claim.occurred_on, Claim.quantity)
        .join(Claim.rule)
        .where(
            Claim.village_id == village_id,
            Claim.state.in_(LIVE_STATES),
            Claim.household_id.in_(household_ids),
            Claim.occurred_on >= first_day,
            Claim.occurred_on <= last_day,
        )
    )
    return {(row[0], row[1], row[2], row[3], row[4]) for row in session().execute(query)}


def rules_used_most(village_id: int, group_id: int, first_day: date, last_day: date, limit: int) -> list[str]:
    """The codes of the rules that a group's households had most deeds of in these days, the most used first."""
    query = (
        select(Rule.code)
        .join(Claim, Claim.rule_id == Rule.id)
        .join(Claim.household)
        .where(
            Claim.village_id == village_id,
            Claim.state.in_(LIVE_STATES),
            Claim.occurred_on >= first_day,
            Claim.occurred_on <= last_day,
            Household.group_id == group_id,
        )
        .group_by(Rule.code)
        .order_by(func.count().desc(), Rule.code)
        .limit(limit)
    )
    return list(session().scalars(query))


def members_of_households(village_id: int, household_ids: Collection[int]) -> dict[int, list[Resident]]:
    """The open residents of households by household, the head first."""
    query = (
        select(Resident)
        .where(
            Resident.village_id == village_id,
            Resident.household_id.in_(household_ids),
            Resident.closed_on.is_(None),
        )
        .order_by(Resident.relation != HEAD, Resident.serial)
    )
    members: dict[int, list[Resident]] = {}
    for resident in session().scalars(query):
        members.setdefault(resident.household_id, []).append(resident)
    return members
