"""整改提醒单: made, printed, mended, or past its day turned into a deduction."""

from datetime import timedelta

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds import queries
from pointsbank.deeds.documents.reminder import reminder_notice, reminder_pdf
from pointsbank.deeds.forms.deductions import AfterForm, DeductForm, MendedForm
from pointsbank.deeds.forms.recording import recordable_or_today
from pointsbank.deeds.forms.reminders import ReminderForm
from pointsbank.deeds.models import Reminder
from pointsbank.deeds.queries import reminders as reminder_queries
from pointsbank.deeds.queries.reminders import PAGE_LINES, STATE_NAMES, state_of
from pointsbank.deeds.services import reminders as reminder_services
from pointsbank.deeds.views.deductions import tab_counts
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.people.models import Resident
from pointsbank.places.models import Place
from pointsbank.printing.fonts import register as register_fonts
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import tell

MEND_DAYS_OFFERED = 7
ENDED = "ended"  # ?show= for the reminders that ended


@blueprint.get("/reminders")
@requires(Permission.CHECK_CLAIMS)
def reminders(village: Place) -> ResponseReturnValue:
    """Those that wait, or with ?show=ended those that ended."""
    form, show = AfterForm(request.args), request.args.get("show", "")
    before = form.before.data if form.validate() else None
    found = reminder_queries.reminders(village.id, still_open=show != ENDED, before=before, limit=PAGE_LINES + 1)
    return render_template(
        "deeds/reminders.html",
        tab="reminders",
        show=show,
        before=before,
        reminders=found[:PAGE_LINES],
        more=found[PAGE_LINES - 1].serial if len(found) > PAGE_LINES else None,
        can_remind=bool(reminder_queries.rules_that_remind(village.id, clock.today())),
        state_of=state_of,
        state_names=STATE_NAMES,
        today=clock.today(),
        **tab_counts(village),
    )


@blueprint.get("/reminders/new")
@requires(Permission.CHECK_CLAIMS)
def new_reminder(village: Place) -> ResponseReturnValue:
    """An empty sheet."""
    rules = reminder_queries.rules_that_remind(village.id, clock.today())
    due = clock.today() + timedelta(days=MEND_DAYS_OFFERED)
    return render_template("deeds/reminder_new.html", form=ReminderForm(None, rules=rules, mend_by=due, key=new_key()))


@blueprint.post("/reminders/new")
@requires(Permission.CHECK_CLAIMS)
def make_reminder(village: Place) -> ResponseReturnValue:
    """Make it, then show it to be printed."""
    form, status = ReminderForm(rules=reminder_queries.rules_that_remind(village.id, clock.today())), 422
    if form.validate():
        try:
            made = reminder_services.remind(village, form.draft(village), current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("提醒单开好了。请打印出来，送到这一户，别张贴。")
            return redirect(url_for("deeds.reminder", serial=made["reminder"]), 303)
    return render_template("deeds/reminder_new.html", form=form), status


@blueprint.get("/reminders/<int:serial>")
@requires(Permission.CHECK_CLAIMS)
def reminder(village: Place, serial: int) -> ResponseReturnValue:
    """One reminder with what can be done about it."""
    return _page(village, reminder_queries.reminder(village.id, serial)), 200


def _members(village: Place, found: Reminder) -> list[Resident]:
    return queries.members_of_households(village.id, [found.household_id]).get(found.household_id, [])


def _page(
    village: Place, found: Reminder, mended: MendedForm | None = None, deducting: DeductForm | None = None
) -> str:
    return render_template(
        "deeds/reminder.html",
        reminder=found,
        state=state_of(found, clock.today()),
        state_names=STATE_NAMES,
        claim_serial=reminder_queries.claim_serial_of(found),
        mended=mended or MendedForm(formdata=None, mended_on=clock.today()),
        deducting=deducting or DeductForm(formdata=None, members=_members(village, found), key=new_key()),
        is_recordable=recordable_or_today(clock.day_of(found.created_at)) == clock.day_of(found.created_at),
        names=access.actor_names([found.actor]),
    )


@blueprint.post("/reminders/<int:serial>/mended")
@requires(Permission.CHECK_CLAIMS)
def mend_reminder(village: Place, serial: int) -> ResponseReturnValue:
    """It is mended: nothing is taken."""
    form, status = MendedForm(), 422
    if form.validate():
        try:
            reminder_services.mend(village, serial, form.mended_on.data, current_actor())
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("整改好了，这张单子到此为止，不扣分。")
            return redirect(url_for("deeds.reminders"), 303)
    return _page(village, reminder_queries.reminder(village.id, serial), mended=form), status


@blueprint.post("/reminders/<int:serial>/deduct")
@requires(Permission.CHECK_CLAIMS)
def deduct_reminder(village: Place, serial: int) -> ResponseReturnValue:
    """Not mended in time: a deduction begins its way."""
    found = reminder_queries.reminder(village.id, serial)
    form, status = DeductForm(members=_members(village, found)), 422
    if form.validate():
        try:
            made = reminder_services.deduct(village, serial, form.resident_id, current_actor(), form.key.data)
        except PointsBankError as error:
            error.field = "resident" if error.field == "who" else error.field
            status = form.refuse(error)
        else:
            tell(f"已转为扣分申报第 {made['claim']} 号。请先告知这一户，再评议。")
            return redirect(url_for("deeds.deduction", serial=made["claim"]), 303)
    return _page(village, reminder_queries.reminder(village.id, serial), deducting=form), status


@blueprint.get("/reminders/<int:serial>/paper.pdf")
@requires(Permission.CHECK_CLAIMS)
def reminder_paper(village: Place, serial: int) -> ResponseReturnValue:
    """The sheet for the household, without points."""
    found = reminder_queries.reminder(village.id, serial)
    if found.claim_id is not None:
        raise InvalidInputError("这张单子已经转为扣分，不再打印。请打印扣分告知单。")
    fonts = register_fonts(current_app.config["POINTSBANK"].fonts_folder)
    return pdf(reminder_pdf(reminder_notice(village, g.words, found), fonts), f"reminder-{village.code}-{serial}")
