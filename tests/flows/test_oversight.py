"""The supervision committee draws by chance, asks with a day, and signs the month; each of it once."""

from datetime import date, timedelta

import pytest
from flask import Flask

from pointsbank.access.models import Role
from pointsbank.deeds.errors import OversightRefusedError, RecusedError, UnknownClaimError
from pointsbank.deeds.models import ClaimOrigin, KinDeclaration
from pointsbank.deeds.queries import notices, oversight
from pointsbank.deeds.services import DeedDraft, keep_many, overseeing
from pointsbank.deeds.services.overseeing import QuestionDraft
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM, Actor
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError, NotAllowedError, NotFoundError, PointsBankError
from pointsbank.foundation.identifiers import drawn, new_key, repeatable
from pointsbank.places.models import Place
from tests.deed_rules import HELPING, STUDENT
from tests.factories import make_household, make_staff, make_village
from tests.notices import go_to, make_approved, make_reviewing_village, prepare

TODAY, FEBRUARY = date(2026, 3, 18), date(2026, 2, 20)


@pytest.fixture
def village(app: Flask) -> Place:
    return make_reviewing_village()


@pytest.fixture
def member(village: Place) -> Actor:
    return make_staff(village, Role.SUPERVISION).actor


def draw(village: Place, member: Actor) -> list[int]:
    claims: list[int] = overseeing.draw(village, member, new_key())["claims"]
    return claims


def test_ten_are_drawn_by_chance_that_can_be_repeated_and_no_item_twice(village: Place, member: Actor) -> None:
    claims = [make_approved(village, make_household(village), HELPING) for _ in range(13)]
    with repeatable(7):
        expected = sorted(drawn(claims, 10))
    key = new_key()
    with repeatable(7):
        assert overseeing.draw(village, member, key)["claims"] == expected
    assert draw(village, member) == sorted(set(claims) - set(expected))
    assert oversight.sampling_counts(village.id)[1] == 13
    with pytest.raises(OversightRefusedError, match="都抽过了"):
        draw(village, member)


def test_what_hangs_or_waits_for_review_is_not_drawn(village: Place, member: Actor) -> None:
    make_approved(village, make_household(village), HELPING)
    prepare(village)
    with pytest.raises(OversightRefusedError):
        draw(village, member)
    fresh = make_approved(village, make_household(village), HELPING)
    key = new_key()
    first = overseeing.draw(village, member, key)
    assert overseeing.draw(village, member, key) == first == {"claims": [fresh]}
    serial = prepare(village)
    assert oversight.sampled_of(notices.notice(village.id, serial).id) == 1


def test_a_remark_is_made_once_and_not_on_ones_own(village: Place, member: Actor) -> None:
    household = make_household(village)
    claim = make_approved(village, household, HELPING)
    with pytest.raises(NotFoundError):
        overseeing.remark(village, claim, "属实", member, new_key())
    draw(village, member)
    kin = make_staff(village, Role.SUPERVISION)
    with transaction():
        session().add(
            KinDeclaration(
                village_id=village.id,
                staff=kin,
                household=household,
                relation="女婿",
                declared_on=TODAY,
                actor="system",
                created_at=clock.now(),
            )
        )
    with pytest.raises(RecusedError, match="女婿"):
        overseeing.remark(village, claim, "属实", kin.actor, new_key())
    overseeing.remark(village, claim, "属实，问过邻居", member, new_key())
    assert oversight.sample(village.id, claim).remark == "属实，问过邻居"
    with pytest.raises(OversightRefusedError, match="已经写过"):
        overseeing.remark(village, claim, "不属实", member, new_key())


def test_a_question_has_a_day_and_another_person_answers_it_once(
    village: Place, member: Actor, still_clock: FixedClock
) -> None:
    clerk = make_staff(village, Role.CLERK).actor
    claim = make_approved(village, make_household(village), STUDENT)
    draft = QuestionDraft("录取通知书谁看过？", TODAY + timedelta(days=3), claim)
    assert overseeing.ask(village, draft, member, new_key()) == {"question": 1}
    go_to(still_clock, TODAY + timedelta(days=4))
    assert oversight.open_questions(village.id) == oversight.Open(1, 1)
    with pytest.raises(NotAllowedError):
        overseeing.answer(village, 1, "我自己看过", member, new_key())
    overseeing.answer(village, 1, "文书看过原件", clerk, new_key())
    assert oversight.question(village.id, 1).answer == "文书看过原件"
    assert oversight.open_questions(village.id) == oversight.Open(0, 0)
    with pytest.raises(OversightRefusedError, match="已经答复"):
        overseeing.answer(village, 1, "再说一遍", clerk, new_key())


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (QuestionDraft("", TODAY), "text"),
        (QuestionDraft("\u200b", TODAY), "text"),
        (QuestionDraft("长" * 301, TODAY), "text"),
        (QuestionDraft("问", TODAY - timedelta(days=1)), "answer_by"),
        (QuestionDraft("问", date(9999, 12, 31)), "answer_by"),
    ],
)
def test_a_question_that_is_none_is_refused_at_its_field(
    village: Place, member: Actor, draft: QuestionDraft, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        overseeing.ask(village, draft, member, new_key())
    assert refused.value.field == field


def test_a_question_about_another_villages_claim_is_not_taken(village: Place, member: Actor) -> None:
    claim = make_approved(village, make_household(village), HELPING)
    miaopo = make_village("miaopo", name="庙坡村")
    with pytest.raises(UnknownClaimError):
        overseeing.ask(miaopo, QuestionDraft("问", TODAY, claim), member, new_key())


def test_each_member_signs_a_month_that_has_ended_once(village: Place, member: Actor) -> None:
    other = make_staff(village, Role.SUPERVISION).actor
    make_approved(village, make_household(village), HELPING, day=FEBRUARY)
    overseeing.sign(village, "2026-02", "", member, new_key())
    overseeing.sign(village, "2026-02", "两件已请文书更正", other, new_key())
    assert [signed.remark for signed in oversight.signatures(village.id)] == ["", "两件已请文书更正"]
    with pytest.raises(OversightRefusedError, match="已经签过字"):
        overseeing.sign(village, "2026-02", "", member, new_key())
    with pytest.raises(OversightRefusedError, match="还没有过完"):
        overseeing.sign(village, "2026-03", "", member, new_key())
    for period in ("2026-13", "二月", "9999-01"):
        with pytest.raises(InvalidInputError):
            overseeing.sign(village, period, "", member, new_key())
    with pytest.raises(NotAllowedError):
        overseeing.sign(village, "2026-02", "", SYSTEM, new_key())


def test_a_month_in_which_nothing_happened_is_not_signed(village: Place, member: Actor) -> None:
    household = make_household(village)
    keep_many(village, [DeedDraft(household.id, HELPING.code, 100, FEBRUARY)], SYSTEM, new_key(), ClaimOrigin.SINGLE)
    offered = ["2026-02", "2026-01"]
    assert oversight.months_to_sign(village.id, member.id or 0, offered) == []  # a draft is nothing yet
    with pytest.raises(OversightRefusedError, match="没有要签的"):
        overseeing.sign(village, "2026-02", "", member, new_key())
    make_approved(village, household, HELPING, day=FEBRUARY)
    assert oversight.months_to_sign(village.id, member.id or 0, offered) == ["2026-02"]
    overseeing.sign(village, "2026-02", "", member, new_key())
    assert oversight.months_to_sign(village.id, member.id or 0, offered) == []


def test_many_remarks_are_made_at_once_or_none_of_them(village: Place, member: Actor) -> None:
    first, second, third = (make_approved(village, make_household(village), HELPING) for _ in range(3))
    draw(village, member)
    overseeing.remark(village, third, "属实", member, new_key())
    for texts, field in (
        ({first: "属实", third: "不属实"}, f"remark-{third}"),
        ({first: "属实", 99: "不属实"}, "remark-99"),
        ({first: "属实", second: "\u200b"}, f"remark-{second}"),
        ({first: "属实", second: "长" * 201}, f"remark-{second}"),
        ({}, None),
    ):
        with pytest.raises(PointsBankError) as refused:
            overseeing.remark_all(village, texts, member, new_key())
        assert refused.value.field == field
        assert oversight.sample(village.id, first).remark == ""
    key = new_key()
    for _ in range(2):
        done = overseeing.remark_all(village, {second: "问过邻居", first: "属实"}, member, key)
        assert done == {"claims": [first, second]}
    assert [oversight.sample(village.id, one).remark for one in (first, second)] == ["属实", "问过邻居"]
