"""What is bought for the shop is quoted by several, approved by another, received by two, and hangs on the wall."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pointsbank.access.models import Staff
from pointsbank.foundation import clock
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries as shelf
from pointsbank.market.errors import (
    ChangedMeanwhileError,
    DeliveryExceedsError,
    OwnPurchaseError,
    PurchaseMovedError,
    QuoteRefusedError,
    QuotesMissingError,
)
from pointsbank.market.models import Good, PurchaseState
from pointsbank.market.queries import purchases as queries
from pointsbank.market.services import purchases
from pointsbank.market.services.purchases import Choice
from pointsbank.market.services.stocking import Arrival
from pointsbank.market.verification import problems
from pointsbank.places.models import Place
from tests.conftest import both_databases, sqlite_is_enough
from tests.factories import make_good, make_village
from tests.purchases import a_draft, approve, come, make_buyers, make_purchase, make_quoted, quote

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def buyers(village: Place) -> tuple[Staff, Staff]:
    return make_buyers(village)


@pytest.fixture
def rice(village: Place) -> Good:
    return make_good(village, "大米", on_hand=0)


@pytest.fixture
def oil(village: Place) -> Good:
    return make_good(village, "菜籽油", on_hand=0)


def state(village: Place, serial: int) -> PurchaseState:
    session().rollback()
    return queries.purchase(village.id, serial).state


def revision(village: Place, serial: int) -> int:
    session().rollback()
    return queries.purchase(village.id, serial).revision


def test_a_purchase_goes_from_draft_to_the_wall(
    village: Place, buyers: tuple[Staff, Staff], rice: Good, oil: Good
) -> None:
    clerk, secretary = buyers
    serial = make_quoted(village, clerk, (rice, 6), (oil, 4))
    approve(village, serial, secretary, revision(village, serial))
    assert come(village, serial, clerk.actor, (rice, 6), (oil, 1))["complete"] is False
    assert come(village, serial, clerk.actor, (oil, 3))["complete"] is True
    due = queries.payable_purchase(village.id, serial)
    assert (due.supplier, due.received_fen, due.state) == ("镇供销社", 30_000, PurchaseState.RECEIVED)
    purchases.publish_purchase(village, serial, clock.today(), "村务公开栏", clerk.actor, new_key())
    session().rollback()
    shown = queries.purchase(village.id, serial)
    assert (shown.state, shown.hung_on) == (PurchaseState.PUBLISHED, clock.today())
    assert shelf.good(village.id, rice.serial).on_hand == 6
    assert [receipt.intake.second_receiver for receipt in shown.receipts] == ["罗德福", "罗德福"]


@sqlite_is_enough
def test_nobody_approves_a_purchase_of_their_own(village: Place, buyers: tuple[Staff, Staff], rice: Good) -> None:
    clerk, secretary = buyers
    drafted = make_quoted(village, clerk, (rice, 6))
    with pytest.raises(OwnPurchaseError):
        approve(village, drafted, clerk, revision(village, drafted))
    handed_in = make_purchase(village, clerk, (rice, 6))
    quote(village, handed_in, clerk, "镇供销社", 100)
    purchases.hand_in_purchase(village, handed_in, Choice(1, "镇上只有一家"), secretary.actor, new_key())
    with pytest.raises(OwnPurchaseError):
        approve(village, handed_in, secretary, revision(village, handed_in))


@sqlite_is_enough
def test_fewer_than_three_sellers_need_a_reason(village: Place, buyers: tuple[Staff, Staff], rice: Good) -> None:
    clerk, _ = buyers
    serial = make_purchase(village, clerk, (rice, 6))
    with pytest.raises(QuotesMissingError, match="先记下报价"):
        purchases.hand_in_purchase(village, serial, Choice(1), clerk.actor, new_key())
    for supplier in ("供销社一门市", "供销社二门市", "供销社三门市"):  # one seller under three names
        quote(village, serial, clerk, supplier, 18_000, "13812341234")
    with pytest.raises(QuotesMissingError, match="只问了 1 家"):
        purchases.hand_in_purchase(village, serial, Choice(1), clerk.actor, new_key())
    purchases.hand_in_purchase(village, serial, Choice(1, "镇上只有这一家"), clerk.actor, new_key())
    assert state(village, serial) is PurchaseState.QUOTED


@sqlite_is_enough
def test_a_dearer_quote_needs_a_reason_and_the_budget_holds(
    village: Place, buyers: tuple[Staff, Staff], rice: Good
) -> None:
    clerk, _ = buyers
    draft = a_draft((rice, 6), budget_fen=21_000)
    serial = purchases.draft_purchase(village, draft, clerk.actor, new_key())["purchase"]
    for supplier, total in (("甲店", 18_000), ("乙店", 20_000), ("丙店", 22_000)):
        quote(village, serial, clerk, supplier, total)
    with pytest.raises(QuoteRefusedError, match="超过预算"):
        purchases.hand_in_purchase(village, serial, Choice(3, choice_reason="近"), clerk.actor, new_key())
    with pytest.raises(QuoteRefusedError, match="不是最便宜"):
        purchases.hand_in_purchase(village, serial, Choice(2), clerk.actor, new_key())
    purchases.hand_in_purchase(village, serial, Choice(2, choice_reason="甲店没有现货"), clerk.actor, new_key())
    assert state(village, serial) is PurchaseState.QUOTED


@sqlite_is_enough
def test_other_pieces_make_the_quotes_void(village: Place, buyers: tuple[Staff, Staff], rice: Good, oil: Good) -> None:
    clerk, _ = buyers
    serial = make_purchase(village, clerk, (rice, 6))
    quote(village, serial, clerk, "甲店", 18_000)
    same = replace(a_draft((rice, 6)), title="中秋补货")
    seen = revision(village, serial)
    assert purchases.change_purchase(village, serial, same, seen, clerk.actor, new_key())["withdrawn"] == 0
    with pytest.raises(ChangedMeanwhileError):
        purchases.change_purchase(village, serial, same, seen, clerk.actor, new_key())
    more = a_draft((rice, 7), (oil, 1))
    done = purchases.change_purchase(village, serial, more, revision(village, serial), clerk.actor, new_key())
    assert done["withdrawn"] == 1
    shown = queries.purchase(village.id, serial)
    assert [(line.good_id, line.quantity) for line in shown.lines] == [(rice.id, 7), (oil.id, 1)]


def test_what_was_approved_is_not_changed(village: Place, buyers: tuple[Staff, Staff], rice: Good) -> None:
    clerk, secretary = buyers
    serial = make_quoted(village, clerk, (rice, 6))
    seen = revision(village, serial)
    purchases.send_back_purchase(village, serial, "再问一家", secretary.actor, new_key())
    purchases.hand_in_purchase(village, serial, Choice(1), clerk.actor, new_key())
    with pytest.raises(ChangedMeanwhileError):
        approve(village, serial, secretary, seen)  # what was seen is not what is handed in now
    approve(village, serial, secretary, revision(village, serial))
    with pytest.raises(PurchaseMovedError, match="已批准"):
        purchases.change_purchase(
            village, serial, a_draft((rice, 9)), revision(village, serial), clerk.actor, new_key()
        )
    for statement in (
        "UPDATE purchases SET budget_fen = 1",
        "UPDATE purchase_lines SET quantity = 60",
        "UPDATE purchase_quotes SET total_fen = 1",
        "DELETE FROM purchase_quotes",
        "DELETE FROM purchases",
    ):
        with pytest.raises(DBAPIError), transaction() as current:
            current.execute(text(statement))


@sqlite_is_enough
@pytest.mark.parametrize(
    ("trigger", "statement"),
    [
        ("purchases_approved_no_update", "UPDATE purchases SET title = '别的'"),
        ("purchase_lines_no_update", "UPDATE purchase_lines SET quantity = 5"),
        ("purchase_quotes_no_update", "UPDATE purchase_quotes SET supplier = '自家店' WHERE position = 1"),
        ("purchases_approved_no_update", "UPDATE purchases SET approved_by = 'staff:qingxi/9'"),
    ],
)
def test_what_was_approved_is_not_changed_unseen(
    village: Place, buyers: tuple[Staff, Staff], rice: Good, trigger: str, statement: str
) -> None:
    clerk, secretary = buyers
    serial = make_quoted(village, clerk, (rice, 6))
    approve(village, serial, secretary, revision(village, serial))
    assert problems(village) == []
    with transaction() as current:
        current.execute(text(f"DROP TRIGGER {trigger}"))
        current.execute(text(statement))
    assert f"采购单{serial}号：内容与留痕里批准时记下的不符" in problems(village)


@sqlite_is_enough
def test_what_was_written_after_the_approval_is_not_changed_unseen(
    village: Place, buyers: tuple[Staff, Staff], rice: Good
) -> None:
    clerk, secretary = buyers
    serial = make_quoted(village, clerk, (rice, 6))
    approve(village, serial, secretary, revision(village, serial))
    come(village, serial, clerk.actor, (rice, 5))
    purchases.finish_receiving(village, serial, "少来一袋", clerk.actor, new_key())
    purchases.publish_purchase(village, serial, clock.today(), "村务公开栏", clerk.actor, new_key())
    purchases.note_voucher(village, serial, "记-031", clerk.actor, new_key())
    assert problems(village) == []
    for changed in ("shortfall = '别的'", "hung_on = '2026-03-17'", "hung_where = '没贴'", "voucher = '记-099'"):
        session().execute(text("DROP TRIGGER purchases_ended_no_update"))
        session().execute(text(f"UPDATE purchases SET {changed}"))  # noqa: S608
        assert any("少收原因、张贴或凭证号" in problem for problem in problems(village)), changed
        session().rollback()


@sqlite_is_enough
def test_no_more_comes_in_than_was_approved_nor_dearer(
    village: Place, buyers: tuple[Staff, Staff], rice: Good, oil: Good
) -> None:
    clerk, secretary = buyers
    serial = make_quoted(village, clerk, (rice, 10))
    with pytest.raises(PurchaseMovedError, match="等批准"):
        come(village, serial, clerk.actor, (rice, 1))
    approve(village, serial, secretary, revision(village, serial))
    come(village, serial, clerk.actor, (rice, 4))
    with pytest.raises(DeliveryExceedsError, match="多 1 件"):
        come(village, serial, clerk.actor, (rice, 7))
    with pytest.raises(DeliveryExceedsError, match="不在采购单上"):
        come(village, serial, clerk.actor, (oil, 1))
    with pytest.raises(DeliveryExceedsError, match=r"超过批准的 300\.00 元"):
        come(village, serial, clerk.actor, (rice, 6), cost_fen=3_001)
    assert shelf.good(village.id, rice.serial).on_hand == 4
    yesterday = clock.today() - timedelta(days=1)
    part = purchases.PartReceived(yesterday, (Arrival(rice.id, 1, 3_000),), "罗德福")
    with pytest.raises(InvalidInputError, match="先批后买"):
        purchases.receive_purchase(village, serial, part, clerk.actor, new_key())
    with pytest.raises(PurchaseMovedError, match="已经收过货"):
        purchases.cancel_purchase(village, serial, "不要了", clerk.actor, new_key())
    purchases.finish_receiving(village, serial, "供货商断货", clerk.actor, new_key())
    assert state(village, serial) is PurchaseState.RECEIVED


@sqlite_is_enough
@pytest.mark.parametrize("second", ["", "  ", "文小琴"])
def test_two_persons_receive(village: Place, buyers: tuple[Staff, Staff], rice: Good, second: str) -> None:
    clerk, secretary = buyers
    serial = make_quoted(village, clerk, (rice, 10))
    approve(village, serial, secretary, revision(village, serial))
    part = purchases.PartReceived(clock.today(), (Arrival(rice.id, 1, 3_000),), second)
    with pytest.raises(InvalidInputError) as refused:
        purchases.receive_purchase(village, serial, part, clerk.actor, new_key())
    assert refused.value.field == "second_receiver"


@sqlite_is_enough
def test_a_purchase_knows_only_goods_of_its_village(village: Place, buyers: tuple[Staff, Staff]) -> None:
    clerk, _ = buyers
    theirs = make_good(make_village("miaopo", name="庙坡村"), "面粉", on_hand=0)
    with pytest.raises(NotFoundError):
        make_purchase(village, clerk, (theirs, 1))
