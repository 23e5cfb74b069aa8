"""The list of rooms shows what a person may use, in the order of the work."""

import pytest

from pointsbank.web import navigation
from pointsbank.web.navigation import NavigationGroup, NavigationItem, current_item, visible_items

RECORD = NavigationItem("deeds.record", "记分", "pencil-square", "record_deeds", NavigationGroup.MONTH, 10)
COUNTER = NavigationItem("market.counter", "柜台", "shop", "serve_counter", NavigationGroup.ONES, 31)
GOODS = NavigationItem(
    "market.goods", "商品", "box-seam", "see_goods", NavigationGroup.ONES, 32, pages=("market.receive",)
)


@pytest.fixture(autouse=True)
def items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", [])
    navigation.register(GOODS, COUNTER, RECORD)


def test_entries_stand_in_the_order_of_the_work_however_they_were_registered() -> None:
    everything = frozenset({"record_deeds", "serve_counter", "see_goods"})
    assert visible_items(everything) == [(NavigationGroup.MONTH, [RECORD]), (NavigationGroup.ONES, [COUNTER, GOODS])]


def test_nobody_sees_what_they_may_not_use() -> None:
    assert visible_items(frozenset({"see_goods"})) == [(NavigationGroup.ONES, [GOODS])]
    assert visible_items(frozenset()) == []


@pytest.mark.parametrize(
    ("endpoint", "lit"),
    [
        ("market.goods", GOODS),
        ("market.receive", GOODS),
        ("market.good", COUNTER),
        ("deeds.record", RECORD),
        ("people.list", None),
        (None, None),
    ],
)
def test_a_page_lights_its_own_entry_or_the_one_that_names_it_or_the_first_of_its_room(
    endpoint: str | None, lit: NavigationItem | None
) -> None:
    assert current_item([RECORD, COUNTER, GOODS], endpoint) == lit
