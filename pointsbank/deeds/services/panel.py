"""Those who decide: the kin they declare, and their meetings from the first word to the closed minutes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from pointsbank.access import queries as access
from pointsbank.access.models import Role, Staff
from pointsbank.audit import services as audit
from pointsbank.deeds.errors import MeetingClosedError, MeetingRefusedError, UnknownMeetingError
from pointsbank.deeds.models import Attendance, Body, KinDeclaration, KinStatement, Meeting
from pointsbank.deeds.queries.agenda import open_meetings
from pointsbank.deeds.queries.panel import DECLARING_ROLES, Panel, body_names, declarations, kin_of, panel_of
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor, ActorKind
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.people import queries as people
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

OWN = "本户"
RELATIONS = (OWN, "父母", "子女", "兄弟姐妹", "配偶父母", "儿媳", "女婿", "孙辈", "其他近亲属")
OFFICE = frozenset({Role.CLERK, Role.ADMINISTRATOR})
VENUE_LENGTH_MAX = 60
MINUTES_LENGTH_MAX = 5_000
MEETING_DAYS_BACK_MAX = 366


# --- declared kin ---


def declare_kin(
    village: Place, staff_id: int, household_id: int, relation: str, actor: Actor, key: str
) -> dict[str, Any]:
    """A person stands aside from a household's claims from now on.

    Gives {"household": serial}. Raises NotAllowedError, NotFoundError, InvalidInputError, ConflictError with the
    form's field.
    """
    if relation not in RELATIONS:
        raise InvalidInputError("请选是什么关系。", field="relation")

    def act() -> dict[str, Any]:
        staff = _declaring(village, staff_id, actor)
        household = people.household(village.id, household_id)
        if household.closed_on is not None:
            raise InvalidInputError("这一户已经注销，不用申报。", field="who")
        if household_id in kin_of(village.id, [staff.id])[staff.id]:
            raise ConflictError(f"{household.head_name}家已经申报过了。", field="who")
        _declare(village, staff, household_id, relation, actor)
        audit.record(village.id, actor, "kin.declare", f"household:{household.serial}", f"{staff.name}：{relation}")
        return {"household": household.serial}

    content = {"staff": staff_id, "household": household_id, "relation": relation}
    return ledger.submit(village, key, "deeds.declare_kin", content, actor, act)


def confirm_kin(village: Place, staff_id: int, actor: Actor, key: str) -> dict[str, Any]:
    """A person says that what was declared is all there is: each is declared anew with today's date; there may be none.

    Gives {"households": how many}. Raises NotAllowedError, NotFoundError.
    """

    def act() -> dict[str, Any]:
        staff, today = _declaring(village, staff_id, actor), clock.today()
        standing = declarations(village.id, staff_id=staff.id)
        session().add(
            KinStatement(
                village_id=village.id,
                staff_id=staff.id,
                stated_on=today,
                actor=actor.key,
                created_at=clock.now(),
            )
        )
        for declared in standing:
            if declared.declared_on < today:
                declared.closed_on = today
        session().flush()  # the old ones are closed before the new ones stand: of each household one is open
        for declared in standing:
            if declared.closed_on is not None:
                _declare(village, staff, declared.household_id, declared.relation, actor)
        audit.record(village.id, actor, "kin.confirm", f"staff:{staff.serial}", f"{staff.name}：{len(standing)} 户")
        return {"households": len(standing)}

    return ledger.submit(village, key, "deeds.confirm_kin", {"staff": staff_id}, actor, act)


def close_kin(village: Place, declaration_id: int, actor: Actor) -> KinDeclaration:
    """A declaration no longer holds. Only the office closes one, and nobody their own.

    Raises NotFoundError, NotAllowedError.
    """
    with transaction() as current:
        lock_place(village.id)
        found = current.scalar(
            select(KinDeclaration)
            .where(
                KinDeclaration.id == declaration_id,
                KinDeclaration.village_id == village.id,
                KinDeclaration.closed_on.is_(None),
            )
            .with_for_update()
        )
        if found is None:
            raise NotFoundError
        if found.staff_id == actor.id or not _is_office(village, actor):
            raise NotAllowedError("自己的回避申报不能自己取消，请文书或管理员核实后来办。")
        found.closed_on = clock.today()
        text = f"{found.staff.name}：{found.household.head_name}家，{found.relation}"
        audit.record(village.id, actor, "kin.close", f"household:{found.household.serial}", text)
    return found


def _declaring(village: Place, staff_id: int, actor: Actor) -> Staff:
    """The person for whom something is declared. Raises NotFoundError, NotAllowedError."""
    lock_place(village.id)
    staff, roles = access.staff_at(village, staff_id)
    if not roles & DECLARING_ROLES:
        raise InvalidInputError("这个人不参加审核和评议，不用申报。", field="staff")
    if staff.id != actor.id and not _is_office(village, actor):
        raise NotAllowedError("只能申报自己的。别人的请本人或文书来办。")
    return staff


def bodies_of(village: Place, panel: Panel, actor: Actor) -> frozenset[Body]:
    """The bodies whose meetings a person may open and write down: as a member, or all of them for the office."""
    if actor.kind is not ActorKind.STAFF or _is_office(village, actor):
        return frozenset(Body)
    return frozenset(body for body in Body if actor.id in {member.id for member in panel.members.get(body, [])})


def refuse_outsider(village: Place, body: Body, actor: Actor) -> None:
    """A meeting is held and written down by its members, or by the office as its hand. Raises NotAllowedError."""
    if body not in bodies_of(village, panel_of(village.id), actor):
        raise NotAllowedError(f"{body_names(village.kind)[body]}的会，由成员或文书来记。请找他们办。")


def _is_office(village: Place, actor: Actor) -> bool:
    staff = session().get(Staff, actor.id) if actor.id is not None else None
    return staff is not None and bool(access.roles_at(staff, village) & OFFICE)


def _declare(village: Place, staff: Staff, household_id: int, relation: str, actor: Actor) -> None:
    session().add(
        KinDeclaration(
            village_id=village.id,
            staff_id=staff.id,
            household_id=household_id,
            relation=relation,
            declared_on=clock.today(),
            actor=actor.key,
            created_at=clock.now(),
        )
    )


# --- meetings ---


@dataclass(frozen=True, slots=True)
class MeetingDetails:
    """Where and when a body met, and which of its members were there: ids of staff."""

    held_on: date
    venue: str
    present: frozenset[int]


def open_meeting(village: Place, body: Body, details: MeetingDetails, actor: Actor, key: str) -> dict[str, Any]:
    """Begin a meeting of a body. Gives {"meeting": serial}.

    Raises MeetingRefusedError with the form's field, MeetingClosedError while another one of this body is open,
    NotAllowedError for who is neither a member nor of the office.
    """
    venue = _checked(details)

    def act() -> dict[str, Any]:
        lock_place(village.id)
        refuse_outsider(village, body, actor)
        if body in open_meetings(village.id):
            raise MeetingClosedError(
                f"{body_names(village.kind)[body]}还有一次会没有结束。请先把那次会办完，再开新的。"
            )
        members = panel_of(village.id).members.get(body, [])
        if not members and body is not Body.ASSEMBLY:
            raise MeetingRefusedError(
                f"还没有{body_names(village.kind)[body]}的成员。请管理员到“人员”里给他们设岗位，再回来开会。",
                field="present",
            )
        newest = session().scalar(select(func.max(Meeting.serial)).where(Meeting.village_id == village.id))
        meeting = Meeting(
            village_id=village.id,
            serial=(newest or 0) + 1,
            body=body,
            held_on=details.held_on,
            venue=venue,
            minutes="",
            actor=actor.key,
            created_at=clock.now(),
            revision=1,
        )
        session().add(meeting)
        _attend(meeting, {member.id for member in members}, details.present)
        audit.record(village.id, actor, "meeting.open", f"meeting:{meeting.serial}", body_names(village.kind)[body])
        return {"meeting": meeting.serial}

    content = {"body": body.value, "held_on": details.held_on.isoformat(), "venue": venue}
    content |= {"present": sorted(details.present)}  # type: ignore[dict-item]  # JSON values
    return ledger.submit(village, key, "deeds.open_meeting", content, actor, act)


def edit_meeting(village: Place, serial: int, details: MeetingDetails, minutes: str, actor: Actor, seen: int) -> None:
    """Write who was there, where and what was said over what the person saw (seen: its revision).

    Raises UnknownMeetingError, MeetingClosedError, NotAllowedError, ConflictError, MeetingRefusedError with the form's
    field.
    """
    venue, minutes = _checked(details), _checked_minutes(minutes)
    with transaction():
        meeting = open_and_locked(village, serial)
        refuse_outsider(village, meeting.body, actor)
        _refuse_stale(meeting, seen)
        members = {member.id for member in panel_of(village.id).members.get(meeting.body, [])}
        _attend(meeting, members | {one.staff_id for one in meeting.attendances}, details.present)
        meeting.held_on, meeting.venue, meeting.minutes = details.held_on, venue, minutes
        meeting.revision += 1
        audit.record(village.id, actor, "meeting.edit", f"meeting:{serial}", f"到会 {len(details.present)} 人")


def close_meeting(village: Place, serial: int, actor: Actor, seen: int) -> None:
    """Close the minutes: nothing more is decided in this meeting.

    Raises UnknownMeetingError, MeetingClosedError, NotAllowedError, ConflictError.
    """
    with transaction():
        meeting = open_and_locked(village, serial)
        refuse_outsider(village, meeting.body, actor)
        _refuse_stale(meeting, seen)
        meeting.closed_at = clock.now()
        meeting.revision += 1
        audit.record(village.id, actor, "meeting.close", f"meeting:{serial}", body_names(village.kind)[meeting.body])


def open_and_locked(village: Place, serial: int) -> Meeting:
    """A meeting that still decides, locked until the end of the transaction, before households and claims.

    Raises UnknownMeetingError, MeetingClosedError.
    """
    query = select(Meeting).where(Meeting.village_id == village.id, Meeting.serial == serial)
    meeting = session().scalar(query.with_for_update())
    if meeting is None:
        raise UnknownMeetingError
    if meeting.closed_at is not None:
        raise MeetingClosedError("这次会已经结束，不能再改。还有要议的，请另开一次会。")
    return meeting


def _attend(meeting: Meeting, members: Collection[int], present: Collection[int]) -> None:
    """Note who of the members is there. Raises MeetingRefusedError for somebody who is no member."""
    if not set(present) <= set(members):
        raise MeetingRefusedError("到会的人里有的不是成员。请刷新页面，重新勾选。", field="present")
    noted = {one.staff_id: one for one in meeting.attendances}
    for staff_id in sorted(members):
        if staff_id in noted:
            noted[staff_id].present = staff_id in present
        else:
            meeting.attendances.append(
                Attendance(staff_id=staff_id, village_id=meeting.village_id, present=staff_id in present)
            )


def _checked(details: MeetingDetails) -> str:
    """The venue as it is stored. Raises MeetingRefusedError, InvalidInputError."""
    today = clock.today()
    if details.held_on > today:
        raise MeetingRefusedError("开会的日期还没到，请填今天或以前。", field="held_on")
    if details.held_on < today - timedelta(days=MEETING_DAYS_BACK_MAX):
        raise MeetingRefusedError("开会的日期太早，只能补一年以内的。", field="held_on")
    return clean_text(details.venue, what="地点", length_max=VENUE_LENGTH_MAX, field="venue")


def _checked_minutes(minutes: str) -> str:
    if len(minutes) > MINUTES_LENGTH_MAX:
        raise InvalidInputError(f"会议记录太长了，最多 {MINUTES_LENGTH_MAX:,} 个字。", field="minutes")
    return minutes


def _refuse_stale(meeting: Meeting, seen: int) -> None:
    if meeting.revision != seen:
        raise ConflictError("刚才有人改过这次会议的记录。请看看新的内容，再保存一次。")
