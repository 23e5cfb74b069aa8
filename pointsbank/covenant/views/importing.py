"""A whole book of rules at the desk: the program's own, or a spreadsheet that is looked at first."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries, services, sheets
from pointsbank.covenant.differences import differences
from pointsbank.covenant.forms.rules import AdoptForm, ChangeForm, FileForm, StandardForm
from pointsbank.covenant.views.desk import blueprint
from pointsbank.covenant.views.versions import drafts_of, tell_adopted
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.spreadsheets import ImportReport
from pointsbank.places.models import Place
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.filters import day as day_words
from pointsbank.web.messages import tell


def start_page(form: StandardForm) -> str:
    """Where there are no rules yet: the ways to begin."""
    return render_template("covenant/start.html", form=form)


@blueprint.get("/standard.xlsx")
@requires(Permission.SEE_RULES)
def standard(village: Place) -> ResponseReturnValue:
    """The program's own rules, to be filled in anew."""
    return spreadsheet(sheets.standard_rules(), "rules-standard")


@blueprint.post("/standard")
@requires(Permission.MANAGE_RULES)
def take_standard(village: Place) -> ResponseReturnValue:
    """The program's own rules as the first version, in one act."""
    form, status = StandardForm(), 422
    if form.validate():
        try:
            drafts, day, reason = sheets.standard_drafts(village), form.effective_on.data, form.reason.data
            services.adopt_rule_book(
                village, drafts, day, reason, current_actor(), form.key.data, seen_version=form.seen
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"通用细则 {len(drafts)} 条已经采用，从 {day_words(day)}起生效。可以再一条一条改。")
            return redirect(url_for("covenant.rules"), 303)
    return start_page(form), status


def _adopt(village: Place, content: bytes, form: ChangeForm) -> ImportReport:
    """Make a sheet the next version, from when on and why as the form says."""
    return sheets.apply_import(
        village,
        content,
        effective_on=form.effective_on.data,
        actor=current_actor(),
        key=form.key.data,
        reason=form.reason.data,
        seen_version=form.seen,
    )


@blueprint.route("/import", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def import_rules(village: Place) -> ResponseReturnValue:
    """Choose a file and see what it would change; nothing is written."""
    file_form, status = FileForm(), 200
    if request.method == "POST":
        status = 422
        if file_form.validate():
            try:
                content = file_form.read()
                plan = sheets.plan_import(village, content)
            except PointsBankError as error:
                status = file_form.refuse(error)
            else:
                day = queries.day_offered(queries.latest_book(village.id))
                form = AdoptForm.opening(
                    day, plan.seen_version, reason=sheets.IMPORT_REASON, content=file_form.content.data
                )
                return _import_page(village, file_form, plan, form), 422 if plan.refused else 200
    return _import_page(village, file_form), status


@blueprint.post("/import/adopt")
@requires(Permission.MANAGE_RULES)
def adopt_import(village: Place) -> ResponseReturnValue:
    """Adopt the file that was looked at: all of it or nothing."""
    form, status = AdoptForm(), 422
    if form.validate():
        try:
            report = _adopt(village, form.read(), form)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            if report.applied:
                return _imported(village, form, report)
    return _import_again(village, form), status


def _imported(village: Place, form: AdoptForm, report: ImportReport) -> ResponseReturnValue:
    """Tell what an import did."""
    latest = queries.latest_book(village.id)
    if latest is None or latest.version == form.seen:
        tell("表里的细则和现有的一条不差，没有改动。")
        return redirect(url_for("covenant.rules"), 303)
    told = f"细则表已采用：新增 {report.new} 条，改动或删去 {report.changed} 条，不变 {report.unchanged} 条。"
    return tell_adopted({"version": latest.version}, form, told)


def _import_again(village: Place, form: AdoptForm) -> str:
    """The preview once more with what was refused; the page to choose a file where there is none to look at."""
    file_form = FileForm(formdata=None)
    try:
        plan = sheets.plan_import(village, form.read())
    except PointsBankError as error:
        file_form.refuse(error)
        return _import_page(village, file_form)
    form.has_seen(plan.seen_version)
    return _import_page(village, file_form, plan, form)


def _import_page(
    village: Place, file_form: FileForm, plan: sheets.RulesPlan | None = None, form: AdoptForm | None = None
) -> str:
    latest = queries.latest_book(village.id)
    found = differences(drafts_of(latest), plan.drafts) if plan and not plan.refused else []
    return render_template(
        "covenant/import.html",
        file_form=file_form,
        form=form,
        plan=plan,
        differences=found,
        latest=latest,
        columns=sheets.RULE_COLUMNS,
    )
