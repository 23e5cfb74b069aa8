"""Meetings at the desk: what waits, opening one, going through its items, its record, its paper."""

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.models import Staff
from pointsbank.access.permissions import Permission
from pointsbank.deeds import queries, services
from pointsbank.deeds.documents import minutes as paper
from pointsbank.deeds.errors import MeetingRefusedError
from pointsbank.deeds.forms.meetings import (
    OTHERWISE,
    DecisionsForm,
    KeyForm,
    MeetingForm,
    OpenMeetingForm,
    SeenForm,
    body_asked,
)
from pointsbank.deeds.models import OUTCOME_NAMES, Body, Meeting, Outcome
from pointsbank.deeds.queries import agenda, items
from pointsbank.deeds.queries.panel import Panel, body_names, panel_of
from pointsbank.deeds.services import panel as meetings_of
from pointsbank.deeds.services import reviewing, taking_back
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import ID_MAX, new_key
from pointsbank.foundation.periods import period_of
from pointsbank.foundation.points import format_points
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.printing.fonts import register as register_fonts
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(
    NavigationItem(
        "deeds.meetings",
        "评议",
        "chat-square-text",
        Permission.REVIEW_CLAIMS,
        NavigationGroup.MONTH,
        20,
        pages=("deeds.new_meeting", "deeds.meeting", "deeds.decide", "deeds.meeting_record", "deeds.meeting_decisions"),
    )
)


def _from_key(name: str) -> int:
    """Where a page goes on from, 0 for the first."""
    value = request.args.get(name, 0, type=int)
    return value if 0 < value <= ID_MAX else 0


@blueprint.get("/meetings")
@requires(Permission.REVIEW_CLAIMS)
def meetings(village: Place) -> ResponseReturnValue:
    """What waits for each body, and the meetings so far, the newest first."""
    before = _from_key("before")
    found = agenda.meetings(village.id, before=before or None, limit=agenda.PAGE_MEETINGS + 1)
    shown = found[: agenda.PAGE_MEETINGS]
    panel = panel_of(village.id)
    return render_template(
        "deeds/meetings.html",
        bodies=[body for body in Body if body is not Body.SUPERVISION or panel.members.get(body)],
        names=body_names(village.kind),
        waiting=agenda.waiting_counts(village.id, panel),
        members=panel.members,
        theirs=meetings_of.bodies_of(village, panel, current_actor()),
        open_ones=agenda.open_meetings(village.id),
        meetings=shown,
        counts=agenda.outcome_counts(village.id, [meeting.id for meeting in shown]),
        outcome_names=OUTCOME_NAMES,
        before=before,
        older=shown[-1].serial if len(found) > len(shown) else None,
    )


@blueprint.route("/meetings/new", methods=["GET", "POST"])
@requires(Permission.REVIEW_CLAIMS)
def new_meeting(village: Place) -> ResponseReturnValue:
    """Who is there, when and where: then the items can be gone through."""
    body = body_asked(request.args.get("body", ""))
    panel, name, status = panel_of(village.id), body_names(village.kind)[body], 200
    members = panel.members.get(body, [])
    waiting = agenda.waiting_counts(village.id, panel)[body]
    form = OpenMeetingForm(key=new_key(), held_on=clock.today(), present=[str(one.id) for one in members])
    form.has_members(members)
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                if not waiting:
                    raise MeetingRefusedError(f"现在没有等{name}议的事，不用开会。有了再来。")
                opened = meetings_of.open_meeting(village, body, form.details, current_actor(), form.key.data)
            except PointsBankError as error:
                status = form.refuse(error)
            else:
                return redirect(url_for("deeds.meeting", serial=opened["meeting"]), 303)
    page = render_template(
        "deeds/new_meeting.html",
        form=form,
        body=body,
        name=name,
        waiting=waiting,
        is_theirs=body in meetings_of.bodies_of(village, panel, current_actor()),
        lacks_members=not members and body is not Body.ASSEMBLY,
        open_one=agenda.open_meetings(village.id).get(body),
    )
    return page, status


@blueprint.get("/meetings/<int:serial>")
@requires(Permission.REVIEW_CLAIMS)
def meeting(village: Place, serial: int) -> ResponseReturnValue:
    """The items of an open meeting, to go through; of a closed one what it decided."""
    found = agenda.meeting(village.id, serial)
    if found.closed_at is not None:
        return redirect(url_for("deeds.meeting_decisions", serial=serial))
    return _agenda_page(village, found, DecisionsForm(None, key=new_key())), 200


@blueprint.post("/meetings/<int:serial>/decide")
@requires(Permission.REVIEW_CLAIMS)
def decide(village: Place, serial: int) -> ResponseReturnValue:
    """Write down what the meeting said to many items at once."""
    found, form, status = agenda.meeting(village.id, serial), DecisionsForm(request.form), 422
    if form.validate():
        named = [number for number, row in form.rows.items() if row.is_filled]
        decisions = form.decisions(queries.claims_by_serial(village.id, named))
        if decisions is not None:
            try:
                over, actor = form.over_budget.data, current_actor()
                done = reviewing.decide(village, serial, decisions, actor, form.key.data, over_budget=over)
            except PointsBankError as error:
                status = form.refuse(error)
            else:
                tell(_told(done))
                return redirect(url_for("deeds.meeting", serial=serial, after=_from_key("after") or None), 303)
    if status == 409 or form.key.errors:
        form.key.data = new_key()
    return _agenda_page(village, found, form), status


def _told(done: dict[str, int]) -> str:
    said = "，".join(f"{OUTCOME_NAMES[outcome]} {done[outcome.value]} 件" for outcome in Outcome if done[outcome.value])
    approved = f"，共 {format_points(done['points'])} 分" if done[Outcome.APPROVED.value] else ""
    return f"记下了：{said}{approved}。"


def _agenda_page(village: Place, found: Meeting, form: DecisionsForm) -> str:
    panel, today, after = panel_of(village.id), clock.today(), _from_key("after")
    waiting = agenda.agenda(
        village.id, found.body, panel, without_meeting=found.id, after=after, limit=agenda.PAGE_ITEMS + 1
    )
    claims = waiting[: agenda.PAGE_ITEMS]
    settings = places.settings_on_days(village.id, {today, *(claim.occurred_on for claim in claims)})
    shown = items.items_of(found, panel, claims, current_actor(), today, settings)
    for row in form.rows.values():
        row.errors = list(dict.fromkeys(row.errors))
    return render_template(
        "deeds/meeting.html",
        meeting=found,
        name=body_names(village.kind)[found.body],
        names=body_names(village.kind),
        form=form,
        items=sorted((item for item in shown if not item.not_ready), key=lambda item: bool(item.own_reason)),
        unready=[item for item in shown if item.not_ready],
        after=after,
        more=waiting[agenda.PAGE_ITEMS - 1].serial if len(waiting) > agenda.PAGE_ITEMS else None,
        attendance=_attendance(found),
        members=len(panel.members.get(found.body, [])),
        is_begun=bool(claims) or agenda.has_decided(found.id),
        budgets=_budgets(village, shown, settings[today].month_budget),
        outcome_names=OUTCOME_NAMES,
        otherwise=OTHERWISE,
        in_words=services.in_words,
    )


def _attendance(found: Meeting) -> tuple[list[str], list[str]]:
    """Names of who is there, and of who is not."""
    by_serial = sorted(found.attendances, key=lambda one: one.staff.serial)
    there = [one.staff.name for one in by_serial if one.present]
    return there, [one.staff.name for one in by_serial if not one.present]


def _budgets(village: Place, shown: list[items.AgendaItem], budget: int) -> list[tuple[str, int, int]]:
    """Months on the agenda with what is approved or booked and the budget, in hundredths; none without a budget."""
    if budget <= 0:
        return []
    months = {period_of(item.claim.occurred_on) for item in shown} | {period_of(clock.today())}
    return [(period, used, budget) for period, used in sorted(agenda.issued_in(village.id, months).items())]


@blueprint.route("/meetings/<int:serial>/record", methods=["GET", "POST"])
@requires(Permission.REVIEW_CLAIMS)
def meeting_record(village: Place, serial: int) -> ResponseReturnValue:
    """Who was there and what was said; closing the meeting."""
    found, status = agenda.meeting(village.id, serial), 200
    if found.closed_at is not None:
        return redirect(url_for("deeds.meeting_decisions", serial=serial))
    form = MeetingForm(
        held_on=found.held_on,
        venue=found.venue,
        minutes=found.minutes,
        present=[str(one.staff_id) for one in found.attendances if one.present],
        seen=str(found.revision),
    )
    form.has_members(_members(found, panel_of(village.id)))
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                details, text = form.details, form.minutes.data
                meetings_of.edit_meeting(village, serial, details, text, current_actor(), form.seen_revision)
            except PointsBankError as error:
                status = form.refuse(error)
            else:
                tell("会议记录存好了。")
                return redirect(url_for("deeds.meeting", serial=serial), 303)
    if status == 409:
        form.seen.data = str(agenda.meeting(village.id, serial).revision)
    name = body_names(village.kind)[found.body]
    return render_template("deeds/meeting_record.html", form=form, meeting=found, name=name), status


def _members(found: Meeting, panel: Panel) -> list[Staff]:
    """The members now, and who was one when the meeting was opened."""
    known = {one.staff_id: one.staff for one in found.attendances}
    known |= {staff.id: staff for staff in panel.members.get(found.body, [])}
    return sorted(known.values(), key=lambda staff: (staff.home_id, staff.serial))


@blueprint.post("/meetings/<int:serial>/close")
@requires(Permission.REVIEW_CLAIMS)
def close_meeting(village: Place, serial: int) -> ResponseReturnValue:
    """Nothing more is decided in this meeting."""
    form = SeenForm()
    if not form.validate():
        raise InvalidInputError("页面已经过期，请返回刷新后再办。")
    meetings_of.close_meeting(village, serial, current_actor(), form.seen_revision)
    tell("会议结束了，可以打印会议记录，请到会的人签字。")
    return redirect(url_for("deeds.meeting_decisions", serial=serial), 303)


@blueprint.get("/meetings/<int:serial>/decisions")
@requires(Permission.REVIEW_CLAIMS)
def meeting_decisions(village: Place, serial: int) -> ResponseReturnValue:
    """What a meeting decided, the newest first."""
    found, before = agenda.meeting(village.id, serial), _from_key("before")
    rows = agenda.decisions(found.id, before=before or None, limit=agenda.PAGE_DECISIONS + 1)
    shown = rows[: agenda.PAGE_DECISIONS]
    return render_template(
        "deeds/meeting_decisions.html",
        meeting=found,
        name=body_names(village.kind)[found.body],
        decisions=shown,
        before=before,
        older=shown[-1].id if len(rows) > len(shown) else None,
        attendance=_attendance(found),
        done=agenda.outcome_counts(village.id, [found.id])[found.id],
        outcome_names=OUTCOME_NAMES,
        in_words=services.in_words,
        can_see_claims=Permission.SEE_HOUSEHOLDS in g.permissions,
        new_key=new_key,
    )


@blueprint.post("/meetings/<int:serial>/take-back/<int:claim_serial>")
@requires(Permission.REVIEW_CLAIMS)
def take_back(village: Place, serial: int, claim_serial: int) -> ResponseReturnValue:
    """A decision was typed by mistake: the item waits for this meeting again."""
    form = KeyForm()
    if not form.validate():
        raise InvalidInputError("页面已经过期，请返回刷新后再办。")
    taking_back.take_back(village, serial, claim_serial, current_actor(), form.key.data)
    tell(f"第 {claim_serial} 号的结果收回了，请在这次会上重新定。")
    return redirect(url_for("deeds.meeting", serial=serial), 303)


@blueprint.get("/meetings/<int:serial>/minutes.pdf")
@requires(Permission.REVIEW_CLAIMS)
def meeting_minutes(village: Place, serial: int) -> ResponseReturnValue:
    """The minutes on paper, to be signed."""
    found = agenda.meeting(village.id, serial)
    minutes = paper.minutes_of(village, found, agenda.all_decisions(found.id))
    fonts = register_fonts(current_app.config["POINTSBANK"].fonts_folder)
    return pdf(paper.minutes_pdf(minutes, fonts), f"minutes-{village.code}-{serial}")
