"""A whole book of rules at the desk: the program's own, or a spreadsheet that is looked at first."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries, services, sheets
from pointsbank.covenant.differences import differences
from pointsbank.covenant.forms.books import AdoptForm, DraftFileForm, FileForm, StandardForm
from pointsbank.covenant.queries import DraftBook
from pointsbank.covenant.services import Seen
from pointsbank.covenant.views.desk import blueprint
from pointsbank.covenant.views.drafting import tell_adopted
from pointsbank.covenant.views.standing import Standing, names_above, standing
from pointsbank.foundation.errors import PointsBankError
from pointsbank.places.models import Place
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.filters import day as day_words
from pointsbank.web.messages import tell


def start_page(form: StandardForm, draft: DraftBook | None) -> str:
    """Where there are no rules yet: the ways to begin."""
    return render_template("covenant/start.html", form=form, draft=draft)


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
                village, drafts, day, reason, current_actor(), form.key.data, seen_version=form.seen.version
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"通用细则 {len(drafts)} 条已经采用，从 {day_words(day)}起生效。可以再一条一条改。")
            return redirect(url_for("covenant.rules"), 303)
    return start_page(form, queries.draft_book(village.id)), status


def _is_first(now: Standing) -> bool:
    """Whether a sheet is the village's first book, which is adopted at once; any later one goes into the draft."""
    return now.latest is None and now.draft is None


@blueprint.route("/import", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def import_rules(village: Place) -> ResponseReturnValue:
    """Choose a file and see what it would change; nothing is written."""
    file_form, status = FileForm(), 200
    now = standing(village)
    if request.method == "POST":
        status = 422
        if file_form.validate():
            try:
                plan = sheets.plan_draft_import(village, file_form.read())
            except PointsBankError as error:
                status = file_form.refuse(error)
            else:
                form = _next_form(now, plan.seen, file_form.content.data)
                return _import_page(village, now, file_form, plan, form), 422 if plan.refused else 200
    return _import_page(village, now, file_form), status


def _next_form(now: Standing, seen: Seen, content: str) -> AdoptForm | DraftFileForm:
    """What follows the preview: adopting the first book, or putting the file into the draft."""
    if _is_first(now):
        day = queries.day_offered(None)
        return AdoptForm.from_day(day, seen, reason=sheets.IMPORT_REASON, content=content)
    return DraftFileForm.opening(seen, content=content)


@blueprint.post("/import/adopt")
@requires(Permission.MANAGE_RULES)
def adopt_import(village: Place) -> ResponseReturnValue:
    """Adopt the first file that was looked at: all of it or nothing."""
    form, status = AdoptForm(), 422
    if form.validate():
        try:
            day = form.effective_on.data
            report = sheets.apply_import(
                village,
                form.read(),
                effective_on=day,
                actor=current_actor(),
                key=form.key.data,
                reason=form.reason.data,
                seen_version=0,  # a later sheet goes into the draft
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            if report.applied:
                return tell_adopted(1, f"细则表已采用，一共 {report.new} 条。第 1 版从 {day_words(day)}起生效。")
    return _import_again(village, form), status


@blueprint.post("/import/draft")
@requires(Permission.MANAGE_RULES)
def import_draft(village: Place) -> ResponseReturnValue:
    """Put the file that was looked at into the draft: all of it or nothing."""
    form, status = DraftFileForm(), 422
    if form.validate():
        try:
            actor, key = current_actor(), form.key.data
            report = sheets.apply_draft_import(village, form.read(), actor=actor, key=key, seen=form.seen)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            if report.applied:
                tell(
                    f"细则表放进草稿了：新增 {report.new} 条，改动或删去 {report.changed} 条，"
                    f"不变 {report.unchanged} 条。看过改动，再采用。"
                )
                return redirect(url_for("covenant.rule_draft"), 303)
    return _import_again(village, form), status


def _import_again(village: Place, form: AdoptForm | DraftFileForm) -> str:
    """The preview once more with what was refused; the page to choose a file where there is none to look at."""
    file_form, now = FileForm(formdata=None), standing(village)
    try:
        plan = sheets.plan_draft_import(village, form.read())
    except PointsBankError as error:
        file_form.refuse(error)
        return _import_page(village, now, file_form)
    if isinstance(form, AdoptForm) and not _is_first(now):
        content, told = form.content.data, form.form_errors
        form = DraftFileForm.opening(plan.seen, content=content)
        form.form_errors.extend(told)
    form.has_seen(plan.seen)
    return _import_page(village, now, file_form, plan, form)


def _import_page(
    village: Place,
    now: Standing,
    file_form: FileForm,
    plan: sheets.RulesPlan | None = None,
    form: AdoptForm | DraftFileForm | None = None,
) -> str:
    places = names_above(village, now.rules, plan.drafts) if plan else {}
    found = differences(now.rules, plan.drafts, places) if plan and not plan.refused else []
    return render_template(
        "covenant/import.html",
        file_form=file_form,
        form=form,
        plan=plan,
        differences=found,
        now=now,
        is_first=_is_first(now),
        columns=sheets.RULE_COLUMNS,
    )
