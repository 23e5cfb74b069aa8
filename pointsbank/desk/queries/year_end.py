"""What a year's end does to the households, as the page and the paper show it. Points in units (hundredths)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from pointsbank.boards.policies import household_name, number_label
from pointsbank.boards.queries.merits import households_of_children
from pointsbank.deeds.models import PENDING_STATES, Claim
from pointsbank.foundation import clock, periods
from pointsbank.foundation.database import session
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.year_end import HouseholdEnd, YearEndPlan
from pointsbank.people import queries as people
from pointsbank.people.models import Household

HOUSEHOLDS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class EndLine:
    """A household with what happens to it."""

    household: Household
    end: HouseholdEnd

    @property
    def left(self) -> int:
        """What it can still spend afterwards."""
        return self.end.spendable - self.end.expires


@dataclass(frozen=True, slots=True)
class Unready:
    """What speaks against ending the year today: December is open, deeds of the year are on their way to the book."""

    december_is_open: bool
    pending: int


@dataclass(frozen=True, slots=True)
class PaperLine:
    """A household on the notice paper, named as it may be in public. expires: points in units."""

    group: str
    number: str
    name: str
    expires: int


def page_of(village_id: int, plan: YearEndPlan, after: int = 0) -> tuple[list[EndLine], int | None]:
    """A page of the plan by key (the household's serial), and the key of the next page if there is one."""
    rest = [line for line in plan.lines if line.household_serial > after]
    shown = rest[:HOUSEHOLDS_PER_PAGE]
    households = people.households_by_serial(village_id, [line.household_serial for line in shown])
    lines = [EndLine(households[line.household_serial], line) for line in shown]
    return lines, shown[-1].household_serial if len(rest) > len(shown) else None


def unready(village_id: int, year: int) -> Unready:
    """What should be done before the year is ended."""
    december = f"{year:04d}-12"
    pending = select(func.count()).where(
        Claim.village_id == village_id,
        Claim.state.in_(PENDING_STATES),
        Claim.occurred_on <= periods.days_of(december)[1],
    )
    closed = ledger.closed_through(village_id) or ""
    return Unready(closed < december, session().scalar(pending) or 0)


def paper_lines(village_id: int, plan: YearEndPlan) -> Sequence[PaperLine]:
    """The households whose points end, by group and number, at most the 3,000 of a village."""
    ends = {line.household_serial: line.expires for line in plan.lines if line.expires}
    households = people.households_by_serial(village_id, ends)
    of_children = households_of_children(households.values(), clock.today())
    ordered = sorted(households.values(), key=lambda one: (one.group.number, len(one.number), one.number))
    return [
        PaperLine(
            one.group.name,
            number_label(one),
            household_name(one, head_is_child=one.id in of_children),
            ends[one.serial],
        )
        for one in ordered
    ]
