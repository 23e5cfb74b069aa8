"""Whatever statement fails, what is done about a notice is done whole or not at all."""

from datetime import date

from flask import Flask

from pointsbank.access.models import Role
from pointsbank.deeds.models import ObjectionOutcome
from pointsbank.deeds.services import noticing, objecting, overseeing
from pointsbank.deeds.services.booking import book_notices
from pointsbank.deeds.services.noticing import HangingDraft
from pointsbank.deeds.services.objecting import ObjectionDraft, Verdict
from pointsbank.deeds.verification import problems
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from tests.deed_rules import DETENTION, HELPING, STUDENT
from tests.factories import make_household, make_resident, make_staff
from tests.faulting import assert_whole_or_nothing
from tests.notices import go_to, make_approved, make_reviewing_village

TODAY, AFTER = date(2026, 3, 18), date(2026, 3, 24)


def test_from_the_sample_to_the_book(app: Flask, still_clock: FixedClock) -> None:
    village = make_reviewing_village()
    member, household = make_staff(village, Role.SUPERVISION).actor, make_household(village)
    person = make_resident(village, household)
    disputed = make_approved(village, household, HELPING)
    make_approved(village, household, DETENTION, resident=person)
    gone = make_approved(village, household, STUDENT)
    overseeing.draw(village, member, "draw")
    assert assert_whole_or_nothing(lambda: noticing.prepare(village, TODAY, None, SYSTEM, "prepare")) > 5
    draft = HangingDraft(1, "公开栏", "王组长", TODAY)
    noticing.hang(village, 1, draft, SYSTEM, "hang")
    assert_whole_or_nothing(lambda: noticing.cancel_item(village, gone, "记错了", SYSTEM, "cancel"))
    objection = ObjectionDraft(disputed, "没有去", TODAY)
    objecting.take(village, objection, SYSTEM, "take")
    verdict = Verdict(ObjectionOutcome.ADJUSTED, "去了一半", 200)
    assert_whole_or_nothing(lambda: objecting.decide(village, 1, verdict, member, "decide"))
    go_to(still_clock, AFTER)
    assert assert_whole_or_nothing(lambda: book_notices(village, SYSTEM, "book")) > 10
    assert problems(village) == []
