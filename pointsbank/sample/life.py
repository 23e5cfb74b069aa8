"""The months of the sample village, day by day: deeds, market days, a mistake undone, the boards of the past."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from pointsbank.access.models import Role
from pointsbank.boards import services as boards
from pointsbank.deeds import services as deeds
from pointsbank.deeds.models import Claim, ClaimState, Suspension
from pointsbank.foundation import clock, periods
from pointsbank.foundation.actor import Actor, ActorKind
from pointsbank.foundation.clock import FixedClock, day_of
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import UNITS_PER_POINT
from pointsbank.ledger import queries as ledger_queries
from pointsbank.market import services as market
from pointsbank.market.models import Good, Origin
from pointsbank.people import services as people
from pointsbank.people.models import Household, Residence, Resident
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from pointsbank.sample import buying, money, partner, shelf, table
from pointsbank.sample.plan import PlannedDeed, Villager, plan_month
from pointsbank.sample.way import Way, moment_of

SEED = 20260301
GROWN_UP_YEARS = 16
# Nobody who can be singled out by a rare or a minority name is ever shown with a deduction.
NAMES_SPARED = ("㛃", "𬭎", "䶮", "𠅤", "堃", "喆", "镕", "欧阳", "·")
CONSENT = 0.7  # of the households signed that their names may hang on the wall
SATURDAY = 5
SHOPPERS_ON_MARKET_DAY = 22
SHOPPERS_THIS_MORNING = 4
ORDERS_WAITING = 3
ORDERS_ENDED = 3  # on the last market day: fetched, given up, nobody came
SHOPPERS_AT_THE_PARTNERS = 3  # on each market day
BOARD_DAY = 8  # of the next month: the clerk chooses the deeds of merit and freezes the board
CHANGE_DAY = 13  # of the second month
CHANGED_RULE, CHANGED_POINTS = "HS12", 2 * UNITS_PER_POINT
SUSPENDING_RULE = "KF14"
DELIVERY_DAY = 12  # of each month: what runs short is bought
COUNT_DAY = 25  # of last month: the shelf is counted
SECOND_RECEIVER = "周德明"  # who receives what comes together with the clerk

MERITS = (
    ("HS06", "背着摔伤的赵婆婆走了两里路，送到镇卫生院。"),
    ("HS01", "捡到装着学费的钱包，守在路口等到失主。"),
    ("GG03", "修三组水渠连干三天，没有要一分钱。"),
    ("HS05", "三次上门，劝和了争地界的两家人。"),
)

Progress = Callable[[str, float], None]


class Life:
    """What happens in the village from its opening until the moment of loading, and nothing after that moment."""

    def __init__(self, village: Place, played: FixedClock, until: datetime, progress: Progress) -> None:
        self.village_id = village.id
        self.played = played
        self.opening, self.today = day_of(played.now()), day_of(until)
        self.first_period = periods.period_of(periods.first_of_next(self.opening))
        # What is of today was done early in the morning, so that the same day gives the same village at any hour;
        # only who loads before that finds it done in the night.
        morning = moment_of(self.today, 8)
        self.morning = morning if until >= morning + timedelta(hours=1) else moment_of(self.today, 0)
        self.progress = progress
        self.chance = random.Random(SEED)  # noqa: S311 - chance that can be repeated, nothing secret
        self.way = Way(village.id, played, self.today)
        self.clerk: Actor = self.way.clerk

    @property
    def village(self) -> Place:
        """The place, read anew after every transaction."""
        return session().get_one(Place, self.village_id)

    def play(self) -> None:
        """Everything from the opening until today."""
        self._stock()
        self._consents()
        self.way.declare_kin()
        month, months = self.first_period, []
        while month <= periods.period_of(self.today):
            months.append(month)
            month = periods.next_period(month)
        for number, month in enumerate(months):
            self.progress(f"过{periods.period_title(month)}的日子", 0.1 + 0.85 * number / len(months))
            self._month(month)
        self._this_morning()

    def _month(self, period: str) -> None:
        first, month_end = periods.days_of(period)
        last = min(month_end, self.today)
        share = ((last - first).days + 1) / ((month_end - first).days + 1)
        planned = plan_month(
            self.chance, self._villagers(), self._beyond_reproach(), len(self._households()), (first, last), share
        )
        day = first
        while day <= last:
            self._day(day, [deed for deed in planned if deed.day == day])
            day += timedelta(days=1)

    def _day(self, day: date, planned: Sequence[PlannedDeed]) -> None:
        last_month = periods.previous_period(periods.period_of(day))
        is_past = day < self.today
        if is_past:
            self.way.morning(day)
        if is_past and day.weekday() == SATURDAY:
            self._market_day(day)
        if is_past and day.day == BOARD_DAY and last_month >= self.first_period:
            self._one_mistake(last_month, day)
            self.way.sign(last_month, day)
            if self._hangs(last_month):
                self._freeze(last_month, day)
                money.ask_the_town(self.village, self.clerk, last_month)
            partner.settle(self.village, self.partner, self.clerk, periods.days_of(last_month)[1], day)
        if is_past:
            self.played.moment = moment_of(day, 14)
            money.hear_from_the_town(self.village, self.clerk, day)
        if is_past and day.day in money.GIVING_DAYS:
            money.give(self.village, self.clerk, day)
        if is_past and day.day == DELIVERY_DAY:
            self._delivery(day)
        if is_past and day.day == COUNT_DAY and periods.first_of_next(day) == self.today.replace(day=1):
            self._take_stock(day)
        if day == self._change_day():
            self._change_a_rule(day)
        self._record(planned, day)
        if is_past:
            self.way.evening(day)

    def _hangs(self, period: str) -> bool:
        """Whether a month's board hangs: that of the last finished month is left for whoever tries the program."""
        return self.first_period <= period < periods.previous_period(periods.period_of(self.today))

    # --- deeds ---

    def _villagers(self) -> list[Villager]:
        """Who is at home and grown up, in the order of the roster."""
        born_by = date(self.today.year - GROWN_UP_YEARS, 1, 1)
        query = (
            select(Resident.household_id, Resident.id)
            .where(
                Resident.village_id == self.village_id,
                Resident.residence == Residence.RESIDENT,
                Resident.born_on <= born_by,
                Resident.id.not_in(select(Suspension.resident_id)),
            )
            .order_by(Resident.serial)
        )
        return [Villager(row.household_id, row.id) for row in session().execute(query)]

    def _households(self) -> list[int]:
        query = select(Household.id).where(Household.village_id == self.village_id).order_by(Household.serial)
        return list(session().scalars(query))

    def _beyond_reproach(self) -> frozenset[int]:
        """Households with a name that must not stand beside a deduction."""
        residents = session().execute(
            select(Resident.household_id, Resident.name).where(Resident.village_id == self.village_id)
        )
        return frozenset(row.household_id for row in residents if any(mark in row.name for mark in NAMES_SPARED))

    def _record(self, planned: Sequence[PlannedDeed], day: date) -> None:
        if planned:
            self.played.moment = moment_of(day, 20) if day < self.today else self.morning
            drafts = [
                deeds.DeedDraft(
                    household_id=deed.household_id,
                    resident_id=deed.resident_id,
                    rule_code=deed.rule_code,
                    quantity=deed.quantity,
                    occurred_on=deed.day,
                    note=deed.note,
                )
                for deed in planned
            ]
            if day == self._change_day():
                drafts.append(self._detention(day, drafts))
            self.way.submit(drafts)

    def _one_mistake(self, period: str, day: date) -> None:
        """One deed a month was written for the wrong household and is undone."""
        self.played.moment = moment_of(day, 12, 30)
        query = select(Claim.serial).where(
            Claim.village_id == self.village_id,
            Claim.period == period,
            Claim.state == ClaimState.BOOKED,
            Claim.points > 0,
        )
        serials = session().scalars(query.order_by(Claim.serial)).all()
        deeds.reverse(self.village, self.chance.choice(serials), "记错了户，应记在隔壁", self.clerk, new_key())

    def _change_day(self) -> date:
        """In the second month something is decided: a rule is changed, and somebody is suspended."""
        return periods.days_of(periods.next_period(self.first_period))[0] + timedelta(days=CHANGE_DAY - 1)

    def _change_a_rule(self, day: date) -> None:
        """From the middle of a month on a deed gives other points; what happened before keeps its rule."""
        self.played.moment = moment_of(day, 17)
        reason = "接收县里的指导表；帮忙照看时间短的多，村民代表会议同意调低"
        table.take_over(self.village, {CHANGED_RULE: CHANGED_POINTS}, day, reason, self.clerk)

    def _detention(self, day: date, drafts: Sequence[deeds.DeedDraft]) -> deeds.DeedDraft:
        """Somebody who did nothing today is suspended for the rest of the year; the household keeps its points."""
        busy = {draft.household_id for draft in drafts} | self._beyond_reproach()
        someone = next(one for one in reversed(self._villagers()) if one.household_id not in busy)
        return deeds.DeedDraft(
            household_id=someone.household_id,
            resident_id=someone.resident_id,
            rule_code=SUSPENDING_RULE,
            quantity=UNITS_PER_POINT,
            occurred_on=day,
            suspended_until=date(day.year, 12, 31),
        )

    # --- the shop ---

    def _goods(self) -> list[Good]:
        query = select(Good).where(Good.village_id == self.village_id, ~Good.is_service).order_by(Good.serial)
        return list(session().scalars(query))

    def _stock(self) -> None:
        """Goods given and bought at the opening."""
        lines = [(good.id, max(good.stock_min * 2, 4) + self.chance.randrange(6)) for good in self._goods()]
        half = len(lines) // 2
        self._receive(Origin.DONATION, "田湾镇爱心企业", self.opening, lines[:half])
        money.begin(self.village, self.clerk, self.opening)
        cost_fen = self._receive(Origin.PURCHASE, "田湾镇供销社", self.opening, lines[half:])
        money.pay(self.village, self.clerk, self.opening, cost_fen, newest=False)
        self.partner = partner.begin(self.village, self.clerk)

    def _receive(self, origin: Origin, source: str, day: date, lines: list[tuple[int, int]]) -> int:
        """Put a delivery on the shelves; gives what it cost, in fen."""
        arrivals = tuple(market.Arrival(good_id, pieces) for good_id, pieces in lines)
        delivery = market.Delivery(origin, source, day, arrivals, second_receiver=SECOND_RECEIVER)
        cost_fen: int = market.receive(self.village, delivery, self.clerk, new_key())["cost_fen"]
        return cost_fen

    def _delivery(self, day: date) -> None:
        """Most of what runs short is bought; a little is always short, as in every shop."""
        self.played.moment = moment_of(day, 15)
        short = [(good, good.stock_min * 2) for good in self._goods() if good.on_hand < good.stock_min * 3 // 2]
        if short:
            approver = self.way.staff[Role.COMMITTEE][0].actor
            serial, cost_fen = buying.buy(self.village, self.clerk, approver, short)
            newest = periods.period_of(day) == periods.period_of(self.today)
            money.pay(self.village, self.clerk, day, cost_fen, serial, newest=newest)
            if not newest:
                buying.note_voucher(self.village, self.clerk, serial, day)

    def _market_day(self, day: date) -> None:
        """Some households come and take home what they can get."""
        self._serve(moment_of(day, 9), timedelta(minutes=8), SHOPPERS_ON_MARKET_DAY)
        if day + timedelta(days=7) >= self.today:
            self._orders_ended(day)
        self._at_the_partners(day)
        self.played.moment = moment_of(day, 12, 30)
        shelf.close(self.village, self.way.staff[Role.SHOPKEEPER][0].actor)

    def _orders_ended(self, day: date) -> None:
        """On the last market day one order was fetched, one given up, and one nobody came for."""
        placed: list[int] = []
        for household_id in self._shoppers(len(self._households())):
            if len(placed) == ORDERS_ENDED:
                break
            if (serial := self._order(household_id, moment_of(day, 12, len(placed)))) is not None:
                placed.append(serial)
        fetched, given_up, *_ = placed
        self.played.moment = moment_of(day, 12, 20)
        market.hand_over(self.village, fetched, ConfirmBy.SIGNATURE, self.clerk, new_key())
        market.cancel_order(self.village, given_up, self.clerk, new_key())

    def _at_the_partners(self, day: date) -> None:
        """A few take what they need at the partner shop."""
        keeper = partner.keeper(self.village).actor
        given = partner.goods(self.village)
        for number, household_id in enumerate(self._shoppers(SHOPPERS_AT_THE_PARTNERS)):
            self.played.moment = moment_of(day, 12, 22 + number)
            good = self.chance.choice(given)
            household, price = session().get_one(Household, household_id), good.price_on(day)
            if ledger_queries.balances(self.village_id, household.serial).spendable >= price:
                lines, how = [(good.id, 1)], ConfirmBy.SIGNATURE
                market.redeem(self.village, household_id, lines, price, how, keeper, new_key())

    def _take_stock(self, day: date) -> None:
        """Last month the shelf was counted: three goods differed."""
        self.played.moment = moment_of(day, 16)
        keeper, (witness, overseer) = self.way.staff[Role.SHOPKEEPER][0], self.way.staff[Role.SUPERVISION][:2]
        shelf.take_stock(self.village, keeper.actor, witness.name, overseer.actor)

    def _serve(self, start: datetime, pace: timedelta, shoppers: int) -> None:
        for number, household_id in enumerate(self._shoppers(shoppers)):
            basket = self._basket(household_id)
            if basket:
                self.played.moment = start + pace * number
                goods, total = basket
                market.redeem(self.village, household_id, goods, total, ConfirmBy.SIGNATURE, self.clerk, new_key())

    def _shoppers(self, count: int) -> list[int]:
        return self.chance.sample(self._households(), count)

    def _basket(self, household_id: int) -> tuple[list[tuple[int, int]], int] | None:
        """One or two goods within reach that are there; None if there is nothing."""
        household = session().get_one(Household, household_id)
        points = ledger_queries.balances(self.village_id, household.serial).spendable
        query = (
            select(Good)
            .where(
                Good.village_id == self.village_id,
                Good.on_hand - Good.reserved - Good.expired > 2,
                Good.points_price <= points,
            )
            .order_by(Good.points_price.desc(), Good.serial)
            .limit(12)
        )
        within_reach = list(session().scalars(query))
        if not within_reach:
            return None
        good = self.chance.choice(within_reach)
        price = good.price_on(clock.today())
        pieces = 2 if points >= 3 * price and self.chance.random() < 0.4 else 1
        return [(good.id, pieces)], price * pieces

    def _this_morning(self) -> None:
        """The office is at work; a few were served; three reserved something and have not come yet."""
        minute = timedelta(minutes=1)
        self.played.moment = self.morning
        self.way.this_morning()
        table.draft(self.village, table.NEXT_POINTS, self.clerk)
        self._reprice()
        self._serve(self.morning + minute, 2 * minute, SHOPPERS_THIS_MORNING)
        waiting = 0
        for household_id in self._shoppers(len(self._households())):
            if self._order(household_id, self.morning + 15 * minute + 5 * minute * waiting) is not None:
                waiting += 1
            if waiting == ORDERS_WAITING:
                break
        buying.hand_in(self.village, self.clerk, [(good, good.stock_min * 2) for good in self._goods()[:2]])

    def _order(self, household_id: int, moment: datetime) -> int | None:
        """What a household reserves at the kiosk; gives the order's serial, None when nothing is within its reach."""
        basket = self._basket(household_id)
        if basket is None:
            return None
        self.played.moment = moment
        household = session().get_one(Household, household_id)
        actor = Actor.of(ActorKind.HOUSEHOLD, self.village.code, household.serial, household.id)
        serial: int = market.place_order(self.village, household_id, *basket, actor, new_key())["order"]
        return serial

    def _reprice(self) -> None:
        """Next month the first good of the list costs a tenth more."""
        good, first = self._goods()[0], periods.first_of_next(day_of(self.morning))
        dearer = replace(market.details_of(good), points_price=good.price_on(clock.today()) * 11 // 10)
        market.change_good(self.village, good.serial, dearer, good.version, self.clerk, first)

    # --- the board ---

    def _consents(self) -> None:
        """Most households signed that their names may hang on the wall."""
        query = select(Household).where(Household.village_id == self.village_id).order_by(Household.serial)
        with transaction():
            for household in list(session().scalars(query)):
                if self.chance.random() < CONSENT:
                    people.set_name_consent(self.village, household.id, self.opening, household.version, self.clerk)

    def _freeze(self, period: str, day: date) -> None:
        """The clerk chooses the deeds of merit, and the board is frozen."""
        self.played.moment = moment_of(day, 13)  # after the last shopper of a market day
        for code, sentence in MERITS:
            query = (
                select(Claim.serial)
                .join(Household, Household.id == Claim.household_id)
                .where(
                    Claim.village_id == self.village_id,
                    Claim.period == period,
                    Claim.state == ClaimState.BOOKED,
                    Claim.rule.has(code=code),
                    Household.name_consent_on.is_not(None),
                )
                .order_by(Claim.serial)
            )
            serial = session().scalars(query).first()
            if serial is not None:
                boards.choose_merit(self.village, period, serial, sentence, self.clerk)
        boards.freeze(self.village, period, self.clerk)
