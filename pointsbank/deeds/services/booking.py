"""From claim to ledger: the transfer of a claim, what its rule does besides, and booking what nobody objected to."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from pointsbank.audit import services as audit
from pointsbank.covenant.models import Effect, Rule, Track
from pointsbank.deeds.errors import DeedRefusedError, NoticeRunsError
from pointsbank.deeds.models import Claim, ClaimState, Notice, NoticeState, Suspension
from pointsbank.deeds.services.cadres import honours_only
from pointsbank.deeds.services.moves import Move, locked, move_all
from pointsbank.deeds.services.noticing import end_notices, is_over, lock_notice
from pointsbank.foundation import chain, clock, points
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.ledger import queries as ledger_queries
from pointsbank.ledger import services as ledger
from pointsbank.ledger.booking import Booking, Source
from pointsbank.ledger.models import Book, TransferKind
from pointsbank.places.models import Place

SOURCE = "claim"
CLAIMS_AT_ONCE = 2_000  # in one transaction: a month of the largest village


def book_claims(village: Place, serials: Sequence[int], actor: Actor, key: str) -> dict[str, Any]:
    """Book claims that hung on the wall without objection, all in one transaction, each exactly once.

    Gives {"claims": how many, "points": units, with sign}. Raises UnknownClaimError, IllegalMoveError.
    """

    def act() -> dict[str, Any]:
        return _book(village, locked(village.id, serials), actor, key)

    return ledger.submit(village, key, "deeds.book", {"claims": sorted(serials)}, actor, act)


def book_notices(village: Place, actor: Actor, key: str, notice_serial: int | None = None) -> dict[str, Any]:
    """Book what nobody objected to of a notice that is over, or of all of them, in one transaction.

    At most CLAIMS_AT_ONCE. Gives {"claims": how many, "points": units, with sign, "left": True if there may be more,
    "put_off": [serials of claims whose points to take back are not booked]}. Raises UnknownNoticeError,
    NoticeRunsError while the notice hangs or has not hung yet.
    """

    def act() -> dict[str, Any]:
        notices = _lock_over(village, notice_serial)
        waiting = _waiting(notices, (ClaimState.ON_NOTICE, ClaimState.UNOBJECTED), CLAIMS_AT_ONCE)
        _pass_unobjected(village, waiting, actor)
        put_off = _nothing_to_claw_back(village.id, waiting)
        booked = _book(village, [claim for claim in waiting if claim.serial not in put_off], actor, key)
        end_notices(notices)
        return booked | {"left": len(waiting) == CLAIMS_AT_ONCE, "put_off": sorted(put_off)}

    return ledger.submit(village, key, "deeds.book_notices", {"notice": notice_serial}, actor, act)


def end_periods(village: Place, actor: Actor) -> int:
    """Move what nobody objected to of the notices that are over to where it can be booked; gives how many claims.

    Claims with an open objection wait for it. Runs in a transaction of its own.
    """
    with transaction():
        notices = _lock_over(village, None)
        moved = _pass_unobjected(village, _waiting(notices, (ClaimState.ON_NOTICE,)), actor)
        end_notices(notices)
        if moved:
            audit.record(village.id, actor, "notice.end", f"claims:{moved}", f"{moved} 件")
    return moved


def _lock_over(village: Place, notice_serial: int | None) -> list[Notice]:
    """The notices that are over and not ended, or the one that is meant, locked before their claims."""
    if notice_serial is not None:
        notice = lock_notice(village.id, notice_serial)
        if notice.state is NoticeState.PREPARED:
            raise NoticeRunsError(f"第 {notice.serial} 期公示还没有全部贴出来，不能入账。请先登记张贴。")
        if notice.state is NoticeState.HANGING and not is_over(notice):
            last = notice.last_day or clock.today()
            raise NoticeRunsError(f"第 {notice.serial} 期公示到 {last:%Y-%m-%d} 才满，过了这一天才能入账。")
        return [notice]
    query = select(Notice).where(
        Notice.village_id == village.id, Notice.state == NoticeState.HANGING, Notice.last_day < clock.today()
    )
    query = query.order_by(Notice.id).with_for_update().execution_options(populate_existing=True)
    return list(session().scalars(query))


def _waiting(notices: Sequence[Notice], states: Sequence[ClaimState], limit: int | None = None) -> list[Claim]:
    """The claims of these notices in these states, in order, locked, with all that booking reads of them."""
    if not notices:
        return []
    query = (
        select(Claim)
        .where(Claim.notice_id.in_([notice.id for notice in notices]), Claim.state.in_(states))
        .options(
            joinedload(Claim.household),
            joinedload(Claim.resident),
            joinedload(Claim.rule).joinedload(Rule.book),
        )
        .order_by(Claim.serial)
        .limit(limit)
        .with_for_update(of=Claim)
        .execution_options(populate_existing=True)
    )
    return list(session().scalars(query))


def _pass_unobjected(village: Place, claims: Sequence[Claim], actor: Actor) -> int:
    on_notice = [claim for claim in claims if claim.state is ClaimState.ON_NOTICE]
    move_all(village, [Move(claim, ClaimState.UNOBJECTED) for claim in on_notice], actor)
    return len(on_notice)


def _nothing_to_claw_back(village_id: int, claims: Sequence[Claim]) -> set[int]:
    """Serials of claims that take back the points of one that is not booked, or that another of them takes back."""
    wanted = {claim.claws_back for claim in claims if claim.claws_back is not None}
    query = select(Claim.serial).where(
        Claim.village_id == village_id, Claim.serial.in_(wanted), Claim.state == ClaimState.BOOKED
    )
    there = set(session().scalars(query)) if wanted else set()
    put_off = set()
    for claim in claims:
        if claim.rule.effect is Effect.CLAW_BACK and claim.claws_back is not None:
            if claim.claws_back not in there:
                put_off.add(claim.serial)
            there.discard(claim.claws_back)
    return put_off


def _book(village: Place, claims: Sequence[Claim], actor: Actor, key: str) -> dict[str, Any]:
    """Book locked claims: their points, their states, what their rules do besides."""
    if not claims:
        return {"claims": 0, "points": 0}
    clawed = locked(village.id, [claim.claws_back for claim in claims if claim.claws_back])
    everybody = {claim.household.serial for claim in [*claims, *clawed]}
    with ledger.booking(village, everybody, actor, key) as batch:
        for claim in claims:
            transfer(claim, batch)
        move_all(village, [Move(claim, ClaimState.BOOKED) for claim in claims], actor)
        for claim in claims:
            take_effect(village, claim, batch)
    audit.record(village.id, actor, "claims.book", f"claims:{len(claims)}", f"{len(claims)} 件")
    return {"claims": len(claims), "points": sum(claim.points for claim in claims)}


def transfer(claim: Claim, batch: Booking) -> None:
    """The points of a claim as a transfer, unless it gives none; its period is that of the booking."""
    claim.period = batch.period_for(claim.occurred_on)
    claim.booked_at = clock.now()
    source = Source(SOURCE, claim.serial, digest_of(claim))
    household, text = claim.household.serial, in_words(claim.rule, claim.quantity)
    if claim.points < 0:
        batch.deduct(household, -claim.points, claim.occurred_on, source, text)
    elif claim.points > 0:
        to_honour = claim.rule.track is Track.HONOUR or honours_only(claim)
        book = Book.HONOUR if to_honour else Book.POINTS
        batch.earn(household, claim.points, claim.occurred_on, source, text, book=book)


def take_effect(village: Place, claim: Claim, batch: Booking) -> None:
    """What the rule of a booked claim does besides its points: suspend the person, take back another claim's points."""
    if claim.rule.effect is Effect.SUSPEND_PERSON and claim.resident_id is not None:
        session().add(
            Suspension(
                village_id=village.id,
                resident_id=claim.resident_id,
                claim=claim,
                starts_on=claim.occurred_on,
                until=claim.suspended_until or date(claim.occurred_on.year, 12, 31),
                actor=batch.actor.key,
                created_at=clock.now(),
            )
        )
    if claim.rule.effect is Effect.CLAW_BACK and claim.claws_back is not None:
        [fraud] = locked(village.id, [claim.claws_back])
        if fraud.state is not ClaimState.BOOKED:
            raise DeedRefusedError(
                f"要追回的第 {fraud.serial} 号没有入账或者已经撤销，请核对编号。", field="claws_back"
            )
        undo(village, fraud, f"追回：第 {claim.serial} 号", batch)


def undo(village: Place, claim: Claim, reason: str, batch: Booking) -> None:
    """Reverse what a booked claim moved; its suspension never held; the claim is cancelled."""
    source = Source(SOURCE, claim.serial, digest_of(claim))
    for booked in ledger_queries.transfers_from(village.id, SOURCE, claim.serial):
        if booked.kind is TransferKind.EARN:
            batch.reverse_earning(booked.sequence, source, f"更正：{reason}")
        elif booked.kind is TransferKind.DEDUCT:
            batch.reverse_deduction(booked.sequence, source, f"更正：{reason}")
    move_all(village, [Move(claim, ClaimState.CANCELLED, reason)], batch.actor)
    claim.reversed_at = clock.now()
    query = select(Suspension).where(Suspension.claim_id == claim.id)
    for suspension in session().scalars(query.options(joinedload(Suspension.resident))):
        suspension.lifted_on = suspension.starts_on  # it was wrong, so it held on no day: what was done since counts


def in_words(rule: Rule, quantity: int) -> str:
    """What happened, as a statement says it: 参加志愿服务活动（2.5小时）."""
    if quantity == points.UNITS_PER_POINT:
        return rule.name
    return f"{rule.name}（{points.format_points(quantity)}{rule.unit}）"


def digest_of(claim: Claim) -> bytes:
    """What the book keeps of a claim: serial, household, person (0: none), rule, version, quantity, day, points.

    One function for writer and verifier.
    """
    return chain.link(
        SOURCE,
        chain.GENESIS,
        (
            claim.serial,
            claim.household.serial,
            claim.resident.serial if claim.resident else 0,
            claim.rule.code,
            claim.rule.book.version,
            claim.quantity,
            claim.occurred_on,
            claim.points,
        ),
    )
