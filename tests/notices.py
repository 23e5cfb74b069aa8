"""The way of claims to the wall and the book, for the tests of notices, objections and oversight."""

from dataclasses import replace
from datetime import date, timedelta

from pointsbank.covenant.models import Step
from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import services
from pointsbank.deeds.models import ClaimState
from pointsbank.deeds.queries import claims_by_serial, notices
from pointsbank.deeds.services import DeedDraft, noticing
from pointsbank.deeds.services.moves import Move, locked, move_all
from pointsbank.deeds.services.noticing import HangingDraft
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.clock import FixedClock, start_of
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.people.models import Household, Resident
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.deed_rules import RULES, make_rules
from tests.factories import make_village


def with_review(rule: RuleDraft) -> RuleDraft:
    """The rule of a village that reviews what is claimed."""
    return replace(rule, steps=(Step.CHECK, Step.REVIEW))


def make_reviewing_village(settings: VillageSettings | None = None, *more: RuleDraft) -> Place:
    """A village whose claims all go the whole way."""
    village = make_village()
    make_rules(village, *map(with_review, (*RULES, *more)))
    if settings is not None:
        places.change_settings(village.id, settings, date(2025, 1, 1), SYSTEM)
    return village


def approve(village: Place, *serials: int, actor: Actor = SYSTEM) -> None:
    """As if the review had passed these claims."""
    with transaction():
        claims = locked(village.id, serials)
        for claim in claims:
            claim.steps_done = len(claim.rule.step_list)
        move_all(village, [Move(claim, ClaimState.APPROVED) for claim in claims], actor)


def make_approved(
    village: Place,
    household: Household,
    rule: RuleDraft,
    *,
    day: date | None = None,
    resident: Resident | None = None,
    claimant: Actor = SYSTEM,
    approver: Actor = SYSTEM,
    claws_back: int | None = None,
) -> int:
    """A claim that passed the review; gives its serial."""
    person = resident.id if resident else None
    draft = DeedDraft(household.id, rule.code, 100, day or clock.today(), person, claws_back=claws_back)
    serial: int = services.record(village, draft, claimant, new_key())["claim"]
    approve(village, serial, actor=approver)
    return serial


def prepare(village: Place, *, up_to: date | None = None) -> int:
    """A notice of what is approved; gives its serial."""
    serial: int = noticing.prepare(village, clock.today(), up_to, SYSTEM, new_key())["notice"]
    return serial


def hang_all(village: Place, notice_serial: int, hung_on: date | None = None) -> None:
    """All its sheets hang since a day, today if none is given."""
    for sheet in list(notices.notice(village.id, notice_serial).hangings):
        draft = HangingDraft(sheet.position, sheet.venue, "王组长", hung_on or clock.today(), noticing.seen_of(sheet))
        noticing.hang(village, notice_serial, draft, SYSTEM, new_key())


def on_the_wall(village: Place) -> int:
    """A notice of what is approved that hangs since today; gives its serial."""
    serial = prepare(village)
    hang_all(village, serial)
    return serial


def go_to(still_clock: FixedClock, day: date, hour: int = 9) -> None:
    """Let time pass until a morning in Shanghai."""
    still_clock.moment = start_of(day) + timedelta(hours=hour)
    session().rollback()


def state_of(village: Place, serial: int) -> ClaimState:
    """Where a claim is on its way."""
    session().rollback()
    return claims_by_serial(village.id, [serial])[serial].state


def spendable(village: Place, household: Household) -> int:
    """What a household can spend, in units."""
    return ledger.balances(village.id, household.serial).spendable
