"""Applications for points subsidies: the list, a new one, one with the town's answer."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_yuan
from pointsbank.fund import queries, services
from pointsbank.fund.documents import application_pdf
from pointsbank.fund.forms.subsidies import ReceivedForm, RefusedForm, SubsidyForm
from pointsbank.fund.models import SUBSIDY_STATE_NAMES
from pointsbank.fund.services.subsidies import periods_in_words, redeemed_in
from pointsbank.fund.views.desk import blueprint, fonts
from pointsbank.places.models import Place
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import tell
from pointsbank.web.requests import number_asked

LINES_PER_PAGE = 50


@blueprint.get("/subsidies")
@requires(Permission.SEE_FUND)
def subsidies(village: Place) -> ResponseReturnValue:
    """All applications, the newest first."""
    rows = queries.subsidies(village.id, before=number_asked("before"), limit=LINES_PER_PAGE + 1)
    return render_template(
        "fund/subsidies.html",
        rows=rows[:LINES_PER_PAGE],
        older=rows[LINES_PER_PAGE - 1].serial if len(rows) > LINES_PER_PAGE else None,
        months=queries.months_to_apply_for(village.id),
        state_names=SUBSIDY_STATE_NAMES,
        periods_in_words=periods_in_words,
    )


@blueprint.route("/subsidies/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_FUND)
def new_subsidy(village: Place) -> ResponseReturnValue:
    """Look up what was redeemed in some closed months, then apply for it."""
    form, status, found = SubsidyForm(), 200, None
    if not form.is_submitted():
        first, last = queries.months_to_apply_for(village.id) or ("", "")
        form = SubsidyForm(formdata=None, first_period=first, last_period=last, key=new_key())
    try:
        if form.is_submitted() and not form.validate():
            status = 422
        elif form.first_period.data:
            if "apply" in request.form:
                return _apply(village, form)
            found = redeemed_in(village.id, form.first_period.data, form.last_period.data or "")
            form.amount_seen.data = str(found[2])
    except PointsBankError as error:
        status = form.refuse(error) if form.is_submitted() else 200
        form.amount_seen.data = ""
    return render_template("fund/new_subsidy.html", form=form, found=found), status


def _apply(village: Place, form: SubsidyForm) -> ResponseReturnValue:
    done = services.apply_for(
        village, form.first_period.data, form.last_period.data, form.seen, current_actor(), form.key.data
    )
    tell(f"申请已登记，{format_yuan(done['amount_fen'])} 元。请打印申请表，盖章报镇上。")
    return redirect(url_for("fund.subsidy", serial=done["subsidy"]), 303)


@blueprint.get("/subsidies/<int:serial>")
@requires(Permission.SEE_FUND)
def subsidy(village: Place, serial: int) -> ResponseReturnValue:
    """One application."""
    return _subsidy_page(village, serial), 200


def _subsidy_page(
    village: Place, serial: int, received: ReceivedForm | None = None, refused: RefusedForm | None = None
) -> str:
    shown = queries.subsidy(village.id, serial)
    if received is None:
        amount = format_yuan(shown.amount_fen)
        received = ReceivedForm(formdata=None, amount=amount, received_on=clock.today(), key=new_key())
    return render_template(
        "fund/subsidy.html",
        subsidy=shown,
        received=received,
        refused=refused or RefusedForm(formdata=None),
        months=periods_in_words(shown),
        names=access.actor_names([shown.actor]),
        state_names=SUBSIDY_STATE_NAMES,
        today=clock.today(),
    )


@blueprint.get("/subsidies/<int:serial>/application.pdf")
@requires(Permission.SEE_FUND)
def application(village: Place, serial: int) -> ResponseReturnValue:
    """The application on paper."""
    content = application_pdf(village, queries.subsidy(village.id, serial), fonts())
    return pdf(content, f"subsidy-{village.code}-{serial}")


@blueprint.post("/subsidies/<int:serial>/received")
@requires(Permission.MANAGE_FUND)
def received(village: Place, serial: int) -> ResponseReturnValue:
    """The money came."""
    form, status = ReceivedForm(), 422
    if form.validate():
        try:
            done = services.receive(
                village,
                serial,
                form.amount_fen,
                form.received_on.data,
                form.voucher.data,
                form.answer.data,
                current_actor(),
                form.key.data,
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(
                f"补贴到账，记在第 {done['entry']} 笔，账上有 {format_yuan(done['balance_fen'])} 元。",
                undo_url=url_for("fund.entry", serial=done["entry"]),
            )
            return redirect(url_for("fund.subsidy", serial=serial), 303)
    return _subsidy_page(village, serial, received=form), status


@blueprint.post("/subsidies/<int:serial>/refused")
@requires(Permission.MANAGE_FUND)
def refused(village: Place, serial: int) -> ResponseReturnValue:
    """The town said no."""
    form, status = RefusedForm(), 422
    if form.validate():
        try:
            services.refuse(village, serial, form.answer.data, current_actor())
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("已记下没批准，这几个月可以重新申请。")
            return redirect(url_for("fund.subsidy", serial=serial), 303)
    return _subsidy_page(village, serial, refused=form), status
