"""A good deed that goes the whole way: recorded, checked, reviewed, hung on the wall with an objection, booked."""

from dataclasses import dataclass, replace
from datetime import date

from pointsbank.access.models import Role, Staff
from pointsbank.covenant.models import EvidenceKind, Step
from pointsbank.deeds import services as deeds
from pointsbank.deeds.models import Evidence, ObjectionOutcome, Outcome
from pointsbank.deeds.services import DeedDraft, booking, checking, objecting
from pointsbank.deeds.services.objecting import ObjectionDraft, Verdict
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import transaction
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from tests.covenants import make_covenant
from tests.deed_rules import HELPING, VOLUNTEERING, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.meetings import claim_of, hold_meeting, item, make_body, make_kin, meet
from tests.notices import go_to, on_the_wall

OBJECTOR = "赵不服"
REVIEWED = replace(HELPING, steps=(Step.CHECK, Step.REVIEW), clause_code="3")
DEED_DAY, REVIEW_DAY, HUNG, BOOKED = date(2026, 2, 20), date(2026, 2, 26), date(2026, 2, 27), date(2026, 3, 6)


@dataclass(frozen=True, slots=True)
class WholeWay:
    """What came of it."""

    village: Place
    household: Household
    clerk: Staff
    claim: int
    notice: int
    sequence: int


def make_whole_way(still_clock: FixedClock) -> WholeWay:
    """A village with one such deed of February, booked in March; the clock comes back to where it stood."""
    morning = clock.today()
    go_to(still_clock, date(2026, 2, 11))
    village = make_village()
    make_covenant(village)
    make_rules(village, REVIEWED, VOLUNTEERING)
    household = make_household(village, "张三", number="03-012", group=3)
    clerk, head = make_staff(village, Role.CLERK, name="文书甲"), make_staff(village, Role.GROUP_HEAD, name="组长乙")
    members = make_body(village, Role.REVIEWER, 3)
    make_kin(village, members[2], household, "儿媳")
    go_to(still_clock, DEED_DAY)
    draft = DeedDraft(household.id, REVIEWED.code, 100, DEED_DAY, note="给独居老人挑水")
    claim = deeds.record(village, draft, head.actor, new_key())["claim"]
    _witness(village, claim)
    checking.pass_check(village, [claim], clerk.actor, new_key())
    go_to(still_clock, REVIEW_DAY)
    meeting = hold_meeting(village)
    meet(village, meeting, item(claim, Outcome.APPROVED))
    go_to(still_clock, HUNG)
    notice = on_the_wall(village)
    objection = ObjectionDraft(claim, "不是他挑的水", HUNG, OBJECTOR, "13812341234")
    taken = objecting.take(village, objection, head.actor, new_key())["objection"]
    verdict = Verdict(ObjectionOutcome.KEPT, "问过老人，属实")
    objecting.decide(village, taken, verdict, make_staff(village, Role.SUPERVISION, name="监委丙").actor, new_key())
    go_to(still_clock, BOOKED)
    booking.book_notices(village, clerk.actor, new_key())
    go_to(still_clock, morning)
    [booked] = ledger.transfers_from(village.id, "claim", claim)
    return WholeWay(village, household, clerk, claim, notice, booked.sequence)


def _witness(village: Place, serial: int) -> None:
    with transaction() as session:
        session.add(
            Evidence(
                village_id=village.id,
                claim_id=claim_of(village, serial).id,
                kind=EvidenceKind.WITNESS,
                kept=True,
                description="王大爷作证",
                actor=SYSTEM.key,
                created_at=clock.now(),
            )
        )
