"""年终: what the policy does with unspent points, looked at first, then done, and undone as a whole."""

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.desk.documents import YearEndNotice, year_end_pdf
from pointsbank.desk.forms import EndForm, YearForm
from pointsbank.desk.queries import year_end as queries
from pointsbank.desk.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_points
from pointsbank.ledger import year_end as ledger
from pointsbank.ledger.errors import YearEndRefusedError
from pointsbank.ledger.year_end import MODE_NAMES, YearEndPlan
from pointsbank.people import queries as people
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.printing.fonts import register as fonts_in
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register
from pointsbank.web.requests import number_asked

register(NavigationItem("desk.year_end", "年终", "calendar3", Permission.END_YEAR, NavigationGroup.OFFICE, 80))

_AFTER_DIGITS_MAX = 18


def _year_asked(form: YearForm) -> int:
    """The year in the address, else the one that ended last. Raises InvalidInputError."""
    if not form.validate():
        raise InvalidInputError("年份不对，请核对。", field="year")
    return int(form.year.data) if form.year.data is not None else clock.today().year - 1


def _plan(village: Place, year: int) -> YearEndPlan:
    return ledger.plan(village, year, people.open_serials(village.id))


@blueprint.get("/desk/<village_code>/year-end")
@requires(Permission.END_YEAR)
def year_end(village: Place) -> ResponseReturnValue:
    """What ending a year would do today, or what was done."""
    form = YearForm(request.args)
    try:
        year = _year_asked(form)
        return _page(village, form, year), 200
    except PointsBankError as error:
        status = form.refuse(error)
        return render_template("desk/year_end.html", form=form, plan=None, done=None, **_history(village)), status


def _page(village: Place, form: YearForm, year: int, refusal: str = "") -> str:
    form.year.data = year
    ledger.check_year(year)
    done = ledger.standing(village.id, year)
    plan = None if done else _plan(village, year)
    after = number_asked("after", _AFTER_DIGITS_MAX) or 0
    lines, more = queries.page_of(village.id, plan, after) if plan else ([], None)
    return render_template(
        "desk/year_end.html",
        form=form,
        year=year,
        done=done,
        plan=plan,
        lines=lines,
        after=after,
        more=more,
        unready=queries.unready(village.id, year),
        key=new_key(),
        refusal=refusal,
        **_history(village),
    )


def _history(village: Place) -> dict[str, object]:
    ends = ledger.year_ends(village.id)
    return {
        "ends": ends,
        "mode_names": MODE_NAMES,
        "names": access.actor_names(key for end in ends for key in (end.actor, end.reversed_by) if key),
        "reverse_key": new_key(),
    }


@blueprint.post("/desk/<village_code>/year-end")
@requires(Permission.END_YEAR)
def end_year(village: Place) -> ResponseReturnValue:
    """End the year as it was seen."""
    form = EndForm()
    try:
        if not form.validate():
            raise InvalidInputError("页面已经过期，请刷新后重新提交。")
        serials = people.open_serials(village.id)
        done = ledger.end(
            village, form.year.data, serials, current_actor(), form.key.data, points_seen=form.points_seen.data
        )
    except PointsBankError as error:
        return _refused(village, form.year.data, error)
    tell(f"{form.year.data}年的年终办好了：{done['households']} 户，作废 {format_points(done['points'])} 分。")
    return redirect(url_for("desk.year_end", year=form.year.data), 303)


@blueprint.post("/desk/<village_code>/year-end/<int:serial>/reverse")
@requires(Permission.END_YEAR)
def reverse_year_end(village: Place, serial: int) -> ResponseReturnValue:
    """Undo a year's end as a whole."""
    try:
        undone = ledger.reverse(village, serial, current_actor(), request.form.get("key", ""))
    except PointsBankError as error:
        return _refused(village, None, error)
    tell(f"已经整个撤销，{undone['households']} 户共 {format_points(undone['points'])} 分退回。")
    return redirect(url_for("desk.year_end"), 303)


def _refused(village: Place, year: int | None, error: PointsBankError) -> ResponseReturnValue:
    """The page again, with what was refused above it."""
    form = YearForm(formdata=None)
    last = clock.today().year - 1
    shown = year if year is not None and ledger.YEAR_MIN <= year <= last else last
    return _page(village, form, shown, error.message), error.status


@blueprint.get("/desk/<village_code>/year-end/<int:year>.pdf")
@requires(Permission.END_YEAR)
def year_end_paper(village: Place, year: int) -> ResponseReturnValue:
    """The notice for the wall, before the year is ended."""
    plan = _plan(village, year)
    if ledger.standing(village.id, year) is not None:
        raise YearEndRefusedError(f"{year}年的年终已经办了，公示要在办以前张贴。")
    days = places.settings_now(village.id).notice_days
    notice = YearEndNotice(village, plan, queries.paper_lines(village.id, plan), days)
    fonts = fonts_in(current_app.config["POINTSBANK"].fonts_folder)
    return pdf(year_end_pdf(notice, fonts), f"year-end-{village.code}-{year}")
