"""Points are neither made nor lost, goods neither, whatever people do in whatever order.

A plain model of the village is kept beside the real one; after every act both must agree, and at the end the proof
of the books must be sound.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger_queries
from pointsbank.ledger import services as ledger
from pointsbank.ledger import verification as ledger_proof
from pointsbank.ledger.booking import BookedTransfer, Booking, Source
from pointsbank.ledger.models import Transfer
from pointsbank.market import services as market
from pointsbank.market import verification as market_proof
from pointsbank.market.models import Good
from pointsbank.market.services import GoodDetails
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.conftest import both_databases
from tests.factories import delivery, make_household, make_village

pytestmark = both_databases

DAY = date(2026, 3, 17)
PRICES = (250, 700)  # of the two goods, in hundredths
AMOUNTS = st.integers(1, 2_000)
PIECES = st.integers(1, 6)
WHICH = st.integers(0, 1)


@dataclass
class Model:
    """What a village with two households and two goods must look like."""

    spendable: list[int] = field(default_factory=lambda: [0, 0])
    held: list[int] = field(default_factory=lambda: [0, 0])
    debt: list[int] = field(default_factory=lambda: [0, 0])
    on_hand: list[int] = field(default_factory=lambda: [0, 0])
    reserved: list[int] = field(default_factory=lambda: [0, 0])
    orders: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # waiting: household, good, pieces
    redemptions: dict[int, list[int]] = field(default_factory=dict)  # household, good, pieces, returned, voided
    bookings: dict[int, tuple[str, int, int]] = field(default_factory=dict)  # kind, household, amount; not yet reversed

    def gain(self, household: int, amount: int) -> None:
        """An earning: a debt is paid first."""
        paid = min(self.debt[household], amount)
        self.debt[household] -= paid
        self.spendable[household] += amount - paid

    def lose(self, household: int, amount: int) -> None:
        """A deduction: what is there, the rest is owed."""
        taken = min(self.spendable[household], amount)
        self.spendable[household] -= taken
        self.debt[household] += amount - taken

    def release(self, order: int) -> None:
        """An order that is not fetched."""
        household, good, pieces = self.orders.pop(order)
        self.held[household] -= pieces * PRICES[good]
        self.spendable[household] += pieces * PRICES[good]
        self.reserved[good] -= pieces


class Village(RuleBasedStateMachine):
    """People act on a real village; the model says what must have happened, and what must have been refused."""

    codes = iter(range(10**9))

    def __init__(self) -> None:
        super().__init__()
        place = make_village(f"v{next(self.codes)}")
        self.village_id = place.id
        households = [make_household(place, name=name) for name in ("张三", "李四")]
        self.households = [(household.id, household.serial) for household in households]
        for number, price in enumerate(PRICES, start=1):
            details = GoodDetails(
                code=f"SP{number}", name="香皂", unit="块", category="洗涤清洁", cost_fen=100, points_price=price
            )
            market.add_good(place, details, SYSTEM)
        goods = session().scalars(select(Good).where(Good.village_id == place.id).order_by(Good.serial)).all()
        self.goods = [(good.id, good.serial) for good in goods]
        self.model = Model()
        self.last: Callable[[], Any] | None = None
        self.last_result: Any = None

    @property
    def village(self) -> Place:
        """The place, read anew."""
        return session().get_one(Place, self.village_id)

    def submit(self, act: Callable[[str], Any]) -> Any:
        """Do it once, and remember how to ask for it again with the same key."""
        key = new_key()
        result = act(key)
        self.last, self.last_result = (lambda: act(key)), result
        return result

    def refused(self, act: Callable[[str], Any]) -> bool:
        """Whether an act is refused with a sentence."""
        try:
            act(new_key())
        except PointsBankError as refusal:
            return refusal.message.endswith(("。", "？"))
        return False

    def book(self, household: int, work: Callable[[Booking], BookedTransfer | list[BookedTransfer]]) -> list[int]:
        """Book as every room does."""
        serial = self.households[household][1]

        def act(key: str) -> dict[str, Any]:
            village = self.village

            def inside() -> dict[str, Any]:
                with ledger.booking(village, [serial], SYSTEM, key) as batch:
                    booked = work(batch)
                return {"sequences": [t.sequence for t in (booked if isinstance(booked, list) else [booked])]}

            return ledger.submit(village, key, "test", {}, SYSTEM, inside)

        sequences: list[int] = self.submit(act)["sequences"]
        return sequences

    # --- points ---

    @rule(household=WHICH, amount=AMOUNTS)
    def earn(self, household: int, amount: int) -> None:
        """A deed."""
        serial = self.households[household][1]
        [sequence] = self.book(household, lambda batch: batch.earn(serial, amount, DAY, Source("claim", 1), "好事"))
        self.model.gain(household, amount)
        self.model.bookings[sequence] = ("earn", household, amount)

    @rule(household=WHICH, amount=AMOUNTS)
    def deduct(self, household: int, amount: int) -> None:
        """A deduction, perhaps larger than the balance."""
        serial = self.households[household][1]
        sequences = self.book(household, lambda batch: batch.deduct(serial, amount, DAY, Source("claim", 2), "扣分"))
        self.model.lose(household, amount)
        for sequence in sequences:
            transfer = session().get_one(Transfer, (self.village_id, sequence))
            self.model.bookings[sequence] = (transfer.from_kind.value, household, transfer.amount)

    @precondition(lambda self: self.model.bookings)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        """Undo a booking; an earning that was spent meanwhile leaves a debt."""
        sequence = data.draw(st.sampled_from(sorted(self.model.bookings)))
        kind, household, amount = self.model.bookings.pop(sequence)
        source = Source("claim", 3)
        if kind == "earn":
            self.book(household, lambda batch: batch.reverse_earning(sequence, source, "冲正"))
            self.model.lose(household, amount)
            return
        self.book(household, lambda batch: batch.reverse_deduction(sequence, source, "冲正"))
        paid = min(self.model.debt[household], amount) if kind == "owed" else 0
        self.model.debt[household] -= paid
        self.model.spendable[household] += amount - paid

    # --- goods ---

    @rule(good=WHICH, pieces=PIECES)
    def receive(self, good: int, pieces: int) -> None:
        """Goods come in."""
        line = (self.goods[good][0], pieces)
        self.submit(lambda key: market.receive(self.village, delivery(line, source="李四捐赠", day=DAY), SYSTEM, key))
        self.model.on_hand[good] += pieces

    @rule(good=WHICH, pieces=PIECES)
    def write_off(self, good: int, pieces: int) -> None:
        """Goods are spoiled; those put aside for an order stay."""
        serial = self.goods[good][1]

        def act(key: str) -> Any:
            return market.write_off(self.village, serial, pieces, "受潮", "李四", SYSTEM, key)

        if pieces > self.model.on_hand[good] - self.model.reserved[good]:
            assert self.refused(act)
            return
        self.submit(act)
        self.model.on_hand[good] -= pieces

    # --- orders and redemptions ---

    def cannot_have(self, household: int, good: int, pieces: int) -> bool:
        """Whether a household cannot get these pieces now."""
        left = self.model.on_hand[good] - self.model.reserved[good]
        return pieces > left or pieces * PRICES[good] > self.model.spendable[household]

    @rule(household=WHICH, good=WHICH, pieces=PIECES)
    def order(self, household: int, good: int, pieces: int) -> None:
        """A household reserves goods at the kiosk."""
        total = pieces * PRICES[good]
        lines = [(self.goods[good][0], pieces)]

        def act(key: str) -> Any:
            return market.place_order(self.village, self.households[household][0], lines, total, SYSTEM, key)

        waits = any(waiting[0] == household for waiting in self.model.orders.values())
        if waits or self.cannot_have(household, good, pieces):
            assert self.refused(act)
            return
        self.model.orders[self.submit(act)["order"]] = (household, good, pieces)
        self.model.spendable[household] -= total
        self.model.held[household] += total
        self.model.reserved[good] += pieces

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data())
    def hand_over(self, data: st.DataObject) -> None:
        """The shopkeeper gives out what was put aside; a second time is refused."""
        order = data.draw(st.sampled_from(sorted(self.model.orders)))

        def act(key: str) -> Any:
            return market.hand_over(self.village, order, ConfirmBy.SIGNATURE, SYSTEM, key)

        result = self.submit(act)
        household, good, pieces = self.model.orders.pop(order)
        self.model.held[household] -= pieces * PRICES[good]
        self.model.reserved[good] -= pieces
        self.model.on_hand[good] -= pieces
        self.model.redemptions[result["redemption"]] = [household, good, pieces, 0, 0]
        assert self.refused(act)

    @precondition(lambda self: self.model.orders)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """The household does not want it any more."""
        order = data.draw(st.sampled_from(sorted(self.model.orders)))
        self.submit(lambda key: market.cancel_order(self.village, order, SYSTEM, key))
        self.model.release(order)

    @precondition(lambda self: self.model.orders)
    @rule()
    def close_the_day(self) -> None:
        """Nobody fetched them."""
        self.submit(lambda key: market.release_expired(self.village, SYSTEM, key))
        for order in list(self.model.orders):
            self.model.release(order)

    @rule(household=WHICH, good=WHICH, pieces=PIECES)
    def redeem(self, household: int, good: int, pieces: int) -> None:
        """Goods over the counter."""
        total = pieces * PRICES[good]
        lines = [(self.goods[good][0], pieces)]

        def act(key: str) -> Any:
            buyer = self.households[household][0]
            return market.redeem(self.village, buyer, lines, total, ConfirmBy.SIGNATURE, SYSTEM, key)

        if self.cannot_have(household, good, pieces):
            assert self.refused(act)
            return
        self.model.redemptions[self.submit(act)["redemption"]] = [household, good, pieces, 0, 0]
        self.model.spendable[household] -= total
        self.model.on_hand[good] -= pieces

    @precondition(lambda self: self.model.redemptions)
    @rule(data=st.data(), pieces=PIECES)
    def return_goods(self, data: st.DataObject, pieces: int) -> None:
        """Some pieces come back, never more than were given."""
        serial = data.draw(st.sampled_from(sorted(self.model.redemptions)))
        redemption = self.model.redemptions[serial]
        household, good, given, returned, voided = redemption

        def act(key: str) -> Any:
            return market.return_goods(self.village, serial, 1, pieces, "包装破了", SYSTEM, key)

        if voided or returned + pieces > given:
            assert self.refused(act)
            return
        self.submit(act)
        redemption[3] += pieces
        self.model.spendable[household] += pieces * PRICES[good]
        self.model.on_hand[good] += pieces

    @precondition(lambda self: self.model.redemptions)
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        """The whole redemption was a mistake; once, and only while nothing was returned."""
        serial = data.draw(st.sampled_from(sorted(self.model.redemptions)))
        redemption = self.model.redemptions[serial]
        household, good, pieces, returned, voided = redemption

        def act(key: str) -> Any:
            return market.void(self.village, serial, "打错了", SYSTEM, key)

        if voided or returned:
            assert self.refused(act)
            return
        self.submit(act)
        redemption[4] = 1
        self.model.spendable[household] += pieces * PRICES[good]
        self.model.on_hand[good] += pieces

    @precondition(lambda self: self.last is not None)
    @rule()
    def retry(self) -> None:
        """The answer was lost and the same submit comes again: nothing moves, the answer is the first one."""
        assert self.last is not None
        assert self.last() == self.last_result

    # --- what must always hold ---

    @invariant()
    def the_village_is_as_the_model_says(self) -> None:
        """Every balance and every stock agrees."""
        session().rollback()
        for place, (_, serial) in enumerate(self.households):
            balances = ledger_queries.balances(self.village_id, serial)
            expected = (self.model.spendable[place], self.model.held[place], -self.model.debt[place])
            assert (balances.spendable, balances.held, balances.owed) == expected
        for place, (good_id, _) in enumerate(self.goods):
            good = session().get_one(Good, good_id)
            assert (good.on_hand, good.reserved) == (self.model.on_hand[place], self.model.reserved[place])

    def teardown(self) -> None:
        """The proof of the books finds nothing."""
        assert ledger_proof.problems(self.village) == []
        assert market_proof.problems(self.village) == []


def test_points_and_goods_agree_with_a_plain_model(app: Flask, long_run: bool) -> None:
    run_state_machine_as_test(
        Village,
        settings=settings(
            max_examples=500 if long_run else 15,
            stateful_step_count=40 if long_run else 25,
            deadline=None,
            # Shrinking a history of forty acts takes longer than reading it.
            phases=(Phase.explicit, Phase.generate),
            derandomize=not long_run,
            suppress_health_check=list(HealthCheck),
        ),
    )
