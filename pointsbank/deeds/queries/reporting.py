"""Which deeds a household can report itself."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import func, select

from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Rule
from pointsbank.deeds.models import Claim
from pointsbank.deeds.queries.sheets import LIVE_STATES
from pointsbank.foundation.database import session

DAYS_LOOKED_AT = 366  # a year has every season's deeds


def may_be_reported(rule: Rule) -> bool:
    """Whether a household may report it: somebody else looks at it first, and it takes nothing from anybody."""
    return bool(rule.step_list) and not rule.is_sanction


def rules_to_report(village_id: int, today: date) -> Sequence[Rule]:
    """The rules of today that can be reported, the most used of the village first, else in the order of the book."""
    used = (
        select(Rule.code, func.count())
        .join(Claim, Claim.rule_id == Rule.id)
        .where(
            Claim.village_id == village_id,
            Claim.state.in_(LIVE_STATES),
            Claim.occurred_on >= today - timedelta(days=DAYS_LOOKED_AT),
        )
        .group_by(Rule.code)
    )
    times = {code: count for code, count in session().execute(used)}  # noqa: C416 - rows are no pairs to a type checker
    found = [rule for rule in covenant.rules_on(village_id, today) if may_be_reported(rule)]
    return sorted(found, key=lambda rule: (-times.get(rule.code, 0), rule.position))
