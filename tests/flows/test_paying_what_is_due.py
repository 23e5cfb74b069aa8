"""What came and what was settled is paid once: the fund knows what is due, and pays no more than that."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from pointsbank.access.models import Role
from pointsbank.foundation import clock
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import transaction
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.fund import queries, services
from pointsbank.fund.errors import NotDueError
from pointsbank.fund.models import EntryKind
from pointsbank.fund.services import EntryDraft
from pointsbank.fund.verification import problems
from pointsbank.market.queries import purchases
from pointsbank.market.services import settlements
from pointsbank.places.models import Place
from tests.conftest import both_databases
from tests.factories import make_good, make_household, make_points, make_staff, make_village
from tests.partners import make_partner, redeem_at
from tests.purchases import approve, come, make_buyers, make_quoted
from tests.web.conftest import sign_in

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    """A village with 1,000 yuan, a purchase of which 600 yuan came, and a settlement of 10 yuan."""
    place = make_village()
    seed = EntryDraft(EntryKind.SEED, 100_000, clock.today(), "田湾镇人民政府", "启动资金")
    services.record(place, seed, SYSTEM, new_key())
    rice = make_good(place, "大米", price=1_000, on_hand=0)
    buyer, approver = make_buyers(place)
    purchase = make_quoted(place, buyer, (rice, 30), total_fen=90_000)
    approve(place, purchase, approver, purchases.purchase(place.id, purchase).revision)
    come(place, purchase, buyer.actor, (rice, 20))
    partner, server = make_partner(place, (rice, 500))
    household = make_household(place)
    make_points(place, household, 10_000)
    redeem_at(place, server, household, rice, 2)
    serial = settlements.open_settlement(place, partner, clock.today(), SYSTEM, new_key())["settlement"]
    settlements.close_settlement(place, serial, 1_000, SYSTEM, new_key())
    settlements.sign_settlement(place, serial, "曾国强", "罗书记", clock.today(), SYSTEM, new_key())
    return place


def pay(village: Place, kind: EntryKind, serial: int, amount_fen: int) -> int:
    """Gives the number of the line."""
    line = EntryDraft(kind, amount_fen, clock.today(), "镇供销社", "付货款", "记-17", paid_serial=serial)
    written: int = services.record(village, line, SYSTEM, new_key())["entry"]
    return written


def left(village: Place) -> dict[tuple[EntryKind, int], int]:
    return {(due.kind, due.serial): due.left_fen for due in queries.dues(village.id)}


def test_what_is_due_is_paid_in_parts_and_no_more_than_it_is(village: Place) -> None:
    assert left(village) == {(EntryKind.PURCHASE, 1): 60_000, (EntryKind.SETTLEMENT, 1): 1_000}
    pay(village, EntryKind.PURCHASE, 1, 20_000)
    with pytest.raises(NotDueError, match="最多还能付 400"):
        pay(village, EntryKind.PURCHASE, 1, 40_001)
    pay(village, EntryKind.PURCHASE, 1, 40_000)
    pay(village, EntryKind.SETTLEMENT, 1, 1_000)
    assert left(village) == {}
    with pytest.raises(NotDueError, match="最多还能付 0"):
        pay(village, EntryKind.SETTLEMENT, 1, 1)
    assert problems(village) == []


def test_a_payment_that_was_undone_is_due_again(village: Place) -> None:
    line = pay(village, EntryKind.SETTLEMENT, 1, 1_000)
    services.reverse(village, line, "付错了", SYSTEM, new_key())
    assert left(village)[EntryKind.SETTLEMENT, 1] == 1_000
    pay(village, EntryKind.SETTLEMENT, 1, 1_000)
    assert problems(village) == []


def test_what_nobody_knows_is_not_paid(village: Place) -> None:
    with pytest.raises(NotFoundError):
        pay(village, EntryKind.PURCHASE, 404, 1)


def test_a_due_that_was_lowered_past_the_program_is_named(village: Place) -> None:
    pay(village, EntryKind.PURCHASE, 1, 60_000)
    with transaction() as current:
        current.execute(text("UPDATE lots SET cost_fen = 1"))
    assert any("采购1号付了" in problem for problem in problems(village))


def test_the_page_of_spending_fills_in_what_is_due(client: FlaskClient, village: Place) -> None:
    sign_in(client, make_staff(village, Role.CLERK, name="何文书"))
    page = client.get("/desk/qingxi/fund/spending?kind=settlement&paid=1").text
    for shown in ("结算单 1 号", 'value="10.00"', 'value="曾记副食店"', "春节前补货"):
        assert shown in page, shown
