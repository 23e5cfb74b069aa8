"""Accepting gifts: money goes into the register, goods onto the shelves, each in the act that writes the receipt."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select

from pointsbank.audit import services as audit
from pointsbank.deeds import queries as deeds
from pointsbank.deeds import services as deed_services
from pointsbank.deeds.models import ClaimOrigin, ClaimState
from pointsbank.deeds.services import DeedDraft
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import FEN_MAX, format_yuan
from pointsbank.foundation.texts import clean_text
from pointsbank.fund.errors import (
    DeedGivenError,
    DonationCancelledError,
    DonorNotFoundError,
    NoDonorHouseholdError,
    SamePersonTwiceError,
    UnknownDonationError,
)
from pointsbank.fund.models import Donation, DonorKind, EntryKind, Gift
from pointsbank.fund.services import entries
from pointsbank.fund.services.entries import EntryDraft
from pointsbank.ledger import services as ledger
from pointsbank.market import services as market
from pointsbank.market.models import Good
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

NAME_LENGTH_MAX = 60
SIGNER_LENGTH_MAX = 40
WISH_LENGTH_MAX = 200
CONDITION_LENGTH_MAX = 100
GOODS_MAX = 40  # different goods in one donation
WHAT_LENGTH_MAX = 400
ACCEPT_ACTION = "donation.accept"
CANCEL_ACTION = "donation.cancel"
POINTS_ACTION = "donation.points"
# A claim in one of these states gave nothing, so that the household may be given points again.
_ENDED_WITHOUT = (ClaimState.CANCELLED, ClaimState.REJECTED, ClaimState.NOT_ACCEPTED)


@dataclass(frozen=True, slots=True)
class GivenGood:
    """Pieces of one good that were given. value_fen: of one piece, as appraised; None for the good's usual cost."""

    good_id: int
    quantity: int
    value_fen: int | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class DonationDraft:
    """A gift as it is to be accepted: amount_fen of money, else goods. household_id: a donor of the village."""

    donor_kind: DonorKind
    donor_name: str
    given_on: date
    accepted_by: str
    second_person: str
    amount_fen: int = 0
    goods: tuple[GivenGood, ...] = ()
    household_id: int | None = None
    anonymous: bool = False
    wish: str = ""
    condition: str = ""

    @property
    def gift(self) -> Gift:
        """Money or goods."""
        return Gift.GOODS if self.goods else Gift.MONEY


def accept(village: Place, draft: DonationDraft, actor: Actor, key: str) -> dict[str, Any]:
    """Accept a gift, once per key: its receipt, and the money in the register or the goods on the shelves.

    Gives {"donation": serial, "entry": its line or None, "delivery": its number or None, "value_fen"}. Raises
    InvalidInputError, SamePersonTwiceError, DonorNotFoundError, and what market.take_in raises.
    """
    draft = _cleaned(draft)

    def act() -> dict[str, Any]:
        lock_place(village.id)
        donation = _new_donation(village, draft, actor, key)
        take = _take_goods if draft.goods else _take_money
        take(village, donation, draft, actor, key)
        session().add(donation)
        session().flush()
        audit.record(village.id, actor, ACCEPT_ACTION, subject_of(donation.serial), in_words(donation))
        return {
            "donation": donation.serial,
            "entry": donation.entry_serial,
            "delivery": donation.delivery_serial,
            "value_fen": donation.value_fen,
        }

    content = {
        "donor": [draft.donor_kind.value, draft.donor_name, draft.household_id, draft.anonymous],
        "given_on": draft.given_on.isoformat(),
        "amount_fen": draft.amount_fen,
        "goods": [[one.good_id, one.quantity, one.value_fen, str(one.expires_on or "")] for one in draft.goods],
        "signed": [draft.accepted_by, draft.second_person],
        "words": [draft.wish, draft.condition],
    }
    return ledger.submit(village, key, ACCEPT_ACTION, content, actor, act)


def _cleaned(draft: DonationDraft) -> DonationDraft:
    """A draft as it is stored. Raises InvalidInputError, SamePersonTwiceError, DonorNotFoundError."""
    entries.check_day(draft.given_on, field="given_on")
    if not draft.goods and not 1 <= draft.amount_fen <= FEN_MAX:
        raise InvalidInputError(f"金额要大于 0，最多 {format_yuan(FEN_MAX)} 元。", field="amount")
    if len(draft.goods) > GOODS_MAX:
        raise InvalidInputError(f"一次最多登记 {GOODS_MAX} 样，请分几次办。")
    if (draft.donor_kind is DonorKind.HOUSEHOLD) != (draft.household_id is not None):
        raise DonorNotFoundError("本村住户捐的，请写户号或户主姓名；不是的，户号空着。", field="household")
    texts = {
        "donor_name": ("捐赠人", NAME_LENGTH_MAX, draft.household_id is None),
        "accepted_by": ("验收人", SIGNER_LENGTH_MAX, True),
        "second_person": ("第二个验收人", SIGNER_LENGTH_MAX, True),
        "wish": ("捐赠意愿", WISH_LENGTH_MAX, False),
        "condition": ("验收情况" if draft.goods else "收款方式", CONDITION_LENGTH_MAX, True),
    }
    cleaned: dict[str, Any] = {
        name: clean_text(getattr(draft, name), what=what, length_max=most, required=required, field=name)
        for name, (what, most, required) in texts.items()
    }
    draft = replace(draft, **cleaned)
    if draft.accepted_by == draft.second_person:
        raise SamePersonTwiceError("验收要两个人，请写另一个人的名字。", field="second_person")
    return draft


def _new_donation(village: Place, draft: DonationDraft, actor: Actor, key: str) -> Donation:
    """The next donation; the place is locked. Raises DonorNotFoundError, SamePersonTwiceError."""
    household = _donor_household(village.id, draft.household_id)
    donor_name = draft.donor_name or (household.head_name if household else "")
    for name in ("accepted_by", "second_person"):
        if getattr(draft, name) == donor_name:
            raise SamePersonTwiceError("捐赠人自己不能验收，请写别人的名字。", field=name)
    last = session().scalar(select(func.max(Donation.serial)).where(Donation.village_id == village.id)) or 0
    now = clock.now()
    return Donation(
        village_id=village.id,
        serial=last + 1,
        gift=draft.gift,
        donor_kind=draft.donor_kind,
        donor_name=donor_name,
        household=household,
        anonymous=draft.anonymous,
        wish=draft.wish,
        condition=draft.condition,
        given_on=draft.given_on,
        accepted_by=draft.accepted_by,
        second_person=draft.second_person,
        accepted_on=clock.day_of(now),
        accepted_at=now,
        actor=actor.key,
        submission_key=key,
    )


def _donor_household(village_id: int, household_id: int | None) -> Household | None:
    if household_id is None:
        return None
    household = session().scalar(
        select(Household).where(Household.id == household_id, Household.village_id == village_id)
    )
    if household is None or household.closed_on is not None:
        raise DonorNotFoundError("名册里没有这一户，或已经销户。请核对户号。", field="household")
    return household


def _take_money(village: Place, donation: Donation, draft: DonationDraft, actor: Actor, key: str) -> None:
    donation.value_fen, donation.what = draft.amount_fen, f"人民币 {money_in_words(draft.amount_fen)} 元"
    line = EntryDraft(
        EntryKind.DONATION, draft.amount_fen, draft.given_on, donation.public_name, f"第 {donation.serial} 号捐赠"
    )
    donation.entry_serial = entries.book(village, entries.cleaned(line), actor, key).serial


def _take_goods(village: Place, donation: Donation, draft: DonationDraft, actor: Actor, key: str) -> None:
    delivery = market.Delivery(
        origin=market.Origin.DONATION,
        source=f"{donation.public_name}捐赠（第 {donation.serial} 号）",
        received_on=draft.given_on,
        lines=tuple(market.Arrival(one.good_id, one.quantity, one.value_fen, one.expires_on) for one in draft.goods),
        second_receiver=draft.second_person,
        note=draft.condition,
    )
    taken = market.take_in(village, delivery, actor, key)
    if taken["cost_fen"] > FEN_MAX:
        raise InvalidInputError(f"折价合计最多 {format_yuan(FEN_MAX)} 元，请核对单价。")
    donation.delivery_serial, donation.value_fen = taken["delivery"], taken["cost_fen"]
    donation.what = _goods_in_words(draft.goods)


def _goods_in_words(goods: tuple[GivenGood, ...]) -> str:
    """What was given, as on a receipt: 大米 5kg/袋×20、菜籽油 5L/桶×10; a long list ends with how many kinds."""
    named = {good.id: good for good in session().scalars(select(Good).where(Good.id.in_({g.good_id for g in goods})))}
    parts: list[str] = []
    for one in goods:
        part = f"{named[one.good_id].title}×{one.quantity}"
        if len("、".join([*parts, part])) > WHAT_LENGTH_MAX - 20:
            return f"{'、'.join(parts)}等 {len(goods)} 样"
        parts.append(part)
    return "、".join(parts)


def money_in_words(fen: int) -> str:
    """Yuan without a needless fraction: 500, 12.50."""
    return f"{fen // 100:,}" if fen % 100 == 0 else f"{fen // 100:,}.{fen % 100:02d}"


# --- what is answered later -------------------------------------------------------------------------------------------


def answer_wish(village: Place, serial: int, heeded: bool, note: str, actor: Actor) -> None:
    """Say whether the donor's wish was followed, and how; what was said before stands in the trail.

    Raises UnknownDonationError, DonationCancelledError, InvalidInputError.
    """
    note = clean_text(note, what="落实情况", length_max=WISH_LENGTH_MAX, required=not heeded, field="wish_note")
    with transaction():
        donation = locked(village.id, serial)
        if not donation.wish:
            raise InvalidInputError("捐赠人没有提意愿，不用登记落实情况。")
        donation.wish_heeded, donation.wish_note = heeded, note
        told = f"{'已按意愿' if heeded else '没有按意愿'}：{note}"
        audit.record(village.id, actor, "donation.wish", subject_of(serial), told)


def give_points(
    village: Place,
    serial: int,
    rule_code: str,
    quantity: int,
    actor: Actor,
    key: str,
    *,
    resident_id: int | None = None,
    late_reason: str = "",
) -> dict[str, Any]:
    """Record the donation of a village's household as a deed by one of its rules: once, kept on the donation.

    quantity: hundredths of the rule's unit. The claim goes the rule's own way. Gives what deeds.record gives. Raises
    UnknownDonationError, DonationCancelledError, NoDonorHouseholdError, DeedGivenError, and what deeds.record raises.
    """

    def act() -> dict[str, Any]:
        donation = locked(village.id, serial)
        if donation.household_id is None:
            raise NoDonorHouseholdError
        refuse_given(village.id, donation)
        draft = DeedDraft(
            donation.household_id,
            rule_code,
            quantity,
            donation.given_on,
            resident_id,
            note=f"第 {serial} 号捐赠：{donation.what}"[: deed_services.NOTE_LENGTH_MAX],
            event_name=f"第 {serial} 号捐赠",
            late_reason=late_reason,
        )
        claim = deed_services.record(village, draft, actor, f"{key}-deed", ClaimOrigin.SINGLE)
        donation.claim_serial = claim["claim"]
        audit.record(village.id, actor, POINTS_ACTION, subject_of(serial), points_words(claim["claim"]))
        return claim

    content = {
        "donation": serial,
        "rule": rule_code,
        "quantity": quantity,
        "resident": resident_id,
        "late_reason": late_reason,
    }
    return ledger.submit(village, key, "donation.points", content, actor, act)


def refuse_given(village_id: int, donation: Donation) -> None:
    """Raises DeedGivenError while a claim for this donation stands."""
    if donation.claim_serial is None:
        return
    claim = deeds.claim(village_id, donation.claim_serial)
    if claim.state not in _ENDED_WITHOUT:
        raise DeedGivenError(f"这一号捐赠已经给这户记过分（第 {claim.serial} 笔申报）。要改，请先撤销那一笔。")


def cancel(village: Place, serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Cancel a donation that was entered by mistake: its money is reversed, its goods are corrected in the shop.

    Gives {"entry": the line that reverses its money or None}. Raises UnknownDonationError, DonationCancelledError,
    DeedGivenError while points for it stand, NotEnoughMoneyError when the money was spent since.
    """
    reason = entries.clean_reason(reason)

    def act() -> dict[str, Any]:
        donation = locked(village.id, serial)
        refuse_given(village.id, donation)
        undoing = None
        if donation.entry_serial is not None:
            original = entries.locked_entry(village.id, donation.entry_serial)
            undoing = entries.undo(village, original, reason, actor, key).serial
        donation.cancelled_at, donation.cancelled_by, donation.cancel_reason = clock.now(), actor.key, reason
        audit.record(village.id, actor, CANCEL_ACTION, subject_of(serial), reason)
        return {"entry": undoing}

    return ledger.submit(village, key, CANCEL_ACTION, {"donation": serial, "reason": reason}, actor, act)


def locked(village_id: int, serial: int) -> Donation:
    """A donation that stands, locked. Raises UnknownDonationError, DonationCancelledError."""
    donation = session().scalar(
        select(Donation)
        .where(Donation.village_id == village_id, Donation.serial == serial)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if donation is None:
        raise UnknownDonationError
    if donation.cancelled_at is not None:
        raise DonationCancelledError
    return donation


def subject_of(serial: int) -> str:
    """What the trail calls a donation."""
    return f"donation:{serial}"


def points_words(claim_serial: int) -> str:
    """What the trail says of points that were asked for a donation. One function for writer and verifier."""
    return f"申报第 {claim_serial} 笔"


def in_words(donation: Donation) -> str:
    """What the trail keeps of a donation as it was accepted. One function for writer and verifier."""
    return "；".join(
        (
            f"{donation.donor_kind.value} {donation.donor_name}{'（匿名）' if donation.anonymous else ''}"
            + (f"，第 {donation.household.serial} 户" if donation.household else ""),
            f"{donation.what}，{format_yuan(donation.value_fen)} 元，{donation.given_on.isoformat()}",
            f"{donation.condition}，{donation.accepted_by}、{donation.second_person}验收",
            f"意愿：{donation.wish}",
        )
    )
