"""Deeds for the tests of the board: rules, claims and their bookings as the record room leaves them."""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from pointsbank.covenant.models import Effect, Rule, RuleBook, Track
from pointsbank.deeds.models import Claim, ClaimOrigin, ClaimState
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger_queries
from pointsbank.ledger import services as ledger
from pointsbank.ledger.booking import Source
from pointsbank.people import services as people
from pointsbank.people.models import Household, Resident
from pointsbank.places.models import Place

DAY = date(2026, 2, 12)  # a day of the month that is over when the tests' clock stands still
PERIOD = "2026-02"


def make_deed(
    village: Place,
    household: Household,
    points: int,
    *,
    day: date = DAY,
    category: str = "乐于做好人好事",
    name: str = "照顾邻居老人",
    resident: Resident | None = None,
) -> int:
    """A booked deed (or deduction, below 0) of this many hundredths; gives the claim's serial."""
    key = new_key()

    def act() -> dict[str, Any]:
        with transaction() as current:
            rule = _rule(village, category, name, points)
            serial = (current.scalar(select(func.max(Claim.serial)).where(Claim.village_id == village.id)) or 0) + 1
            claim = Claim(
                village_id=village.id,
                serial=serial,
                household_id=household.id,
                resident_id=resident.id if resident else None,
                rule_id=rule.id,
                quantity=100,
                occurred_on=day,
                points_asked=points,
                points=points,
                origin=ClaimOrigin.SINGLE,
                state=ClaimState.DRAFT,
                claimed_by=SYSTEM.key,
                actor=SYSTEM.key,
                submission_key=key,
                created_at=clock.now(),
                booked_at=clock.now(),
            )
            current.add(claim)
            current.flush()
            with ledger.booking(village, [household.serial], SYSTEM, key) as batch:
                source = Source("claim", serial)
                if points > 0:
                    batch.earn(household.serial, points, day, source, name)
                else:
                    batch.deduct(household.serial, -points, day, source, name)
            claim.period = ledger_queries.transfers_from(village.id, "claim", serial)[0].period
            claim.state = ClaimState.BOOKED
        return {"serial": serial}

    serial: int = ledger.submit(village, key, "test.deed", {}, SYSTEM, act)["serial"]
    return serial


def consent(village: Place, household: Household) -> None:
    """The household signed that its names may hang on the wall."""
    current = session().get_one(Household, household.id)
    people.set_name_consent(village, current.id, clock.today(), current.version, SYSTEM)


def _rule(village: Place, category: str, name: str, points: int) -> Rule:
    rule = session().scalar(select(Rule).where(Rule.village_id == village.id, Rule.name == name))
    if rule is None:
        book = session().scalar(select(RuleBook).where(RuleBook.village_id == village.id))
        if book is None:
            book = RuleBook(
                village_id=village.id,
                version=1,
                effective_on=date(2026, 1, 1),
                actor=SYSTEM.key,
                created_at=clock.now(),
            )
            session().add(book)
            session().flush()
        count = session().scalar(select(func.count()).select_from(Rule).where(Rule.village_id == village.id)) or 0
        rule = Rule(
            village_id=village.id,
            rule_book_id=book.id,
            position=count + 1,
            code=f"T{count + 1:02d}",
            category=category,
            name=name,
            pinyin="",
            initials="",
            points=points,
            unit="次",
            track=Track.POINTS,
            effect=Effect.NONE,
            keep_evidence=False,
            volunteer_hours=False,
        )
        session().add(rule)
        session().flush()
    return rule
