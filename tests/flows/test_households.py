"""A household is written once, edited by one at a time, and closed without being lost."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from pointsbank.audit.models import AuditEvent
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as book
from pointsbank.ledger import services as ledger
from pointsbank.ledger.booking import Source
from pointsbank.people import services
from pointsbank.people.errors import (
    ClosedError,
    HeadNeededError,
    NumberTakenError,
    ResidentKnownError,
    StaleEditError,
)
from pointsbank.people.models import Household, Sex
from pointsbank.people.services import ResidentDetails
from pointsbank.places import services as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings
from tests.conftest import both_databases
from tests.factories import make_household, make_resident, make_village

ID_NUMBER = "110101199003074514"  # a man born on 1990-03-07


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@both_databases
def test_a_new_household_has_its_head_its_accounts_and_the_opening_points_once(village: Place) -> None:
    places.change_settings(village.id, VillageSettings(opening_points=500), clock.today(), SYSTEM)
    key = new_key()
    first = services.add_household(village, "０3－012", 3, ResidentDetails("欧阳　明"), SYSTEM, key)
    again = services.add_household(village, "03-012", 3, ResidentDetails("欧阳明"), SYSTEM, key)
    assert first.id == again.id
    assert (again.number, again.group.number, again.head_name, again.serial) == ("03-012", 3, "欧阳明", 1)
    head = again.residents[0]
    assert (head.relation, head.pinyin, head.initials) == ("户主", "ouyangming", "oym")
    assert book.balances(village.id, 1).spendable == 500
    assert [line.text for line in book.statement(village.id, 1)] == ["开户积分"]


@both_databases
def test_the_longest_name_fits_the_search(village: Place) -> None:
    household = make_household(village, "庄" * 40)
    assert household.residents[0].pinyin.startswith("zhuangzhuang")
    assert household.residents[0].initials == "z" * 40


def test_without_opening_points_nothing_is_booked(village: Place) -> None:
    assert make_household(village).serial == 1
    assert make_household(village).serial == 2
    assert book.head(village.id)[0] == 0


@pytest.mark.parametrize("other", ["03-012", "3-12", "３－０１２", "03-12"])
def test_a_number_that_reads_the_same_is_taken_even_by_a_closed_household(village: Place, other: str) -> None:
    household = make_household(village, number="03-012")
    services.close_household(village, household.id, household.version, SYSTEM)
    with pytest.raises(NumberTakenError, match="已经注销的“03-012”") as refused:
        make_household(village, number=other)
    assert refused.value.field == "number"


@pytest.mark.parametrize("number", ["", " ", "x" * 21, "<b>", "1;2", "1--", "3组/1", "\ud800"])
def test_a_number_that_is_none_is_refused(village: Place, number: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        services.add_household(village, number, 1, ResidentDetails("张三"), SYSTEM, new_key())
    assert refused.value.field == "number"
    assert session().query(Household).count() == 0


def test_the_second_tab_is_told_and_overwrites_nothing(village: Place) -> None:
    household = make_household(village, number="01-001")
    seen = household.version
    services.edit_household(village, household.id, "01-009", 2, "搬到新房", seen, SYSTEM)
    with pytest.raises(StaleEditError):
        services.edit_household(village, household.id, "01-001", 1, "", seen, SYSTEM)
    stored = session().get_one(Household, household.id)
    assert (stored.number, stored.group.number, stored.note) == ("01-009", 2, "搬到新房")


def test_a_household_of_another_village_is_not_there(village: Place) -> None:
    other = make_household(make_village("miaopo", name="庙坡"))
    with pytest.raises(NotFoundError):
        services.edit_household(village, other.id, "1", 1, "", 1, SYSTEM)
    with pytest.raises(NotFoundError):
        services.set_name_consent(village, other.id, date(2026, 3, 1), 1, SYSTEM)


def test_an_id_number_tells_birth_and_sex_and_belongs_to_one_person(village: Place) -> None:
    household = make_household(village)
    details = ResidentDetails("张三", "子", id_number=ID_NUMBER)
    resident = services.add_resident(village, household.id, details, SYSTEM, new_key())
    assert (resident.born_on, resident.sex) == (date(1990, 3, 7), Sex.MALE)
    assert ID_NUMBER not in (resident.id_number_sealed or "")
    with pytest.raises(ResidentKnownError, match="张三") as refused:
        services.add_resident(village, household.id, replace(details, name="李四"), SYSTEM, new_key())
    assert refused.value.field == "id_number"


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (ResidentDetails(""), "name"),
        (ResidentDetails("张3"), "name"),
        (ResidentDetails("张" * 41), "name"),
        (ResidentDetails("张三", born_on=date(1899, 12, 31)), "born_on"),
        (ResidentDetails("张三", born_on=date(2026, 3, 19)), "born_on"),
        (ResidentDetails("张三", phone="打电话"), "phone"),
        (ResidentDetails("张三", phone="1" * 16), "phone"),
        (ResidentDetails("张三", id_number="110101199003074515"), "id_number"),
        (ResidentDetails("张三", id_number="11010119900307451"), "id_number"),
        (ResidentDetails("张三", id_number=ID_NUMBER, sex=Sex.FEMALE), "sex"),
        (ResidentDetails("张三", id_number=ID_NUMBER, born_on=date(1990, 3, 8)), "born_on"),
        (ResidentDetails("张三", note="长" * 201), "note"),
        (ResidentDetails("张三", relation="远" * 21), "relation"),
    ],
)
def test_a_detail_that_cannot_be_is_refused_at_its_field(village: Place, details: ResidentDetails, field: str) -> None:
    household = make_household(village)
    with pytest.raises(InvalidInputError) as refused:
        services.add_resident(village, household.id, details, SYSTEM, new_key())
    assert refused.value.field == field
    assert len(session().get_one(Household, household.id).residents) == 1


def test_a_head_that_is_renamed_renames_the_household(village: Place) -> None:
    head = make_household(village, "王大明").residents[0]
    services.edit_resident(village, head.id, ResidentDetails("王大名", "户主"), head.version, SYSTEM)
    stored = session().get_one(Household, head.household_id)
    assert (stored.head_name, stored.residents[0].initials) == ("王大名", "wdm")


def test_an_edit_leaves_the_id_number_unless_there_is_a_new_one(village: Place) -> None:
    household = make_household(village)
    details = ResidentDetails("张三", id_number=ID_NUMBER)
    resident = services.add_resident(village, household.id, details, SYSTEM, new_key())
    digest = resident.id_number_digest
    edited = replace(details, id_number=None, phone="13812341234")
    resident = services.edit_resident(village, resident.id, edited, resident.version, SYSTEM)
    assert (resident.phone, resident.id_number_digest) == ("13812341234", digest)
    edited = replace(edited, born_on=date(1990, 3, 8))
    with pytest.raises(InvalidInputError, match="1990-03-07"):
        services.edit_resident(village, resident.id, edited, resident.version, SYSTEM)


def test_the_head_changes_only_by_its_own_act(village: Place) -> None:
    household = make_household(village, "王大明")
    wife = make_resident(village, household, "李小芳", "配偶")
    with pytest.raises(HeadNeededError):
        services.edit_resident(village, wife.id, ResidentDetails("李小芳", "户主"), wife.version, SYSTEM)
    household = services.change_head(village, household.id, wife.id, "配偶", household.version, SYSTEM)
    assert household.head_name == "李小芳"
    assert {r.name: r.relation for r in household.residents} == {"王大明": "配偶", "李小芳": "户主"}


def test_a_person_moves_with_nothing_but_the_household_changed(village: Place) -> None:
    old, new = make_household(village, number="01-001"), make_household(village, number="02-002")
    daughter = make_resident(village, old, "王小红", "女")
    moved = services.move_resident(village, daughter.id, "2-2", "儿媳", daughter.version, SYSTEM)
    assert (moved.household_id, moved.relation, moved.serial) == (new.id, "儿媳", daughter.serial)
    head = session().get_one(Household, old.id).residents[0]
    with pytest.raises(HeadNeededError):
        services.move_resident(village, head.id, "2-2", "父", head.version, SYSTEM)


def test_closing_and_opening_again_brings_back_those_who_were_closed_with_it(village: Place) -> None:
    household = make_household(village)
    gone = make_resident(village, household, "王老大", "父")
    services.close_resident(village, gone.id, gone.version, SYSTEM)
    gone_serial = gone.serial
    clock_day = clock.today()
    household = services.close_household(village, household.id, household.version, SYSTEM)
    assert {resident.closed_on for resident in household.residents} == {clock_day}
    household = services.reopen_household(village, household.id, SYSTEM)
    assert household.closed_on is None
    assert {r.serial for r in household.residents if r.closed_on is None} >= {1}
    assert gone_serial == 2


def test_a_household_with_reserved_points_is_not_closed(village: Place) -> None:
    household = make_household(village)
    key = new_key()

    def hold() -> dict[str, object]:
        with ledger.booking(village, [household.serial], SYSTEM, key) as batch:
            batch.earn(household.serial, 500, clock.today(), Source("claim", 1), "")
            batch.hold(household.serial, 200, Source("order", 1), "")
        return {}

    ledger.submit(village, key, "test", {}, SYSTEM, hold)
    with pytest.raises(ClosedError, match="没领"):
        services.close_household(village, household.id, household.version, SYSTEM)


def test_consent_has_a_day_and_can_be_taken_back(village: Place) -> None:
    household = make_household(village)
    household = services.set_name_consent(village, household.id, date(2026, 3, 1), household.version, SYSTEM)
    assert household.name_consent_on == date(2026, 3, 1)
    household = services.set_name_consent(village, household.id, None, household.version, SYSTEM)
    assert household.name_consent_on is None
    with pytest.raises(InvalidInputError):
        services.set_name_consent(village, household.id, date(2026, 3, 19), household.version, SYSTEM)
    actions = [event.action for event in session().query(AuditEvent).order_by(AuditEvent.sequence)]
    assert actions[-2:] == ["household.consent", "household.consent"]
