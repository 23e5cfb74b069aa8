"""Partner shops: who they are, who serves there, what they give and at which value.

What their people hand out comes from their own shelves: the village's stock does not move.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update

from pointsbank.access.models import Role, RoleHeld, Staff
from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor, ActorKind
from pointsbank.foundation.database import session, table_of
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.points import FEN_MAX
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market.errors import (
    ChangedMeanwhileError,
    NotAtPartnerError,
    PartnerClosedError,
    PartnerStaffError,
)
from pointsbank.market.models import Good, PartnerGood, PartnerShop, PartnerStaff, Redemption
from pointsbank.market.models.partners import PAY_PERCENT_MAX
from pointsbank.market.settling import GOOD_ACTION, value_words
from pointsbank.people.services.values import clean_phone
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

NAME_LENGTH_MAX = 60
KEEPER_LENGTH_MAX = 40
REASON_LENGTH_MAX = 200
PARTNERS_MAX = 50  # of one village; a village has one to three
PAUSED = "，暂停兑换"
NOT_FOUND = "没有这家合作商店，请返回列表。"


@dataclass(frozen=True, slots=True)
class PartnerDetails:
    """What is agreed with a shop. pay_percent: of the agreed value; active: whether it redeems now."""

    name: str
    keeper: str
    phone: str = ""
    pay_percent: int = 100
    active: bool = True


# --- at the counter ---

OFFICE = frozenset({Role.CLERK, Role.ADMINISTRATOR})  # who has one of these since keeps the village's own shop

_shops, _serving, _roles_held = table_of(PartnerShop), table_of(PartnerStaff), table_of(RoleHeld)
_IN_OFFICE = (
    select(_roles_held.c.id)
    .where(
        _roles_held.c.staff_id == _serving.c.staff_id,
        _roles_held.c.place_id == _serving.c.village_id,
        _roles_held.c.role.in_(OFFICE),
        _roles_held.c.closed_at.is_(None),
    )
    .exists()
)
_WHOSE = (
    select(_shops.c.id, _shops.c.serial, _shops.c.name, _shops.c.active)
    .join(_serving, _serving.c.partner_id == _shops.c.id)
    .where(
        _serving.c.village_id == bindparam("village"),
        _serving.c.staff_id == bindparam("staff"),
        _serving.c.closed_at.is_(None),
        ~_IN_OFFICE,
    )
)


@dataclass(frozen=True, slots=True)
class PartnerCounter:
    """A partner's counter, and the value in fen agreed for one piece of what it gives, by the good's id."""

    id: int
    serial: int
    name: str
    active: bool
    values: Mapping[int, int]

    def check(self, good: Good) -> None:
        """Raises NotAtPartnerError for a good that this shop does not give."""
        if good.id not in self.values:
            raise NotAtPartnerError(f"“{good.title}”在{self.name}换不了，积分没有动。请到爱心超市换，或换一样。")


def partner_counter(village_id: int, actor: Actor) -> PartnerCounter | None:
    """The partner's counter at which a person serves; None for everybody else, and for kiosks and commands."""
    if actor.kind is not ActorKind.STAFF or actor.id is None:
        return None
    connection = session().connection()
    found = connection.execute(_WHOSE, {"village": village_id, "staff": actor.id}).first()
    if found is None:
        return None
    values = session().execute(
        select(PartnerGood.good_id, PartnerGood.value_fen).where(
            PartnerGood.partner_id == found.id, PartnerGood.closed_at.is_(None)
        )
    )
    return PartnerCounter(
        found.id, found.serial, found.name, found.active, {row.good_id: row.value_fen for row in values}
    )


def redeeming_partner(village_id: int, actor: Actor) -> PartnerCounter | None:
    """The partner that hands out when this person does. Raises PartnerClosedError while it does not redeem."""
    counter = partner_counter(village_id, actor)
    if counter is not None and not counter.active:
        raise PartnerClosedError(f"{counter.name}现在暂停兑换，积分没有动。请到爱心超市换，或找文书恢复。")
    return counter


def check_own_counter(village_id: int, actor: Actor) -> None:
    """What was put aside lies in the village's own shop. Raises NotAtPartnerError for a partner's people."""
    if partner_counter(village_id, actor) is not None:
        raise NotAtPartnerError("这张单子的东西留在爱心超市，要到那里领，合作商店交不了。")


def check_may_undo(village_id: int, redemption: Redemption, actor: Actor) -> None:
    """A partner's people take back only what their shop handed out. Raises NotAtPartnerError."""
    counter = partner_counter(village_id, actor)
    if counter is not None and redemption.partner_id != counter.id:
        raise NotAtPartnerError("这张小票不是您店里换的，不能在这里退。请到当时换的地方退，或找文书。")


# --- the shop ---


def add_partner(village: Place, details: PartnerDetails, actor: Actor, key: str) -> dict[str, Any]:
    """Take up a partner shop. Gives {"partner": serial}. Raises InvalidInputError."""
    details = _cleaned(details)

    def act() -> dict[str, Any]:
        lock_place(village.id)
        current = session()
        newest = current.scalar(select(func.max(PartnerShop.serial)).where(PartnerShop.village_id == village.id)) or 0
        if newest >= PARTNERS_MAX:
            raise InvalidInputError(f"最多登记 {PARTNERS_MAX} 家合作商店。")
        partner = PartnerShop(
            village_id=village.id, serial=newest + 1, since=clock.now(), actor=actor.key, **asdict(details)
        )
        current.add(partner)
        _note(village, actor, "add", partner, agreement_words(details))
        return {"partner": partner.serial}

    return ledger.submit(village, key, "market.partner.add", asdict(details), actor, act)


def change_partner(
    village: Place, serial: int, details: PartnerDetails, revision_seen: int, actor: Actor, key: str
) -> dict[str, Any]:
    """Change what is agreed, from the next settlement on. Gives {"partner": serial}.

    Raises NotFoundError, PartnerClosedError, ChangedMeanwhileError, InvalidInputError.
    """
    details = _cleaned(details)

    def act() -> dict[str, Any]:
        partner = locked_partner(village.id, serial, open_only=True)
        if partner.revision != revision_seen:
            raise ChangedMeanwhileError("这家店的资料刚刚被别人改过，您看到的是以前的。请刷新后再改。")
        for name, value in asdict(details).items():
            setattr(partner, name, value)
        partner.revision += 1
        _note(village, actor, "change", partner, agreement_words(details))
        return {"partner": serial}

    content = {"partner": serial, "revision": revision_seen, **asdict(details)}
    return ledger.submit(village, key, "market.partner.change", content, actor, act)


def close_partner(village: Place, serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """End the agreement: nobody redeems there any more; what is unsettled can still be settled.

    Gives {"partner": serial}. Raises NotFoundError, PartnerClosedError, InvalidInputError for a missing reason.
    """
    reason = clean_text(reason, what="原因", length_max=REASON_LENGTH_MAX, required=True, field="reason")

    def act() -> dict[str, Any]:
        partner = locked_partner(village.id, serial, open_only=True)
        partner.closed_at, partner.active = clock.now(), False
        partner.revision += 1
        for rows in (PartnerStaff, PartnerGood):
            still_open = (rows.partner_id == partner.id, rows.closed_at.is_(None))
            session().execute(update(rows).where(*still_open).values(closed_at=partner.closed_at))
        _note(village, actor, "close", partner, reason)
        return {"partner": serial}

    content = {"partner": serial, "reason": reason}
    return ledger.submit(village, key, "market.partner.close", content, actor, act)


def _cleaned(details: PartnerDetails) -> PartnerDetails:
    if not 1 <= details.pay_percent <= PAY_PERCENT_MAX:
        raise InvalidInputError(f"结算比例要在 1 到 {PAY_PERCENT_MAX} 之间。", field="pay_percent")
    return PartnerDetails(
        name=clean_text(details.name, what="店名", length_max=NAME_LENGTH_MAX, required=True, field="name"),
        keeper=clean_text(details.keeper, what="店主", length_max=KEEPER_LENGTH_MAX, required=True, field="keeper"),
        phone=clean_phone(details.phone),
        pay_percent=details.pay_percent,
        active=details.active,
    )


def agreement_words(agreed: PartnerDetails | PartnerShop) -> str:
    """What the trail says of an agreement. One function for writer and verifier."""
    return f"{agreed.name}，店主{agreed.keeper}，结算比例 {agreed.pay_percent}%{'' if agreed.active else PAUSED}"


# --- who serves there ---


def add_partner_staff(village: Place, serial: int, staff_id: int, actor: Actor, key: str) -> dict[str, Any]:
    """From now on what this person hands out is the partner's. Gives {"partner": serial}.

    Raises NotFoundError, PartnerClosedError, PartnerStaffError for somebody with another task in the village.
    """

    def act() -> dict[str, Any]:
        lock_place(village.id)
        partner = locked_partner(village.id, serial, open_only=True)
        staff, roles = _roles(village.id, staff_id)
        if roles != {Role.SHOPKEEPER}:
            raise PartnerStaffError(
                f"{staff.name}还有别的岗位。在合作商店收银的人，岗位只能有“超市管理员”一个：不能自己管自己。",
                field="staff",
            )
        current = session()
        serving = current.scalar(
            select(PartnerStaff).where(
                PartnerStaff.village_id == village.id,
                PartnerStaff.staff_id == staff_id,
                PartnerStaff.closed_at.is_(None),
            )
        )
        if serving is not None:
            raise PartnerStaffError(f"{staff.name}已经登记在一家合作商店了。先从那家去掉，再加到这里。", field="staff")
        current.add(
            PartnerStaff(
                village_id=village.id, partner_id=partner.id, staff_id=staff_id, since=clock.now(), actor=actor.key
            )
        )
        _note(village, actor, "staff", partner, staff.name)
        return {"partner": serial}

    content = {"partner": serial, "staff": str(staff_id)}
    return ledger.submit(village, key, "market.partner.staff", content, actor, act)


def end_partner_staff(village: Place, serial: int, staff_id: int, actor: Actor, key: str) -> dict[str, Any]:
    """This person does not serve there any more, and is the village's shopkeeper again if the role is kept.

    Gives {"partner": serial}. Raises NotFoundError, PartnerClosedError.
    """

    def act() -> dict[str, Any]:
        partner = locked_partner(village.id, serial, open_only=True)
        row = session().scalar(
            select(PartnerStaff).where(
                PartnerStaff.partner_id == partner.id,
                PartnerStaff.staff_id == staff_id,
                PartnerStaff.closed_at.is_(None),
            )
        )
        if row is None:
            raise NotFoundError("这家店没有登记这个人，请刷新页面。")
        row.closed_at = clock.now()
        _note(village, actor, "end_staff", partner, row.staff.name)
        return {"partner": serial}

    content = {"partner": serial, "staff": str(staff_id)}
    return ledger.submit(village, key, "market.partner.end_staff", content, actor, act)


def _roles(village_id: int, staff_id: int) -> tuple[Staff, set[Role]]:
    """A person with a role at a village. Raises NotFoundError for anybody else."""
    roles = set(
        session().scalars(
            select(RoleHeld.role).where(
                RoleHeld.staff_id == staff_id, RoleHeld.place_id == village_id, RoleHeld.closed_at.is_(None)
            )
        )
    )
    if not roles:
        raise NotFoundError("本村没有这位工作人员，请先在“工作人员”里添加。", field="staff")
    return session().get_one(Staff, staff_id), roles


# --- what it gives ---


def set_partner_good(
    village: Place, serial: int, good_serial: int, value_fen: int, actor: Actor, key: str
) -> dict[str, Any]:
    """Let the partner give a good at this value for one piece, from now on; what was redeemed keeps its value.

    Gives {"partner": serial, "good": serial}. Raises NotFoundError, PartnerClosedError, InvalidInputError.
    """
    if not 1 <= value_fen <= FEN_MAX:
        raise InvalidInputError(f"约定价值要在 0.01 到 {FEN_MAX // 100:,} 元之间。", field="value")

    def act() -> dict[str, Any]:
        partner = locked_partner(village.id, serial, open_only=True)
        current = session()
        good = current.scalar(select(Good).where(Good.village_id == village.id, Good.serial == good_serial))
        if good is None:
            raise NotFoundError("没有这样商品，请重新选择。", field="good")
        row = _given(partner, good.id)
        if row is not None:
            row.closed_at = clock.now()
            current.flush()
        current.add(
            PartnerGood(
                village_id=village.id,
                partner_id=partner.id,
                good_id=good.id,
                value_fen=value_fen,
                since=clock.now(),
                actor=actor.key,
            )
        )
        audit.record(village.id, actor, GOOD_ACTION, f"partner:{serial}", value_words(good_serial, value_fen))
        return {"partner": serial, "good": good_serial}

    content = {"partner": serial, "good": good_serial, "value_fen": value_fen}
    return ledger.submit(village, key, "market.partner.good", content, actor, act)


def end_partner_good(village: Place, serial: int, good_serial: int, actor: Actor, key: str) -> dict[str, Any]:
    """The partner does not give this good any more. Gives {"partner": serial, "good": serial}.

    Raises NotFoundError, PartnerClosedError.
    """

    def act() -> dict[str, Any]:
        partner = locked_partner(village.id, serial, open_only=True)
        good = session().scalar(select(Good).where(Good.village_id == village.id, Good.serial == good_serial))
        row = _given(partner, good.id) if good else None
        if good is None or row is None:
            raise NotFoundError("这家店没有登记这样东西，请刷新页面。")
        row.closed_at = clock.now()
        _note(village, actor, "end_good", partner, good.title)
        return {"partner": serial, "good": good_serial}

    content = {"partner": serial, "good": good_serial}
    return ledger.submit(village, key, "market.partner.end_good", content, actor, act)


def _given(partner: PartnerShop, good_id: int) -> PartnerGood | None:
    return session().scalar(
        select(PartnerGood).where(
            PartnerGood.partner_id == partner.id, PartnerGood.good_id == good_id, PartnerGood.closed_at.is_(None)
        )
    )


def locked_partner(village_id: int, serial: int, *, open_only: bool = False) -> PartnerShop:
    """A partner shop of a village, locked. Raises NotFoundError; PartnerClosedError where only an open one will do."""
    partner = session().scalar(
        select(PartnerShop)
        .where(PartnerShop.village_id == village_id, PartnerShop.serial == serial)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if partner is None:
        raise NotFoundError(NOT_FOUND)
    if open_only and partner.closed_at is not None:
        raise PartnerClosedError(f"{partner.name}已经不再合作，资料不能再改。又合作了，请新登记一家。")
    return partner


def _note(village: Place, actor: Actor, verb: str, partner: PartnerShop, text: str) -> None:
    audit.record(village.id, actor, f"partner.{verb}", f"partner:{partner.serial}", text)
