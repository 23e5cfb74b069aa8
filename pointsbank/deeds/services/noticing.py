"""Notices on the wall: prepared from approved claims, hung sheet by sheet, withdrawn; an item of one is cancelled.

Locked are, in this order: the notice, its claims, the heads of the chains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from pointsbank.audit import services as audit
from pointsbank.deeds.errors import NoticeStateError, UnknownClaimError, UnknownNoticeError
from pointsbank.deeds.models import Claim, ClaimState, Hanging, Notice, NoticeState, Objection
from pointsbank.deeds.services.moves import CHAIN, Move, locked, move_all, refuse_other_groups, refuse_own
from pointsbank.foundation import chain, clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.people.models import Household
from pointsbank.places import holidays
from pointsbank.places import queries as places
from pointsbank.places.models import Place

CLAIMS_MAX = 2_000  # of one notice: more do not fit on a wall, nor into one booking
AHEAD_DAYS_MAX = 60
BACKDATED_DAYS_MAX = 3  # a group head who hung a sheet comes in after the weekend
VENUE_LENGTH_MAX = 60
HUNG_BY_LENGTH_MAX = 40
REASON_LENGTH_MAX = 200
VENUE_OF_VILLAGE = "公开栏"
WAITING = (ClaimState.ON_NOTICE, ClaimState.OBJECTED, ClaimState.UNOBJECTED)  # what keeps a notice from its end


@dataclass(frozen=True, slots=True)
class HangingDraft:
    """A sheet hangs. seen: when what the person looked at had been recorded (ISO), "" for nothing yet."""

    position: int
    venue: str
    hung_by: str
    hung_on: date
    seen: str = ""


def prepare(village: Place, planned_on: date, up_to: date | None, actor: Actor, key: str) -> dict[str, Any]:
    """Put approved claims on a notice: all, or those of deeds up to a day; at most CLAIMS_MAX, the oldest first.

    Gives {"notice": serial, "claims": how many, "sheets": how many must hang}. Raises NoticeStateError when nothing is
    approved, InvalidInputError for a planned day that has passed or lies too far ahead.
    """
    if planned_on < clock.today():
        raise InvalidInputError("张贴日已经过去了，请填今天或以后的一天。", field="planned_on")
    if planned_on > clock.today() + timedelta(days=AHEAD_DAYS_MAX):
        raise InvalidInputError(f"张贴日太远，最多提前 {AHEAD_DAYS_MAX} 天准备。", field="planned_on")

    def act() -> dict[str, Any]:
        claims = _approved(village.id, up_to)
        if not claims:
            which = f"{up_to:%Y-%m-%d} 以前的事里" if up_to else ""
            raise NoticeStateError(f"{which}没有评议通过、等着公示的事。请先评议。")
        settings = places.settings_now(village.id)
        notice = Notice(
            village_id=village.id,
            serial=_next_serial(village.id),
            state=NoticeState.PREPARED,
            days=settings.notice_days,
            working_days=settings.notice_working_days,
            planned_on=planned_on,
            actor=actor.key,
            created_at=clock.now(),
        )
        notice.hangings = _planned(village.id, claims, by_group=settings.notice_by_group)
        session().add(notice)
        for claim in claims:
            claim.notice = notice
        move_all(village, [Move(claim, ClaimState.ON_NOTICE, f"第 {notice.serial} 期公示") for claim in claims], actor)
        audit.record(village.id, actor, "notice.prepare", f"notice:{notice.serial}", f"{len(claims)} 件")
        return {"notice": notice.serial, "claims": len(claims), "sheets": len(notice.hangings)}

    content = {"planned_on": planned_on.isoformat(), "up_to": up_to.isoformat() if up_to else None}
    return ledger.submit(village, key, "deeds.notice", content, actor, act)


def _approved(village_id: int, up_to: date | None) -> list[Claim]:
    query = (
        select(Claim)
        .where(Claim.village_id == village_id, Claim.state == ClaimState.APPROVED)
        .options(joinedload(Claim.household).joinedload(Household.group))
        .order_by(Claim.serial)
        .limit(CLAIMS_MAX)
        .with_for_update(of=Claim)
        .execution_options(populate_existing=True)
    )
    if up_to is not None:
        query = query.where(Claim.occurred_on <= up_to)
    return list(session().scalars(query))


def _next_serial(village_id: int) -> int:
    chain.lock_head(session(), village_id, CHAIN)  # one after the other: nobody else takes the same number
    newest = session().scalar(select(func.max(Notice.serial)).where(Notice.village_id == village_id))
    return (newest or 0) + 1


def _planned(village_id: int, claims: list[Claim], *, by_group: bool) -> list[Hanging]:
    """The sheets that must hang: that of the village first, then where the policy asks for it one per group."""
    groups = {claim.household.group for claim in claims} if by_group else set()
    wanted = [None, *sorted(groups, key=lambda group: group.number)]
    return [
        Hanging(
            village_id=village_id,
            position=position,
            group_id=group.id if group else None,
            venue=f"{group.name}{VENUE_OF_VILLAGE}" if group else VENUE_OF_VILLAGE,
            hung_by="",
            actor="",
            photo_name="",
        )
        for position, group in enumerate(wanted, start=1)
    ]


def hang(village: Place, notice_serial: int, draft: HangingDraft, actor: Actor, key: str) -> dict[str, Any]:
    """Say that a sheet hangs, or correct what was said while the period runs; with the last one the period begins.

    A day may be claimed later, at most BACKDATED_DAYS_MAX after it, and never so that the period would be over already.
    Gives {"notice": serial, "last_day": ISO day or None, "missing": sheets that do not hang yet}. Raises
    UnknownNoticeError, NoticeStateError, InvalidInputError for a day that cannot be, NotYourGroupError for a group
    head and the sheet of another group.
    """
    venue = clean_text(draft.venue, what="张贴地点", length_max=VENUE_LENGTH_MAX, required=True, field="venue")
    hung_by = clean_text(draft.hung_by, what="张贴人", length_max=HUNG_BY_LENGTH_MAX, required=True, field="hung_by")

    def act() -> dict[str, Any]:
        notice = lock_notice(village.id, notice_serial)
        refuse_over(notice, "张贴登记不能再改")
        hanging = _hanging(notice, draft)
        refuse_other_groups(village.id, [hanging], actor)
        backdated = _backdated_days(notice, hanging, draft.hung_on)
        before = f"（原来登记：{hanging.hung_on:%Y-%m-%d} {hanging.hung_by}）" if hanging.hung_on else ""
        hanging.venue, hanging.hung_by, hanging.hung_on = venue, hung_by, draft.hung_on
        hanging.actor, hanging.recorded_at = actor.key, clock.now()
        days = [sheet.hung_on for sheet in notice.hangings if sheet.hung_on is not None]
        missing = len(notice.hangings) - len(days)
        if missing == 0:
            notice.last_day = _last_day(notice, max(days))
            notice.state = NoticeState.HANGING
        late = f"，补登 {backdated} 天" if backdated else ""
        words = f"{venue} {draft.hung_on:%Y-%m-%d} {hung_by}{late}{before}"
        audit.record(village.id, actor, "notice.hang", f"notice:{notice.serial}/{hanging.position}", words)
        last_day = notice.last_day.isoformat() if notice.last_day else None
        return {"notice": notice.serial, "last_day": last_day, "missing": missing}

    content = {
        "notice": notice_serial,
        "position": draft.position,
        "venue": venue,
        "hung_by": hung_by,
        "hung_on": draft.hung_on.isoformat(),
        "seen": draft.seen,
    }
    return ledger.submit(village, key, "deeds.hang", content, actor, act)


def lock_notice(village_id: int, serial: int) -> Notice:
    """A notice, locked until the end of the transaction. Raises UnknownNoticeError."""
    query = select(Notice).where(Notice.village_id == village_id, Notice.serial == serial).with_for_update()
    notice = session().scalar(query.execution_options(populate_existing=True))
    if notice is None:
        raise UnknownNoticeError
    return notice


def refuse_over(notice: Notice, what: str) -> None:
    """A notice that is withdrawn or over stays as it is. what: what can no longer be done. Raises NoticeStateError."""
    if notice.state is NoticeState.WITHDRAWN:
        raise NoticeStateError(f"第 {notice.serial} 期公示已经撤下，{what}。")
    if is_over(notice):
        raise NoticeStateError(f"第 {notice.serial} 期公示到 {notice.last_day:%Y-%m-%d} 已经满了，{what}。")


def _backdated_days(notice: Notice, hanging: Hanging, hung_on: date) -> int:
    """How many days late a sheet is said to hang; 0 where the day stays as it was. Raises InvalidInputError."""
    today, made_on = clock.today(), clock.day_of(notice.created_at)
    if hung_on == hanging.hung_on:
        return 0
    if hung_on > today:
        raise InvalidInputError("张贴日还没到，贴了再登记。", field="hung_on")
    if hung_on < made_on:
        raise InvalidInputError(f"这期公示是 {made_on:%Y-%m-%d} 才做的，张贴日不会更早。", field="hung_on")
    if (today - hung_on).days > BACKDATED_DAYS_MAX:
        raise InvalidInputError(
            f"最多补登 {BACKDATED_DAYS_MAX} 天以前的张贴。更早贴的，张贴日请填今天，公示期从今天算起。", field="hung_on"
        )
    return (today - hung_on).days


def _last_day(notice: Notice, hung_on: date) -> date:
    """The last day of a notice whose last sheet hangs since a day. Raises InvalidInputError for one that has passed."""
    last_day = holidays.last_day_of(hung_on, notice.days, working=notice.working_days)
    if last_day < clock.today():
        raise InvalidInputError(
            f"按这个张贴日，公示期到 {last_day:%Y-%m-%d} 已经满了，别人来不及提异议。"
            "张贴日请填今天，公示期从今天算起。",
            field="hung_on",
        )
    return last_day


def _hanging(notice: Notice, draft: HangingDraft) -> Hanging:
    """The sheet that is meant, as the person saw it. Raises NotFoundError, NoticeStateError."""
    sheet = sheet_at(notice, draft.position)
    if seen_of(sheet) != draft.seen:
        raise NoticeStateError("刚才有人登记过这一张。请看看登记的内容，不对再改。")
    return sheet


def sheet_at(notice: Notice, position: int) -> Hanging:
    """A sheet of a notice by its position. Raises NotFoundError."""
    for sheet in notice.hangings:
        if sheet.position == position:
            return sheet
    raise NotFoundError("没有这一张公示。请刷新页面。")


def seen_of(sheet: Hanging) -> str:
    """What a page remembers of a sheet, so that two people do not write over each other."""
    return sheet.recorded_at.isoformat() if sheet.recorded_at else ""


def withdraw(village: Place, notice_serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Take a notice down: its claims wait for the next one. Not while somebody objects, nor after anything was booked.

    Gives {"notice": serial, "claims": how many are approved again}. Raises UnknownNoticeError, NoticeStateError.
    """
    reason = clean_text(reason, what="撤下的原因", length_max=REASON_LENGTH_MAX, required=True, field="reason")

    def act() -> dict[str, Any]:
        notice = lock_notice(village.id, notice_serial)
        if notice.state not in (NoticeState.PREPARED, NoticeState.HANGING):
            raise NoticeStateError(f"第 {notice.serial} 期公示已经结束或撤下，不能再撤下。")
        claims = _claims_of(notice)
        states = {claim.state for claim in claims}
        if ClaimState.OBJECTED in states or _open_objections(notice):
            raise NoticeStateError("还有异议没有处理完，不能撤下。请先处理异议。")
        if states & {ClaimState.UNOBJECTED, ClaimState.BOOKED}:
            raise NoticeStateError("公示期已经满了，其中有的可以入账或已经入账，不能整期撤下。有误的请一件一件撤销。")
        live = [claim for claim in claims if claim.state is ClaimState.ON_NOTICE]
        move_all(
            village,
            [Move(claim, ClaimState.APPROVED, f"第 {notice.serial} 期公示撤下：{reason}") for claim in live],
            actor,
        )
        for claim in live:
            claim.notice = None
        notice.state, notice.ended_at = NoticeState.WITHDRAWN, clock.now()
        audit.record(village.id, actor, "notice.withdraw", f"notice:{notice.serial}", reason)
        return {"notice": notice.serial, "claims": len(live)}

    return ledger.submit(village, key, "deeds.withdraw_notice", {"notice": notice_serial, "reason": reason}, actor, act)


def _claims_of(notice: Notice) -> list[Claim]:
    query = select(Claim).where(Claim.notice_id == notice.id).order_by(Claim.serial).with_for_update(of=Claim)
    return list(session().scalars(query.execution_options(populate_existing=True)))


def _open_objections(notice: Notice) -> int:
    query = select(func.count()).select_from(Objection).join(Objection.claim)
    return session().scalar(query.where(Claim.notice_id == notice.id, Objection.outcome.is_(None))) or 0


def cancel_item(village: Place, claim_serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Cancel one claim of a notice before it is booked, with a reason; the others go on.

    Gives {"claim": serial, "notice": serial}. Raises UnknownClaimError, RecusedError for an item of one's own
    household or kin, NoticeStateError where an objection decides, IllegalMoveError.
    """
    reason = clean_text(reason, what="撤销原因", length_max=REASON_LENGTH_MAX, required=True, field="reason")

    def act() -> dict[str, Any]:
        notice = lock_notice_of(village.id, claim_serial)
        [claim] = locked(village.id, [claim_serial])
        refuse_own(village.id, [claim], actor)
        if claim.state is ClaimState.OBJECTED:
            raise NoticeStateError("这一件有人提了异议，请在异议里处理，结果选“撤销该项”。")
        if claim.state not in WAITING:
            raise NoticeStateError("这一件已经入账或撤销了。入了账的请到“全部申报”里撤销，账上会记更正。")
        move_all(village, [Move(claim, ClaimState.CANCELLED, reason)], actor)
        end_notices([notice])
        audit.record(village.id, actor, "notice.cancel_item", f"claim:{claim.serial}", reason)
        return {"claim": claim.serial, "notice": notice.serial}

    return ledger.submit(village, key, "deeds.cancel_item", {"claim": claim_serial, "reason": reason}, actor, act)


def lock_notice_of(village_id: int, claim_serial: int) -> Notice:
    """The notice that a claim is on, locked: before the claim, always. Raises UnknownClaimError, NoticeStateError."""
    wanted = (Claim.village_id == village_id, Claim.serial == claim_serial)
    found = session().execute(select(Claim.id, Notice.serial).outerjoin(Claim.notice).where(*wanted)).first()
    if found is None:
        raise UnknownClaimError
    if found[1] is None:
        raise NoticeStateError(f"第 {claim_serial} 号不在公示里。请刷新页面，看看它走到哪一步了。")
    return lock_notice(village_id, found[1])


def end_notices(notices: Sequence[Notice]) -> None:
    """Mark those of these locked notices that are over and of which nothing waits any more."""
    over = [notice for notice in notices if notice.state is NoticeState.HANGING and is_over(notice)]
    query = select(Claim.notice_id).where(Claim.notice_id.in_([notice.id for notice in over]), Claim.state.in_(WAITING))
    waiting = set(session().scalars(query.distinct())) if over else set()
    for notice in over:
        if notice.id not in waiting:
            notice.state, notice.ended_at = NoticeState.ENDED, clock.now()


def is_over(notice: Notice) -> bool:
    """Whether the last day of a notice has passed."""
    return notice.last_day is not None and notice.last_day < clock.today()
