"""A good is added once per key; its pinyin fits its column; an import does what was agreed to, or nothing."""

import pytest
from flask import Flask

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.market import queries, services
from pointsbank.market.errors import ChangedMeanwhileError, GoodExistsError
from pointsbank.market.models import MoveKind
from pointsbank.market.services import GoodDetails
from pointsbank.market.sheets import goods as sheets
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_good, make_village
from tests.flows.test_goods_sheet import SOAP, sheet

pytestmark = both_databases

DETAILS = GoodDetails("SP1", "香皂", "块", "洗涤清洁", 900, barcodes=("2000000000152",))


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


def test_one_key_adds_one_good(village: Place) -> None:
    first = services.add_good_once(village, DETAILS, SYSTEM, "tap")
    assert services.add_good_once(village, DETAILS, SYSTEM, "tap") == first
    with pytest.raises(SameKeyOtherContentError):
        services.add_good_once(village, GoodDetails("SP2", "肥皂", "块", "洗涤清洁", 900), SYSTEM, "tap")
    assert len(queries.goods(village.id)) == 1


def test_a_refused_good_leaves_its_key_for_the_corrected_one(village: Place) -> None:
    make_good(village, barcodes=DETAILS.barcodes)
    with pytest.raises(GoodExistsError):
        services.add_good_once(village, DETAILS, SYSTEM, "tap")
    assert services.add_good_once(village, GoodDetails("SP1", "香皂", "块", "洗涤清洁", 900), SYSTEM, "tap") == 2


def test_the_longest_name_is_taken_and_found(village: Place) -> None:
    make_good(village, "装" * 60)
    assert [good.name for good in queries.goods(village.id, words="zhuangzhuang")] == ["装" * 60]


def test_the_same_edit_from_an_older_version_is_no_change(village: Place) -> None:
    good = make_good(village)
    details = services.details_of(good)
    repriced = GoodDetails(**{name: getattr(details, name) for name in details.__slots__} | {"points_price": 7_000})
    assert services.change_good(village, good.serial, repriced, 1, SYSTEM)
    assert not services.change_good(village, good.serial, repriced, 1, SYSTEM)


def test_what_changes_is_named_in_words(village: Place) -> None:
    cheaper = GoodDetails("SP1", "香皂", "块", "洗涤清洁", 850, offered=False)
    assert services.changes_in_words(DETAILS, cheaper) == [
        ("兑换积分", "9", "8.5"),
        ("上架", "是", "否"),
        ("条码", "2000000000152", ""),
    ]


def test_an_import_that_would_do_something_else_than_was_agreed_to_is_refused(village: Place) -> None:
    content = sheet(SOAP)
    seen = sheets.preview_import(village, content).digest
    services.add_good(village, GoodDetails("SP1", "肥皂", "块", "洗涤清洁", 500), SYSTEM)
    with pytest.raises(ChangedMeanwhileError):
        sheets.apply_import(village, content, SYSTEM, "tap", seen)
    assert [good.name for good in queries.goods(village.id)] == ["肥皂"]
    again = sheets.preview_import(village, content)
    assert sheets.apply_import(village, content, SYSTEM, "tap", again.digest).applied


def test_moves_are_found_by_good_and_kind(village: Place) -> None:
    rice, salt = make_good(village, "大米"), make_good(village, "食用盐")
    services.write_off(village, salt.serial, 1, "受潮", "李四", SYSTEM, new_key())
    assert [line.good.serial for line in queries.moves(village.id, words="dm")] == [rice.serial]
    assert [line.text for line in queries.moves(village.id, kind=MoveKind.WRITE_OFF)] == ["受潮"]
