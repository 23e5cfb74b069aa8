"""Loads the sample village: everything enters through the services and spreadsheets that users have.

The months are played on a clock of their own, so that every booking has the moment it would have had. The same day
gives the same village, down to the hashes; only passwords and the cards' secret tokens are new each time.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from config import ROOT
from pointsbank.access import services as access
from pointsbank.access.models import Role
from pointsbank.cards import queries as card_queries
from pointsbank.cards import services as cards
from pointsbank.covenant import services as covenant
from pointsbank.covenant import sheets as rule_sheets
from pointsbank.covenant.models import MeetingKind, SignatureState, Subject
from pointsbank.foundation import clock, periods
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.clock import FixedClock
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key, repeatable
from pointsbank.ledger import queries as ledger_queries
from pointsbank.market.sheets import goods as good_sheets
from pointsbank.people import sheets as roster_sheets
from pointsbank.people.models import Household
from pointsbank.places import services as places
from pointsbank.places.models import Place, PlaceKind
from pointsbank.sample import partner, table
from pointsbank.sample.life import SEED, Life
from pointsbank.sample.way import moment_of

FILES = ROOT / "sample"
MONTHS_FINISHED = 3
OPENED_DAYS_BEFORE = 10  # the first month: goods, names and cards come in while nobody has a point yet
CARDS_SHOWN = 3
EXPIRED_CARD = "帮工住着用的"
EXPIRED_DAYS_AFTER = 60  # of the opening: in every sample it lies in the past
FURTHER_CARDS = {7: "奶奶的", 21: "老二家的", 48: EXPIRED_CARD, 96: "老屋的"}  # by the household's serial
DEPUTIES = {
    7: ("罗秀珍", "隔壁邻居，老人腿脚不便"),
    35: ("刘洪斌", "侄儿，住镇上，赶场时帮着领"),
    96: ("冯小莉", "女儿，嫁在邻村"),
}
FILING_NUMBERS = {"qingxi": 3, "miaopo": 4}  # of the covenants, in the town's book

Progress = Callable[[str, float], None]  # what is being done, how much of the whole is done (0 to 1)

STAFF: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("qingxi", "文小琴", (Role.CLERK, Role.ADMINISTRATOR)),
    ("qingxi", "罗德福", (Role.SHOPKEEPER,)),
    ("qingxi", "陈光荣", (Role.GROUP_HEAD, Role.REVIEWER)),
    ("qingxi", "周绍云", (Role.COMMITTEE, Role.REVIEWER)),
    ("qingxi", "谢秀英", (Role.SUPERVISION,)),
    ("qingxi", "赖明亮", (Role.REVIEWER,)),
    ("qingxi", "何素芬", (Role.REVIEWER,)),
    ("qingxi", "唐国强", (Role.REVIEWER,)),
    ("qingxi", "彭永康", (Role.COMMITTEE,)),
    ("qingxi", "江文秀", (Role.SUPERVISION,)),
    ("qingxi", "龚学明", (Role.GROUP_HEAD,)),
    ("qingxi", partner.KEEPER, (Role.SHOPKEEPER,)),
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
    today = clock.day_of(moment)
    opening = _first_day(today) - timedelta(days=OPENED_DAYS_BEFORE)
    played = FixedClock(moment_of(opening, 9))
    with clock.using(played), repeatable(SEED):
        progress("建村", 0)
        town = _places()
        village = places.add_place(PlaceKind.VILLAGE, "qingxi", "清溪村", town, SYSTEM)
        community = places.add_place(PlaceKind.COMMUNITY, "miaopo", "庙坡社区", town, SYSTEM)
        sign_ins = _staff({place.code: place for place in (village, community, town)})
        for place in (village, community):
            progress(f"导入{place.name}的花名册、细则和商品", 0.05)
            _import_files(place, opening)
            cards.issue_cards(place, None, SYSTEM, new_key())
        table.publish(town.parent or town, village)
        _further_cards(village, opening)
        Life(village, played, moment, progress).play()
        sample_cards = _cards_with_pin(village)
    progress("样例村已装好", 1)
    return SignIns(sign_ins, sample_cards)


def _first_day(today: date) -> date:
    """Of the first finished month."""
    period = periods.period_of(today)
    for _ in range(MONTHS_FINISHED):
        period = periods.previous_period(period)
    return periods.days_of(period)[0]


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
    _adopt_covenant(place, opening)
    rules, goods = (FILES / "rules.xlsx").read_bytes(), (FILES / "goods.xlsx").read_bytes()
    rule_sheets.apply_import(place, rules, effective_on=opening, actor=SYSTEM, key=new_key())
    good_sheets.apply_import(place, goods, actor=SYSTEM, key=new_key())


def _adopt_covenant(place: Place, opening: date) -> None:
    """The program's own text, adopted in the weeks before the opening as law and custom have it."""

    def before(days: int) -> date:
        return opening - timedelta(days=days)

    households = session().scalar(select(func.count()).where(Household.village_id == place.id)) or 0
    present = households * 21 // 25
    version = covenant.begin_draft(place, SYSTEM, new_key(), standard=True)["version"]
    details = covenant.AdoptionDetails(
        proposed_on=before(48),
        consulted_on=before(41),
        deliberated_on=before(34),
        legal_reviewed_on=before(30),
        legal_reviewer="田湾镇司法所 邓平",
        resolved_on=before(20),
        resolution_published_on=before(19),
        filed_on=before(12),
        filing_number=f"田府约备〔{before(12).year}〕{FILING_NUMBERS[place.code]}号",
        result_published_on=before(5),
        meeting_kind=MeetingKind.HOUSEHOLDS,
        expected=households,
        present=present,
        in_favour=present - 9,
        against=3,
        abstained=6,
        signature_state=SignatureState.COMPLETE,
    )
    covenant.record_adoption(place, Subject.COVENANT, version, details, SYSTEM, new_key(), seen=0)
    covenant.adopt(place, opening, "户代表会议通过", SYSTEM, new_key(), seen=1)


def _further_cards(village: Place, opening: date) -> None:
    """A few households have a second card, one of them expired since, and a few let a neighbour collect for them."""
    query = select(Household.id).where(Household.village_id == village.id, Household.serial.in_(FURTHER_CARDS))
    for household_id, name in zip(
        session().scalars(query.order_by(Household.serial)).all(), FURTHER_CARDS.values(), strict=True
    ):
        added = cards.add_card(village, household_id, name, SYSTEM, new_key())
        if name == EXPIRED_CARD:
            last_day = opening + timedelta(days=EXPIRED_DAYS_AFTER)
            cards.edit_card(village, added["card"], name, last_day, SYSTEM)
    collected_for = select(Household.id).where(Household.village_id == village.id, Household.serial.in_(DEPUTIES))
    for household_id, (name, note) in zip(
        session().scalars(collected_for.order_by(Household.serial)).all(), DEPUTIES.values(), strict=True
    ):
        cards.add_deputy(village, household_id, name, note, SYSTEM, new_key())


def _cards_with_pin(village: Place) -> tuple[SampleCard, ...]:
    """The cards of those with most points get a PIN, so that the kiosk has something to show."""
    query = select(Household.id, Household.number, Household.head_name, Household.serial)
    households = session().execute(query.where(Household.village_id == village.id)).all()
    balances = ledger_queries.balances_of(village.id, [row.serial for row in households])
    richest = sorted(households, key=lambda row: (-balances[row.serial].spendable, row.serial))[:CARDS_SHOWN]
    made = []
    for row in richest:
        pin = _made_up_pin()
        card, *_ = card_queries.working_cards(village.id, row.id)
        cards.set_pin(village, card.id, pin, SYSTEM)
        made.append(SampleCard(row.number, row.head_name, card.number, pin))
    return tuple(made)


def _made_up_pin() -> str:
    """Six digits; the first two are two apart, so that it never is a run of equal or neighbouring digits."""
    first = secrets.randbelow(8)
    return f"{first}{first + 2}{secrets.randbelow(10**4):04d}"
