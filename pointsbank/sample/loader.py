"""Loads the sample village: everything enters through the services and spreadsheets that users have.

The months are played on a clock of their own, so that every booking has the moment it would have had. The same day
gives the same village.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select

from config import ROOT
from pointsbank.access import services as access
from pointsbank.access.models import Role, Staff
from pointsbank.boards import services as boards
from pointsbank.cards import queries as card_queries
from pointsbank.cards import services as cards
from pointsbank.covenant import sheets as rule_sheets
from pointsbank.deeds import services as deeds
from pointsbank.deeds.models import Claim, ClaimOrigin, ClaimState
from pointsbank.foundation import clock, periods
from pointsbank.foundation.actor import SYSTEM, Actor, ActorKind
from pointsbank.foundation.clock import SHANGHAI, FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.ledger import queries as ledger_queries
from pointsbank.market import services as market
from pointsbank.market import sheets as good_sheets
from pointsbank.market.models import Good
from pointsbank.people import services as people
from pointsbank.people import sheets as roster_sheets
from pointsbank.people.models import Household, Residence, Resident
from pointsbank.places import services as places
from pointsbank.places.models import Place, PlaceKind
from pointsbank.places.settings import ConfirmBy
from pointsbank.sample.plan import PlannedDeed, Villager, plan_month

FILES = ROOT / "sample"
SEED = 20260301
MONTHS_FINISHED = 3
GROWN_UP_YEARS = 16
NAMES_SPARED = ("㛃", "𬭎", "䶮", "𠅤", "堃", "喆", "镕", "·")  # nobody singled out is ever shown with a deduction

Progress = Callable[[str, float], None]  # what is being done, how much of the whole is done (0 to 1)

STAFF: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("qingxi", "文小琴", (Role.CLERK, Role.ADMINISTRATOR)),
    ("qingxi", "罗德福", (Role.SHOPKEEPER,)),
    ("qingxi", "陈光荣", (Role.GROUP_HEAD, Role.REVIEWER)),
    ("qingxi", "周绍云", (Role.COMMITTEE, Role.REVIEWER)),
    ("qingxi", "谢秀英", (Role.SUPERVISION,)),
    ("qingxi", "赖明亮", (Role.REVIEWER,)),
    ("miaopo", "范晓燕", (Role.CLERK, Role.SHOPKEEPER, Role.ADMINISTRATOR)),
    ("tianwan", "徐建平", (Role.OFFICER,)),
)


@dataclass(frozen=True, slots=True)
class SampleSignIn:
    """A person of the sample village with the password made up at loading."""

    place: str
    name: str
    sign_in_name: str
    password: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampleCard:
    """A card of the sample village with its PIN."""

    household: str
    head: str
    number: str
    pin: str


@dataclass(frozen=True, slots=True)
class SignIns:
    """Who can sign in to the sample village, and with which cards."""

    staff: tuple[SampleSignIn, ...]
    cards: tuple[SampleCard, ...]

    def of_role(self, role: str) -> SampleSignIn:
        """The first person with a role."""
        return next(person for person in self.staff if role in person.roles)


def load_sample(moment: datetime, progress: Progress = lambda _what, _share: None) -> SignIns:
    """Fill an empty, migrated database with the sample village as it stands at a moment; gives the sign-ins.

    Takes some seconds; progress is told about each step.
    """
    today = moment.astimezone(SHANGHAI).date()
    first_month = periods.period_of(today)
    for _ in range(MONTHS_FINISHED):
        first_month = periods.previous_period(first_month)
    opening = periods.days_of(first_month)[0] - timedelta(days=10)
    played = FixedClock(_at(opening, 9))
    with clock.using(played):
        progress("建村", 0)
        town = _places()
        village = places.add_place(PlaceKind.VILLAGE, "qingxi", "清溪村", town, SYSTEM)
        community = places.add_place(PlaceKind.COMMUNITY, "miaopo", "庙坡社区", town, SYSTEM)
        sign_ins = _staff({place.code: place for place in (village, community, town)})
        for place in (village, community):
            progress(f"导入{place.name}的花名册、细则和商品", 0.05)
            _import_files(place, opening)
        _Life(village, played, today, progress).play()
        played.moment = moment
        progress("发卡", 0.98)
        sample_cards = _cards(village)
    progress("样例村已装好", 1)
    return SignIns(sign_ins, sample_cards)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def _places() -> Place:
    city = places.place_at(PlaceKind.CITY, "chuanzhong", "川中市", None, SYSTEM)
    county = places.place_at(PlaceKind.COUNTY, "longtan", "龙滩县", city, SYSTEM)
    return places.place_at(PlaceKind.TOWN, "tianwan", "田湾镇", county, SYSTEM)


def _staff(by_code: dict[str, Place]) -> tuple[SampleSignIn, ...]:
    made = []
    for code, name, roles in STAFF:
        password = access.made_up_password()
        staff = access.add_staff(by_code[code], name, password, list(roles), SYSTEM)
        made.append(SampleSignIn(by_code[code].name, name, staff.sign_in_name, password, tuple(roles)))
    return tuple(made)


def _import_files(place: Place, opening: date) -> None:
    roster = (FILES / f"{place.code}-roster.xlsx").read_bytes()
    roster_sheets.apply_import(place, roster, with_id_numbers=False, with_party=True, actor=SYSTEM, key=new_key())
    rules, goods = (FILES / "rules.xlsx").read_bytes(), (FILES / "goods.xlsx").read_bytes()
    rule_sheets.apply_import(place, rules, effective_on=opening, actor=SYSTEM, key=new_key())
    good_sheets.apply_import(place, goods, actor=SYSTEM, key=new_key())


def _cards(village: Place) -> tuple[SampleCard, ...]:
    """Cards for every household; three of those with most points get a PIN."""
    cards.issue_cards(village, None, SYSTEM, new_key())
    heads = (
        session()
        .execute(
            select(Household.id, Household.number, Household.head_name, Household.serial).where(
                Household.village_id == village.id
            )
        )
        .all()
    )
    balances = ledger_queries.balances_of(village.id, [row.serial for row in heads])
    richest = sorted(heads, key=lambda row: (-balances[row.serial].spendable, row.serial))[:3]
    made = []
    for place, row in enumerate(richest):
        pin = f"{random.Random(SEED + place).randrange(102_030, 987_000):06d}"  # noqa: S311 - a PIN for practice
        [card] = card_queries.cards_of_household(village.id, row.id)
        cards.set_pin(village, card.id, pin, SYSTEM)
        made.append(SampleCard(row.number, row.head_name, card.number, pin))
    return tuple(made)


class _Life:
    """The months of the village, day by day."""

    def __init__(self, village: Place, played: FixedClock, today: date, progress: Progress) -> None:
        self.village_id = village.id
        self.played = played
        self.today = today
        self.progress = progress
        self.chance = random.Random(SEED)  # noqa: S311 - chance that can be repeated, nothing secret
        self.clerk: Actor = session().scalars(select(Staff).where(Staff.name == STAFF[0][1])).one().actor

    @property
    def village(self) -> Place:
        """The place, read anew after every transaction."""
        return session().get_one(Place, self.village_id)

    def play(self) -> None:
        """Everything from the opening until today."""
        self._stock(self.played.now().date())
        self._consents()
        last_finished = periods.previous_period(periods.period_of(self.today))
        month = periods.period_of(self.played.now().date() + timedelta(days=31))
        months = []
        while month <= periods.period_of(self.today):
            months.append(month)
            month = periods.next_period(month)
        for number, month in enumerate(months):
            self.progress(f"过{periods.period_title(month)}的日子", 0.1 + 0.85 * number / len(months))
            self._month(month)
            if month < last_finished:
                self._freeze(month)
        self._leave_orders_waiting()

    def _month(self, period: str) -> None:
        first, month_end = periods.days_of(period)
        last = min(month_end, self.today)
        share = ((last - first).days + 1) / ((month_end - first).days + 1)
        planned = plan_month(self.chance, self._villagers(), self._beyond_reproach(), first, last, share)
        day = first
        while day <= last:
            self._record([deed for deed in planned if deed.day == day], day)
            if day.weekday() == 5:  # market day
                self._market_day(day)
            day += timedelta(days=1)
        if last == month_end:
            self._one_mistake(period, last)

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
            )
            .order_by(Resident.serial)
        )
        return [Villager(row.household_id, row.id) for row in session().execute(query)]

    def _beyond_reproach(self) -> frozenset[int]:
        """Households with a name that must not stand beside a deduction."""
        residents = session().scalars(select(Resident).where(Resident.village_id == self.village_id))
        return frozenset(r.household_id for r in residents if any(mark in r.name for mark in NAMES_SPARED))

    def _record(self, planned: Sequence[PlannedDeed], day: date) -> None:
        if planned:
            self.played.moment = _at(day, 20)
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
            deeds.record_many(self.village, drafts, self.clerk, new_key(), ClaimOrigin.GRID)

    def _one_mistake(self, period: str, day: date) -> None:
        """One deed a month was written for the wrong household and is undone."""
        self.played.moment = _at(day, 21)
        serials = (
            session()
            .scalars(
                select(Claim.serial)
                .where(
                    Claim.village_id == self.village_id,
                    Claim.period == period,
                    Claim.state == ClaimState.BOOKED,
                    Claim.points > 0,
                )
                .order_by(Claim.serial)
            )
            .all()
        )
        deeds.reverse(self.village, self.chance.choice(serials), "记错了户，应记在隔壁", self.clerk, new_key())

    # --- the shop ---

    def _stock(self, day: date) -> None:
        """Goods given and bought at the opening."""
        goods = session().scalars(select(Good).where(Good.village_id == self.village_id).order_by(Good.serial)).all()
        lines = [(good.id, max(good.stock_min * 2, 4) + self.chance.randrange(6)) for good in goods]
        half = len(lines) // 2
        market.receive(self.village, lines[:half], "田湾镇爱心企业捐赠", day, self.clerk, new_key())
        market.receive(self.village, lines[half:], "村集体采购", day, self.clerk, new_key())

    def _market_day(self, day: date) -> None:
        """Some households come and take home what they can get."""
        for number, household_id in enumerate(self._shoppers(22)):
            self.played.moment = _at(day, 9) + timedelta(minutes=8 * number)
            basket = self._basket(household_id)
            if basket:
                goods, total = basket
                market.redeem(self.village, household_id, goods, total, ConfirmBy.SIGNATURE, self.clerk, new_key())

    def _shoppers(self, count: int) -> list[int]:
        query = select(Household.id).where(Household.village_id == self.village_id).order_by(Household.serial)
        return self.chance.sample(list(session().scalars(query)), count)

    def _basket(self, household_id: int) -> tuple[list[tuple[int, int]], int] | None:
        """One or two goods within reach that are there; None if there is nothing."""
        household = session().get_one(Household, household_id)
        points = ledger_queries.balances(self.village_id, household.serial).spendable
        query = (
            select(Good)
            .where(Good.village_id == self.village_id, Good.on_hand - Good.reserved > 2, Good.points_price <= points)
            .order_by(Good.points_price.desc(), Good.serial)
            .limit(12)
        )
        within_reach = list(session().scalars(query))
        if not within_reach:
            return None
        good = self.chance.choice(within_reach)
        pieces = 2 if points >= 3 * good.points_price and self.chance.random() < 0.4 else 1
        return [(good.id, pieces)], good.points_price * pieces

    def _leave_orders_waiting(self) -> None:
        """Three households reserved something this morning and have not come yet."""
        waiting = 0
        for household_id in self._shoppers(60):
            basket = self._basket(household_id)
            if basket is None:
                continue
            self.played.moment = _at(self.today, 8, 10 * waiting)
            household = session().get_one(Household, household_id)
            actor = Actor.of(ActorKind.HOUSEHOLD, self.village.code, household.serial, household.id)
            market.place_order(self.village, household_id, basket[0], basket[1], actor, new_key())
            waiting += 1
            if waiting == 3:
                return

    # --- the board ---

    def _consents(self) -> None:
        """Most households signed that their names may hang on the wall."""
        query = select(Household).where(Household.village_id == self.village_id).order_by(Household.serial)
        for household in list(session().scalars(query)):
            if self.chance.random() < 0.7:
                day = self.played.now().date()
                people.set_name_consent(self.village, household.id, day, household.version, self.clerk)

    def _freeze(self, period: str) -> None:
        """On the 8th of the next month the clerk chooses the deeds of merit, and the board is frozen."""
        self.played.moment = _at(periods.days_of(period)[1] + timedelta(days=8), 10)
        for code, sentence in MERITS:
            claim = (
                session()
                .scalars(
                    select(Claim)
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
                .first()
            )
            if claim is not None:
                boards.choose_merit(self.village, period, claim.serial, sentence, self.clerk)
        boards.freeze(self.village, period, self.clerk)


MERITS = (
    ("HS06", "背着摔伤的赵婆婆走了两里路，送到镇卫生院。"),
    ("HS01", "捡到装着学费的钱包，守在路口等到失主。"),
    ("GG03", "修三组水渠连干三天，没有要一分钱。"),
    ("HS05", "三次上门，劝和了争地界的两家人。"),
)
