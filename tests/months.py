"""A village of the tests whose people carry claims the whole way: claimed, checked, reviewed, hung, booked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pointsbank.access.models import Role
from pointsbank.covenant.models import Effect
from pointsbank.covenant.services import RuleDraft
from pointsbank.deeds import queries, services
from pointsbank.deeds.models import Claim
from pointsbank.deeds.queries import notices
from pointsbank.deeds.services import DeedDraft, checking, deductions
from pointsbank.deeds.services.booking import book_notices
from pointsbank.deeds.services.panel import close_meeting
from pointsbank.deeds.services.reviewing import ItemDecision
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.models import HouseholdMonth
from pointsbank.people.models import Household, Resident
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from pointsbank.reports import verification
from tests.deed_rules import BRAVERY, DAMAGE, DETENTION, HELPING, IN_FORCE, MEETING, STUDENT, make_rules
from tests.factories import make_household, make_staff, make_village
from tests.meetings import hold_meeting, item, make_body, meet
from tests.notices import go_to, on_the_wall, spendable, with_review

CITY = RuleDraft("XJ03", "被评选为先进典型", "市级道德模范", 1_500, "次", level_group="道德模范")
NATION = RuleDraft("XJ01", "被评选为先进典型", "全国道德模范", 4_000, "次", level_group="道德模范")
PLANTING = RuleDraft("HD09", "踊跃参与各类活动", "义务植树", 150, "小时")
PRIZE = replace(STUDENT, code="ZY04", name="家庭成员考上大学", points_to=3_000)
CHEATING = RuleDraft("KF13", "扣分项", "弄虚作假获取积分", -500, "次", effect=Effect.CLAW_BACK)
RULES = tuple(
    map(with_review, (HELPING, MEETING, STUDENT, BRAVERY, DAMAGE, DETENTION, CITY, NATION, PLANTING, PRIZE, CHEATING))
)


class Month:
    """A village with its people; each act is that of who does it there."""

    def __init__(self, still_clock: FixedClock, settings: VillageSettings | None = None) -> None:
        self.clock = still_clock
        self.village: Place = make_village()
        make_rules(self.village, *RULES)
        places.change_settings(self.village.id, settings or VillageSettings(), IN_FORCE, SYSTEM)
        self.head: Actor = make_staff(self.village, Role.GROUP_HEAD, name="组长陈光荣").actor
        self.clerk: Actor = make_staff(self.village, Role.CLERK, name="文书刘小琴").actor
        make_body(self.village, Role.REVIEWER, 3)
        self.household: Household = make_household(self.village, "张三")

    def claim(
        self, rule: RuleDraft, quantity: int = 100, day: date | None = None, who: Resident | None = None, **more: Any
    ) -> int:
        """The group head claims; gives the serial."""
        person = who.id if who else None
        draft = DeedDraft(self.household.id, rule.code, quantity, day or clock.today(), person, **more)
        serial: int = services.record(self.village, draft, self.head, new_key())["claim"]
        return serial

    def read(self, serial: int) -> Claim:
        """The claim as it stands."""
        return queries.claim(self.village.id, serial)

    def tell(self, serial: int) -> None:
        """The household is told of a deduction, and the days in which it may answer pass."""
        day = clock.today()
        answer_by = deductions.tell(self.village, serial, day, "当面告知", self.read(serial).revision, self.clerk)
        go_to(self.clock, answer_by + timedelta(days=1))

    def review(self, serials: Sequence[int], *said: ItemDecision) -> None:
        """The clerk checks, a meeting decides: as it is said of an item, else approved as it stands."""
        checking.pass_check(self.village, serials, self.clerk, new_key())
        meeting, besides = hold_meeting(self.village), {one.serial: one for one in said}
        meet(self.village, meeting, *[besides.get(serial) or item(serial) for serial in serials])
        close_meeting(self.village, meeting, SYSTEM, seen=1)

    def hang_and_book(self) -> int:
        """A notice hangs its days, then what nobody objected to is booked; gives how many claims."""
        serial = on_the_wall(self.village)
        last_day = notices.notice(self.village.id, serial).last_day
        assert last_day is not None
        go_to(self.clock, last_day + timedelta(days=1))
        return self.book()

    def book(self) -> int:
        """What can be booked today; gives how many claims."""
        booked: int = book_notices(self.village, self.clerk, new_key())["claims"]
        return booked

    def whole_way(self, serials: Sequence[int], *said: ItemDecision) -> int:
        """From the first check to the book; gives how many claims were booked."""
        self.review(serials, *said)
        return self.hang_and_book()

    def booked_of(self, serial: int) -> list[tuple[int, str]]:
        """Amount and period of each transfer of a claim."""
        return [(one.amount, one.period) for one in ledger.transfers_from(self.village.id, "claim", serial)]

    def figures(self, period: str) -> HouseholdMonth:
        """What the household's month says."""
        [found] = ledger.months_of(self.village.id, period)
        return found

    @property
    def spendable(self) -> int:
        """What the household can spend."""
        return spendable(self.village, self.household)

    def is_sound(self) -> bool:
        """Whether every proof finds nothing."""
        return verification.verify_village(self.village).problems == []
