"""The money of the sample village: what came, what was bought, who gave, and what the town was asked for."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.fund import queries, services
from pointsbank.fund.models import DonorKind, EntryKind, SubsidyState
from pointsbank.fund.services import DonationDraft, EntryDraft, GivenGood
from pointsbank.fund.services.subsidies import redeemed_in
from pointsbank.ledger import queries as ledger
from pointsbank.market.models import Good
from pointsbank.people.models import Household
from pointsbank.places.models import Place

GIVING_DAYS = (6, 18)  # of each month somebody gives
ANSWER_DAYS = 45  # the town's money comes so long after it was asked for: the newest application still waits
SHOP = "田湾镇供销合作社"
CARRIED_OVER_FEN, SEED_FEN, PARTY_FEN = 83_250, 4_000_000, 300_000

_GIFT = DonationDraft(DonorKind.COMPANY, "", date.min, "文小琴", "周绍云", condition="转账")
_OF_HOUSEHOLD = replace(_GIFT, donor_kind=DonorKind.HOUSEHOLD, condition="现金")
GIFTS = (  # in the order of the days
    replace(_GIFT, donor_name="川南粮油有限责任公司", amount_fen=300_000, wish="优先给独居老人和残疾人家庭"),
    replace(_OF_HOUSEHOLD, condition="完好，在保质期内"),  # goods
    replace(
        _GIFT,
        donor_kind=DonorKind.PERSON,
        donor_name="一位外出乡亲",
        amount_fen=20_000,
        anonymous=True,
        condition="现金",
    ),
    replace(_OF_HOUSEHOLD, amount_fen=50_000),
    replace(_GIFT, donor_kind=DonorKind.UNIT, donor_name="田湾镇卫生院", amount_fen=100_000),
)
DONOR_SERIALS = (31, 58)  # the households that give, one after the other
GOODS_GIVEN, PIECES_GIVEN = 2, 10


def begin(village: Place, clerk: Actor, day: date) -> None:
    """The register begins with what was there, and with what town and party gave."""
    for kind, amount_fen, source, purpose in (
        (EntryKind.OPENING, CARRIED_OVER_FEN, village.name, "上年结余转入"),
        (EntryKind.SEED, SEED_FEN, "田湾镇人民政府", "镇政府拨付爱心超市启动资金"),
        (EntryKind.PARTY, PARTY_FEN, f"{village.name}党支部", "党组织活动经费支持爱心超市"),
    ):
        services.record(village, EntryDraft(kind, amount_fen, day, source, purpose), clerk, new_key())


def pay(village: Place, clerk: Actor, day: date, cost_fen: int, purchase: int | None = None, *, newest: bool) -> None:
    """What came is paid for; of the newest delivery the town's number is still to come."""
    number, purpose = "" if newest else f"记-{day:%Y%m%d}", "爱心超市进货"
    line = EntryDraft(EntryKind.PURCHASE, cost_fen, day, SHOP, purpose, number, newest, purchase)
    services.record(village, line, clerk, new_key())


def give(village: Place, clerk: Actor, day: date) -> None:
    """The next gift of the list; none when all have given."""
    number = queries.gift_sums(village.id).donations
    if number >= len(GIFTS):
        return
    gift = replace(GIFTS[number], given_on=day)
    if gift.donor_kind is DonorKind.HOUSEHOLD:
        earlier = sum(one.donor_kind is DonorKind.HOUSEHOLD for one in GIFTS[:number])
        gift = replace(gift, household_id=_household_id(village.id, DONOR_SERIALS[earlier]))
    if not gift.amount_fen:
        gift = replace(gift, goods=_goods(village.id))
    serial = services.accept(village, gift, clerk, new_key())["donation"]
    if gift.wish:
        services.answer_wish(village, serial, True, "给 12 户独居老人和残疾人家庭送了米和油", clerk)


def ask_the_town(village: Place, clerk: Actor, period: str) -> None:
    """A month was closed: what was redeemed in it is applied for."""
    if ledger.spent_in(village.id, period, period) > 0:
        amount_fen = redeemed_in(village.id, period, period)[2]
        services.apply_for(village, period, period, amount_fen, clerk, new_key())


def hear_from_the_town(village: Place, clerk: Actor, day: date) -> None:
    """What was asked for long enough ago comes, with the town's number."""
    for subsidy in queries.subsidies(village.id):
        if subsidy.state is SubsidyState.APPLIED and subsidy.applied_on + timedelta(days=ANSWER_DAYS) == day:
            number = f"记-{day:%Y%m%d}"
            services.receive(village, subsidy.serial, subsidy.amount_fen, day, number, "", clerk, new_key())


def _household_id(village_id: int, serial: int) -> int:
    query = select(Household.id).where(Household.village_id == village_id, Household.serial == serial)
    return session().scalars(query).one()


def _goods(village_id: int) -> tuple[GivenGood, ...]:
    query = select(Good.id).where(Good.village_id == village_id, ~Good.is_service).order_by(Good.serial)
    return tuple(GivenGood(good_id, PIECES_GIVEN) for good_id in session().scalars(query.limit(GOODS_GIVEN)))
