"""Partner shops: the list, one of them, who serves there and what it gives."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from pointsbank.access.models import Role, RoleHeld, Staff
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market.models import Good, PartnerGood, PartnerShop, PartnerStaff
from pointsbank.market.services.partners import NOT_FOUND


def partners(village_id: int) -> Sequence[PartnerShop]:
    """All partner shops, those that still are first; there are at most services.partners.PARTNERS_MAX."""
    query = select(PartnerShop).where(PartnerShop.village_id == village_id)
    return session().scalars(query.order_by(PartnerShop.closed_at.is_not(None), PartnerShop.serial)).all()


def partner(village_id: int, serial: int) -> PartnerShop:
    """A partner shop. Raises NotFoundError."""
    found = session().scalar(
        select(PartnerShop).where(PartnerShop.village_id == village_id, PartnerShop.serial == serial)
    )
    if found is None:
        raise NotFoundError(NOT_FOUND)
    return found


def partner_staff(partner_id: int) -> Sequence[PartnerStaff]:
    """Who serves there now, in the order in which they began."""
    query = (
        select(PartnerStaff)
        .where(PartnerStaff.partner_id == partner_id, PartnerStaff.closed_at.is_(None))
        .options(joinedload(PartnerStaff.staff))
        .order_by(PartnerStaff.since, PartnerStaff.id)
    )
    return session().scalars(query).all()


def serving_candidates(village_id: int) -> Sequence[Staff]:
    """Shopkeepers of the village without another role there, who serve at no partner yet, by serial."""
    roles = select(RoleHeld.staff_id).where(RoleHeld.place_id == village_id, RoleHeld.closed_at.is_(None))
    serving = select(PartnerStaff.staff_id).where(
        PartnerStaff.village_id == village_id, PartnerStaff.closed_at.is_(None)
    )
    query = select(Staff).where(
        Staff.id.in_(roles.where(RoleHeld.role == Role.SHOPKEEPER)),
        Staff.id.not_in(roles.where(RoleHeld.role != Role.SHOPKEEPER)),
        Staff.id.not_in(serving),
    )
    return session().scalars(query.order_by(Staff.home_id, Staff.serial)).all()


def partner_goods(partner_id: int) -> Sequence[PartnerGood]:
    """What it gives now, with the agreed values, by the good's serial."""
    query = (
        select(PartnerGood)
        .join(Good, Good.id == PartnerGood.good_id)
        .where(PartnerGood.partner_id == partner_id, PartnerGood.closed_at.is_(None))
        .options(joinedload(PartnerGood.good))
        .order_by(Good.serial)
    )
    return session().scalars(query).all()


def given_goods(partner_id: int, *, limit: int) -> Sequence[Good]:
    """Goods on offer that a partner gives, for its counter, by serial."""
    query = (
        select(Good)
        .join(PartnerGood, PartnerGood.good_id == Good.id)
        .where(PartnerGood.partner_id == partner_id, PartnerGood.closed_at.is_(None), Good.offered)
        .order_by(Good.serial)
    )
    return session().scalars(query.limit(limit)).all()


def is_partner_staff(village_id: int, staff_id: int) -> bool:
    """Whether a person serves at a partner's counter and not at the village's own."""
    query = select(PartnerStaff.id).where(
        PartnerStaff.village_id == village_id, PartnerStaff.staff_id == staff_id, PartnerStaff.closed_at.is_(None)
    )
    return session().scalar(query) is not None
