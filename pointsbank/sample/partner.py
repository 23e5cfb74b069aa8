"""The partner shop of the sample village: it redeems for the village, and last month is settled and paid."""

from datetime import date

from sqlalchemy import select

from pointsbank.access.models import Staff
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.identifiers import new_key
from pointsbank.fund import services as fund
from pointsbank.fund.models import EntryKind
from pointsbank.fund.services import EntryDraft
from pointsbank.market.models import Good
from pointsbank.market.queries import settlements as reads
from pointsbank.market.services import partners, settlements
from pointsbank.market.services.partners import PartnerDetails
from pointsbank.places.models import Place

SHOP = PartnerDetails("曾记副食店", "曾国强", "13800010203", pay_percent=95)
KEEPER = "曾小妹"  # who serves there
GOODS = ("食盐", "酱油", "香皂", "洗衣粉")


def begin(village: Place, clerk: Actor) -> int:
    """The shop at the other end of the village joins, with a few goods of the list; gives its serial."""
    serial: int = partners.add_partner(village, SHOP, clerk, new_key())["partner"]
    partners.add_partner_staff(village, serial, keeper(village).id, clerk, new_key())
    for good in goods(village):
        partners.set_partner_good(village, serial, good.serial, good.cost_fen, clerk, new_key())
    return serial


def keeper(village: Place) -> Staff:
    """Who serves at the partner's counter."""
    return session().scalars(select(Staff).where(Staff.home_id == village.id, Staff.name == KEEPER)).one()


def goods(village: Place) -> list[Good]:
    """What the partner gives, in the order of the list."""
    query = select(Good).where(Good.village_id == village.id, ~Good.is_service).order_by(Good.serial)
    return [good for good in session().scalars(query) if any(good.name.endswith(name) for name in GOODS)]


def settle(village: Place, partner: int, clerk: Actor, last_day: date, paid_on: date) -> None:
    """What was redeemed there up to a day is counted, signed and paid; nothing when nobody redeemed."""
    serial = settlements.open_settlement(village, partner, last_day, clerk, new_key())["settlement"]
    payable_fen = reads.account(reads.settlement(village.id, serial)).payable_fen
    if not payable_fen:
        return
    settlements.close_settlement(village, serial, payable_fen, clerk, new_key())
    settlements.sign_settlement(village, serial, SHOP.keeper, "周绍云", paid_on, clerk, new_key())
    number, purpose = f"记-{paid_on:%Y%m%d}-2", f"结算单 {serial} 号"
    line = EntryDraft(EntryKind.SETTLEMENT, payable_fen, paid_on, SHOP.name, purpose, number, paid_serial=serial)
    fund.record(village, line, clerk, new_key())
