"""A partner shop that redeems, through the services that people's acts go through."""

from pointsbank.access.models import Role, Staff
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import services as market
from pointsbank.market.models import Good
from pointsbank.market.services import partners
from pointsbank.market.services.partners import PartnerDetails
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.factories import make_staff


def make_partner(
    village: Place, *values: tuple[Good, int], pay_percent: int = 100, name: str = ""
) -> tuple[int, Staff]:
    """A partner shop that gives goods at agreed values in fen; gives its serial and who serves there."""
    details = PartnerDetails(name or "曾记副食店", "曾国强", pay_percent=pay_percent)
    serial: int = partners.add_partner(village, details, SYSTEM, new_key())["partner"]
    server = make_staff(village, Role.SHOPKEEPER, name="周小妹" if not name else f"{name}店员")
    partners.add_partner_staff(village, serial, server.id, SYSTEM, new_key())
    for good, value_fen in values:
        partners.set_partner_good(village, serial, good.serial, value_fen, SYSTEM, new_key())
    return serial, server


def redeem_at(village: Place, server: Staff, household: Household, good: Good, quantity: int) -> int:
    """Goods that a household takes home from the counter at which this person serves; gives the receipt's number."""
    total, key = good.points_price * quantity, new_key()
    lines = [(good.id, quantity)]
    done = market.redeem(village, household.id, lines, total, ConfirmBy.SIGNATURE, server.actor, key)
    serial: int = done["redemption"]
    return serial
