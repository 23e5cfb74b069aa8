"""A partner shop gives from its own shelves, at the same price and limits, what was agreed with it and nothing else."""

import pytest
from flask import Flask

from pointsbank.access import services as access
from pointsbank.access.models import Role, Staff
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries, services
from pointsbank.market.errors import HouseholdLimitError, NotAtPartnerError, PartnerClosedError, PartnerStaffError
from pointsbank.market.models import Good
from pointsbank.market.services import partners
from pointsbank.market.verification import problems
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from tests.conftest import both_databases, sqlite_is_enough
from tests.factories import make_good, make_household, make_points, make_staff, make_village, redeem_now
from tests.partners import make_partner, redeem_at

pytestmark = both_databases


@pytest.fixture
def village(app: Flask) -> Place:
    return make_village()


@pytest.fixture
def household(village: Place) -> Household:
    found = make_household(village)
    make_points(village, found, 100_000)
    return found


@pytest.fixture
def soap(village: Place) -> Good:
    return make_good(village, "香皂", price=1_000, on_hand=2, limit=(5, Span.MONTH))


@pytest.fixture
def server(village: Place, soap: Good) -> Staff:
    return make_partner(village, (soap, 450))[1]


def test_a_partners_goods_leave_the_villages_stock_alone(
    village: Place, household: Household, soap: Good, server: Staff
) -> None:
    receipt = redeem_at(village, server, household, soap, 4)
    session().rollback()
    redemption = queries.redemption(village.id, receipt)
    assert redemption.partner is not None
    assert redemption.partner.name == "曾记副食店"
    assert [line.value_fen for line in redemption.lines] == [450]
    assert queries.good(village.id, soap.serial).on_hand == 2
    assert ledger.balances(village.id, household.serial).spendable == 96_000
    services.return_goods(village, receipt, 1, 1, "买错了", server.actor, new_key())
    assert queries.good(village.id, soap.serial).on_hand == 2
    other = redeem_at(village, server, household, soap, 1)
    services.void(village, other, "办错了", server.actor, new_key())
    assert ledger.balances(village.id, household.serial).spendable == 97_000
    assert problems(village) == []


@sqlite_is_enough
def test_limits_hold_over_both_counters(village: Place, household: Household, soap: Good, server: Staff) -> None:
    redeem_now(village, household, soap, 2)
    with pytest.raises(HouseholdLimitError):
        redeem_at(village, server, household, soap, 4)
    redeem_at(village, server, household, soap, 3)


@sqlite_is_enough
def test_a_partner_gives_only_what_was_agreed(village: Place, household: Household, soap: Good, server: Staff) -> None:
    rice = make_good(village, "大米")
    with pytest.raises(NotAtPartnerError, match="大米"):
        redeem_at(village, server, household, rice, 1)
    partners.end_partner_good(village, 1, soap.serial, SYSTEM, new_key())
    with pytest.raises(NotAtPartnerError, match="香皂"):
        redeem_at(village, server, household, soap, 1)
    assert ledger.balances(village.id, household.serial).spendable == 100_000


@sqlite_is_enough
def test_a_partner_has_nothing_to_do_with_the_villages_orders_and_receipts(
    village: Place, household: Household, soap: Good, server: Staff
) -> None:
    order = services.place_order(village, household.id, [(soap.id, 1)], 1_000, SYSTEM, new_key())["order"]
    with pytest.raises(NotAtPartnerError, match="爱心超市"):
        services.hand_over(village, order, ConfirmBy.SIGNATURE, server.actor, new_key())
    receipt = redeem_now(village, household, soap, 1)
    with pytest.raises(NotAtPartnerError, match="不是您店里换的"):
        services.return_goods(village, receipt, 1, 1, "不要了", server.actor, new_key())
    with pytest.raises(NotAtPartnerError):
        services.void(village, receipt, "不要了", server.actor, new_key())


@sqlite_is_enough
def test_a_paused_or_closed_partner_redeems_nothing(
    village: Place, household: Household, soap: Good, server: Staff
) -> None:
    paused = partners.PartnerDetails("曾记副食店", "曾国强", active=False)
    partners.change_partner(village, 1, paused, 1, SYSTEM, new_key())
    with pytest.raises(PartnerClosedError, match="暂停兑换"):
        redeem_at(village, server, household, soap, 1)
    partners.close_partner(village, 1, "店主搬走", SYSTEM, new_key())
    with pytest.raises(PartnerClosedError, match="不再合作"):
        partners.set_partner_good(village, 1, soap.serial, 500, SYSTEM, new_key())


@sqlite_is_enough
def test_who_became_the_villages_clerk_since_hands_out_from_the_villages_shelf(
    village: Place, household: Household, soap: Good, server: Staff
) -> None:
    access.change_roles(server, village, [Role.SHOPKEEPER, Role.CLERK], SYSTEM)
    receipt = redeem_at(village, server, household, soap, 1)
    session().rollback()
    assert queries.redemption(village.id, receipt).partner is None
    assert queries.good(village.id, soap.serial).on_hand == 1


@sqlite_is_enough
def test_who_has_another_task_in_the_village_does_not_serve_for_a_partner(village: Place, server: Staff) -> None:
    both = make_staff(village, Role.SHOPKEEPER, Role.COMMITTEE, name="罗书记")
    with pytest.raises(PartnerStaffError, match="别的岗位"):
        partners.add_partner_staff(village, 1, both.id, SYSTEM, new_key())
    with pytest.raises(PartnerStaffError, match="已经登记"):
        partners.add_partner_staff(village, 1, server.id, SYSTEM, new_key())
    stranger = make_staff(make_village("miaopo", name="庙坡村"), Role.SHOPKEEPER, name="外村人")
    with pytest.raises(NotFoundError):
        partners.add_partner_staff(village, 1, stranger.id, SYSTEM, new_key())
