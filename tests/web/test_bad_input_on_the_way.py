"""Every form on the way from claim to booking refuses what cannot be: with a sentence, and nothing is changed."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from pointsbank.access.models import Role, Staff
from pointsbank.covenant import queries as covenant_queries
from pointsbank.covenant import services as covenant
from pointsbank.covenant.models import Effect, Step
from pointsbank.covenant.services import BoundRule, RuleDraft
from pointsbank.deeds.models import ClaimOrigin, Suspension
from pointsbank.deeds.services import DeedDraft, checking, keep_many, objecting, overseeing, reminders
from pointsbank.deeds.services.objecting import ObjectionDraft
from pointsbank.deeds.services.overseeing import QuestionDraft
from pointsbank.deeds.services.reminders import ReminderDraft
from pointsbank.deeds.services.visiting import ask_visit
from pointsbank.deeds.sheets import importing
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.people import queries as people
from pointsbank.places.models import Place
from tests.covenants import make_covenant
from tests.deed_rules import BRAVERY, DETENTION, HELPING, LITTER, VOLUNTEERING, make_rules
from tests.factories import make_household, make_points, make_resident, make_staff, make_village
from tests.meetings import hold_meeting, item, make_claim, meet
from tests.notices import approve, go_to, hang_all, prepare
from tests.rules import sheet
from tests.web.conftest import csrf, sign_in

HELP = replace(HELPING, steps=(Step.CHECK, Step.REVIEW))
BRAVE = replace(BRAVERY, steps=(Step.REVIEW, Step.RECHECK))
RUBBISH = replace(LITTER, steps=(Step.CHECK, Step.REVIEW), reminds_first=True)
CLAW_BACK = RuleDraft("KF20", "扣分项", "弄虚作假", -100, "次", effect=Effect.CLAW_BACK)
RULES = (HELP, BRAVE, RUBBISH, VOLUNTEERING, DETENTION, CLAW_BACK)

# What a person could send, by its address; what is left out there is empty. {…}: ids that only the database knows.
RULE = (
    "code=AB01&category=一类&name=好事&points=2&unit=次&track=points&effect=none&evidence_kind=none&clause_code=&"
    "cap_span=&cap_scope=&times_span=&times_scope=&step_1=&step_2=&step_3=&step_4=&step_5=&name_en=&level_group="
)
SEEN = "seen_version=1&seen_revision=1"
FORMS = f"""
covenant/rules/new {RULE}&{SEEN}&points_to=&quantity_max=&times_max=&cap_points=
covenant/rules/KF01 {SEEN}&{RULE}
covenant/rules/KF01/drop {SEEN}
covenant/draft/discard {SEEN}
covenant/tables/longchang/1/take {SEEN}
covenant/text/draft seen_revision=1&title=村规民约&code=1&theme=study&text=勤读书
covenant/text/draft/discard seen_revision=1
covenant/adoptions/rule_book/1/edit seen_revision=0&resolved_on=2026-02-10&meeting_kind=&expected=90&present=&note=
deeds/record who=李四&who_asked=李四&who_choice={{other}}-&rule=KF01&rule_asked=KF01&rule_choice=KF01&quantity=1&\
occurred_on=今天&note=&event_name=
deeds/grid group=1&occurred_on=今天&q-2-KF01=1&event_name=&late_reason=&claimed_by=&part=1&act=book
deeds/sign-in rule=HS06&occurred_on=今天&quantity=1&event_name=学习&who={{other}}-&claimed_by=myself&names=&act=book
deeds/drafts claim=3&act=hand_in
deeds/check claim=1-2&act=pass
deeds/check claim=1-2&act=return&reason=请补照片
deeds/4/mend revision=3&resident=&quantity=1&occurred_on=2026-03-18&event_name=&note=&late_reason=
deeds/1/withdraw reason=记重了
deeds/6/reverse reason=记错了
deeds/2/keep beside=1&revision=2
deeds/1/evidence kind=witness&description=王大爷
deeds/5/deduction/tell revision=2&told_on=2026-03-18&how=当面
deeds/suspensions/{{suspension}}/lift reason=查清了
deeds/reminders/new who=李四&rule=KF01&text=请搬走&mend_by=2026-03-25
deeds/reminders/1/mended mended_on=2026-03-18
deeds/reminders/1/deduct resident=
deeds/kin staff={{me}}&who=01-001&relation=本户
deeds/kin/confirm staff={{me}}
deeds/meetings/new?body=committee held_on=2026-03-18&venue=&present={{me}}
deeds/meetings/1/record seen=1&held_on=2026-03-18&venue=&present={{me}}&minutes=
deeds/meetings/1/decide tick=9&seen-9=2&outcome-9=&points-9=&reason-9=&in_favour-9=&against-9=&over_budget=
deeds/meetings/1/decide seen-9=2&outcome-9=rejected&reason-9=不实
deeds/meetings/1/close seen=1
deeds/meetings/1/take-back/8
deeds/notices planned_on=2026-03-18&up_to=
deeds/notices/2/hang position=1&seen=&venue=公开栏&hung_by=王组长&hung_on=2026-03-18
deeds/notices/2/withdraw reason=印错了
deeds/notices/items/11/cancel reason=不是他家
deeds/objections/new claim=11&reason=不是他&received_on=2026-03-18&name=&contact=
deeds/objections/1/decide outcome=adjusted&points=1&reason=核实过
deeds/oversight/draw
deeds/oversight/samples/13 remark=属实
deeds/oversight/questions text=为什么&claim=&answer_by=2026-03-25
deeds/oversight/questions/1 answer=因为
deeds/oversight/sign sign-period=2026-02&sign-remark=
deeds/visits/1 answer=去过了
year-end year=2025&points_seen=0
"""
# What is not done under a key: a second time it is refused by what the first one left.
WITHOUT_KEY = ("/tell", "/lift", "/mended", "meetings/1/record", "/close", "text/draft")
FORMS_TRIED_MAX = 4
DAYS = ("2026-02-30", "9999-12-31")
NUMBERS, HUGE = ("-1", "NaN"), "9" * 25
LONG, INVISIBLE = "字" * 10_000, "\u200b"
# What no field of such a name takes.
BAD: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("occurred_on", "resolved_on", "told_on", "mend_by", "mended_on", "held_on"), DAYS),
    **dict.fromkeys(("planned_on", "hung_on", "received_on", "answer_by"), DAYS),
    "up_to": DAYS[:1],
    **dict.fromkeys(("points", "points_to", "cap_points"), ("5分", "2.555")),
    **dict.fromkeys(("quantity", "q-2-KF01"), (*NUMBERS, "1e9", HUGE)),
    **dict.fromkeys(("quantity_max", "times_max", "expected", "present", "part", "points-9"), (NUMBERS[0], HUGE)),
    **dict.fromkeys(("in_favour-9", "year", "points_seen"), (NUMBERS[0], HUGE)),
    **dict.fromkeys(("revision", "seen_revision", "position"), ("99", HUGE)),
    **dict.fromkeys(("seen", "seen-9"), ("99", "x")),
    "seen_version": (HUGE,),
    **dict.fromkeys(("claim", "staff", "resident", "beside", "tick"), (HUGE, "{foreign}")),
    **dict.fromkeys(("resident", "clause_code", "meeting_kind", "track", "effect", "cap_span", "step_1"), ("x",)),
    **dict.fromkeys(("relation", "outcome", "outcome-9", "act", "kind", "theme"), ("x",)),
    **dict.fromkeys(("group", "claimed_by"), ("{foreign}",)),
    **dict.fromkeys(("rule_choice", "who_choice"), ("x", "{foreign}-")),
    **dict.fromkeys(("rule", "who"), ("", LONG)),
    **dict.fromkeys(("note", "event_name", "venue", "minutes", "contact", "names"), (LONG,)),
    **dict.fromkeys(("reason", "text", "answer", "remark", "how", "hung_by", "title"), (INVISIBLE, LONG)),
    **dict.fromkeys(("reason-9", "sign-remark", "level_group", "code", "name", "unit"), (LONG,)),
    "sign-period": ("2026-13", "9999-12", "2026-03"),
    **dict.fromkeys(("key", "sign-key"), ("",)),
}


@pytest.fixture
def village(app: Flask, still_clock: FixedClock) -> Place:
    """A village where something stands at every place of the way, and a draft of its covenant and of its rules."""
    today = clock.today()
    go_to(still_clock, date(2026, 2, 11))
    place = make_village()
    make_covenant(place)
    make_rules(place, *RULES)
    county = covenant_queries.place_above(place, "longchang")
    covenant.publish_table(county, "指导表", [BoundRule(replace(HELP, steps=()), 100, 500)], SYSTEM)
    covenant.begin_rule_draft(place, SYSTEM, new_key())
    covenant.begin_draft(place, SYSTEM, new_key())
    make_household(place, "张三", number="01-001")
    other = make_household(place, "李四", number="01-002")
    person = make_resident(place, other)
    make_points(place, other, 5_000)
    make_staff(place, Role.REVIEWER, name="钱评议")
    reminded = ReminderDraft(other.id, RUBBISH.code, "门前柴草堆到路上", date(2026, 2, 20))
    reminders.remind(place, reminded, SYSTEM, new_key())
    go_to(still_clock, today, hour=9)
    for _ in range(2):
        make_claim(place, other, HELP)  # alike, they wait for the first check
    keep_many(place, [DeedDraft(other.id, HELP.code, 100, today)], SYSTEM, new_key(), ClaimOrigin.SINGLE)
    returned = make_claim(place, other, HELP)
    checking.return_claims(place, [returned], "请补照片", SYSTEM, new_key())
    make_claim(place, other, RUBBISH)
    make_claim(place, other, VOLUNTEERING, resident_id=person.id)
    make_claim(place, other, DETENTION, resident_id=person.id)
    decided = make_claim(place, other, BRAVE)
    make_claim(place, other, BRAVE)
    meet(place, hold_meeting(place), item(decided))
    hung = [make_claim(place, other, HELP) for _ in range(2)]
    approve(place, *hung)
    hang_all(place, prepare(place))
    objecting.take(place, ObjectionDraft(hung[0], "不是他", today), SYSTEM, new_key())
    approve(place, make_claim(place, other, HELP))
    prepare(place)
    approve(place, make_claim(place, other, HELP), make_claim(place, other, HELP))
    overseeing.draw(place, SYSTEM, new_key())
    overseeing.ask(place, QuestionDraft("为什么", today), SYSTEM, new_key())
    approve(place, make_claim(place, other, HELP))
    ask_visit(place, other, SYSTEM, new_key())
    make_claim(place, other, HELP, day=date(2026, 2, 20))  # so that there is a month to sign
    return place


@pytest.fixture
def everybody(village: Place) -> Staff:
    """Somebody with all roles, so that nothing is refused for want of a right."""
    return make_staff(village, *Role, name="赵全能")


@pytest.fixture
def known(village: Place, everybody: Staff) -> dict[str, int]:
    """Ids that only the database knows; foreign: a household of another village."""
    other = people.household_by_number(village.id, "01-002")
    suspension = session().scalar(select(Suspension.id))
    assert other is not None
    assert suspension is not None
    foreign = make_household(make_village("miaopo", name="庙坡村"), "王五")
    return {"me": everybody.id, "other": other.id, "suspension": suspension, "foreign": foreign.id}


def contents(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What a database says, but for the trail, which notes refusals, too."""
    with closing(sqlite3.connect(file)) as connection:
        names = [name for [name] in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if not name.startswith(("audit_", "chain_", "sqlite_"))]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in kept}  # noqa: S608 - own


def restore(file: Path, copy: Path) -> None:
    """Make a database what its copy says, while the program holds it open."""
    with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(file)) as target:
        source.backup(target)


Fields = list[tuple[str, str]]


def form_of(line: str, known: dict[str, int]) -> tuple[str, Fields, str]:
    """A form's address, what can be sent to it, and the prefix of its fields."""
    address, _, query = line.format(**known).partition(" ")
    prefix = "sign-" if address.endswith("/sign") else ""
    fields = parse_qsl(query, keep_blank_values=True)
    if not address.endswith(WITHOUT_KEY):
        fields.append((f"{prefix}key", ""))
    return address, fields, prefix


def spoilt(fields: Fields, known: dict[str, int], tried: Counter[tuple[str, str]]) -> Iterator[Fields]:
    """The form with one field spoilt, for each bad value of each field; under a key of its own, as every form.

    tried: what was tried on forms before; where the same field stands on many, a few of them tell enough.
    """
    for name, _ in fields:
        for value in BAD.get(name, ()):
            tried[name, value] += 1
            if tried[name, value] > FORMS_TRIED_MAX:
                continue
            changed = value.format(**known) if len(value) < 20 else value
            yield [(one, changed if one == name else sent) for one, sent in keyed(fields)]


def keyed(fields: Fields) -> Fields:
    """The form under a new key."""
    return [(name, new_key() if name.endswith("key") else value) for name, value in fields]


def test_nothing_bad_is_taken_on_the_way_and_the_same_forms_unspoilt_are(
    client: FlaskClient, village: Place, everybody: Staff, known: dict[str, int], database_url: str, tmp_path: Path
) -> None:
    file, copy = Path(database_url.partition("///")[2]), tmp_path / "copy.db"
    sign_in(client, everybody)
    token = csrf(client, "/desk/qingxi/deeds/record")
    restore(copy, file)
    before, wrong, tried = contents(file), [], Counter[tuple[str, str]]()

    def send(address: str, prefix: str, fields: Fields) -> int:
        body = urlencode([*fields, (f"{prefix}csrf_token", token)])
        content_type = "application/x-www-form-urlencoded"
        try:
            return client.post(f"/desk/qingxi/{address}", data=body, content_type=content_type).status_code
        except Exception as error:  # a testing application lets pass what would be a 500
            wrong.append(f"{error!r:.300}")
            return 500

    for line in FORMS.split("\n")[1:-1]:
        address, fields, prefix = form_of(line, known)
        for sent in spoilt(fields, known, tried):
            status = send(address, prefix, sent)
            if status >= 500 or (status < 400 and contents(file) != before):
                wrong.append(f"{status} {address} {[(name, value[:30]) for name, value in sent]}")
                restore(file, copy)
        if contents(file) != before:
            wrong.append(f"changed by what was refused: {line}")
            restore(file, copy)
        if send(address, prefix, keyed(fields)) >= 400 or contents(file) == before:  # or nothing was tried above
            wrong.append(f"refused though it is good: {line}")
        restore(file, copy)
    assert not wrong, "\n".join(wrong)


def test_a_file_with_a_day_at_the_end_of_the_calendar_is_refused_at_its_row(village: Place) -> None:
    row = {"户编号": "01-002", "细则编号": "KF01", "数量": 1, "日期": date(9999, 12, 31)}
    [refused] = importing.plan_import(village, sheet(row)).refused
    assert (refused.row, "日期还没到" in refused.reason) == (2, True)
