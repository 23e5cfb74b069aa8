"""The rules at the desk: those in force, every version, one rule changed, a whole book imported and exported."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries, services, sheets
from pointsbank.covenant.differences import cap_in_words, differences, in_words, points_in_words, steps_in_words
from pointsbank.covenant.errors import UnknownRuleError
from pointsbank.covenant.forms import (
    AdoptForm,
    ChangeForm,
    DropForm,
    FileForm,
    FilterForm,
    RestoreForm,
    RuleForm,
    StandardForm,
)
from pointsbank.covenant.models import EFFECT_NAMES, TRACK_NAMES, Rule, RuleBook
from pointsbank.covenant.services import RuleDraft, draft_of
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.spreadsheets import ImportReport
from pointsbank.places.models import Place
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.filters import day as day_words
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

blueprint = Blueprint("covenant", __name__, url_prefix="/desk/<village_code>/covenant", template_folder="templates")
register(NavigationItem("covenant.rules", "一约", "book", Permission.SEE_RULES, NavigationGroup.ONES, 10))

VERSIONS_PER_PAGE = 30
UNITS = ("次", "小时", "人", "月", "季度", "年", "本", "百元")  # offered while typing; any other is taken too

blueprint.add_app_template_filter(points_in_words, "rule_points")
blueprint.add_app_template_filter(cap_in_words, "rule_cap")
blueprint.add_app_template_filter(steps_in_words, "rule_steps")
blueprint.add_app_template_filter(in_words, "rule_in_words")
blueprint.add_app_template_filter(TRACK_NAMES.__getitem__, "track_name")
blueprint.add_app_template_filter(EFFECT_NAMES.__getitem__, "effect_name")


# --- reading ---


@blueprint.get("/")
@requires(Permission.SEE_RULES)
def rules(village: Place) -> ResponseReturnValue:
    """The rules in force today by category; the way to begin where there are none yet."""
    latest = queries.latest_book(village.id)
    if latest is None:
        return _start_page(StandardForm.opening(queries.day_offered(None), 0, reason="采用通用细则")), 200
    today = clock.today()
    book = queries.book_on(village.id, today)
    in_force = queries.rules_of(book) if book else []
    form = FilterForm(request.args)
    form.offer(_categories(in_force))
    valid = form.validate()
    shown = queries.matching(in_force, form.words.data, form.category.data) if valid else in_force
    newest = in_force if latest is book else queries.rules_of(latest)
    page = render_template(
        "covenant/rules.html",
        book=book,
        to_come=latest if latest.effective_on > today else None,
        form=form,
        sections=_sections(shown),
        in_force=len(in_force),
        editable={rule.code for rule in newest},
    )
    return page, 200 if valid else 422


def _start_page(form: StandardForm) -> str:
    return render_template("covenant/start.html", form=form)


def _categories(found: Sequence[Rule] | Sequence[RuleDraft]) -> list[str]:
    """The categories in the order of the book."""
    return list(dict.fromkeys(rule.category for rule in found))


def _sections(found: Sequence[Rule]) -> list[tuple[str, list[RuleDraft]]]:
    """The rules by category, both in the order of the book."""
    drafts = [draft_of(rule) for rule in found]
    return [(name, [draft for draft in drafts if draft.category == name]) for name in _categories(found)]


@blueprint.get("/versions")
@requires(Permission.SEE_RULES)
def versions(village: Place) -> ResponseReturnValue:
    """Every version, the newest first; those to come too."""
    before = request.args.get("before", type=int)
    lines = queries.book_lines(
        village.id, before=before if before and 0 < before <= queries.VERSION_MAX else None, limit=VERSIONS_PER_PAGE + 1
    )
    more = lines[VERSIONS_PER_PAGE - 1].book.version if len(lines) > VERSIONS_PER_PAGE else None
    shown = lines[:VERSIONS_PER_PAGE]
    names = access.actor_names(line.book.actor for line in shown)
    return render_template("covenant/versions.html", lines=shown, more=more, names=names, today=clock.today())


@blueprint.get("/versions/<int:version>")
@requires(Permission.SEE_RULES)
def version(village: Place, version: int) -> ResponseReturnValue:
    """A version, and what it changed."""
    line = queries.book_line(village.id, version)
    found = queries.rules_of(line.book)
    before = _drafts(queries.book(village.id, version - 1)) if version > 1 else []
    after = [draft_of(rule) for rule in found]
    return render_template(
        "covenant/version.html",
        line=line,
        is_newest=line.until is None,
        today=clock.today(),
        name=access.actor_names([line.book.actor])[line.book.actor],
        differences=differences(before, after) if version > 1 else [],
        sections=_sections(found),
    )


def _drafts(book: RuleBook | None) -> list[RuleDraft]:
    return [draft_of(rule) for rule in queries.rules_of(book)] if book else []


@blueprint.get("/versions/<int:version>/rules.xlsx")
@requires(Permission.SEE_RULES)
def export(village: Place, version: int) -> ResponseReturnValue:
    """A version as a spreadsheet."""
    return spreadsheet(sheets.export_rules(village, version), f"rules-{village.code}-{version}")


@blueprint.get("/standard.xlsx")
@requires(Permission.SEE_RULES)
def standard(village: Place) -> ResponseReturnValue:
    """The program's own rules, to be filled in anew."""
    return spreadsheet(sheets.standard_rules(), "rules-standard")


# --- one rule ---


@blueprint.route("/rules/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def add_rule(village: Place) -> ResponseReturnValue:
    """One more rule, at the end of its category."""
    if request.method == "GET":
        latest = queries.latest_book(village.id)
        form = RuleForm.opening(queries.day_offered(latest), latest.version if latest else 0)
        return _rule_page(village, form, None), 200
    return _save_rule(village, None)


@blueprint.route("/rules/<code>", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def edit_rule(village: Place, code: str) -> ResponseReturnValue:
    """One rule of the newest version."""
    if request.method == "GET":
        latest, draft = _newest_rule(village, code)
        return _rule_page(village, RuleForm.showing(draft, queries.day_offered(latest), latest.version), code), 200
    return _save_rule(village, code)


def _save_rule(village: Place, replaces: str | None) -> ResponseReturnValue:
    form, status = RuleForm(), 422
    if form.validate():
        try:
            day, reason, draft = form.effective_on.data, form.reason.data, form.draft()
            done = services.change_rule(
                village, draft, day, reason, current_actor(), form.key.data, replaces=replaces, seen_version=form.seen
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            return _adopted(done, form, f"{'改好了' if replaces else '加上了'} {services.clean_code(draft.code)}。")
    return _rule_page(village, form, replaces), status


def _rule_page(village: Place, form: RuleForm, code: str | None) -> str:
    latest = queries.latest_book(village.id)
    drafts = _drafts(latest)
    form.has_seen(latest.version if latest else 0)
    return render_template(
        "covenant/rule.html",
        form=form,
        code=code,
        latest=latest,
        stored=next((draft for draft in drafts if draft.code == code), None),
        categories=_categories(drafts),
        units=list(dict.fromkeys((*UNITS, *(draft.unit for draft in drafts)))),
    )


def _newest_rule(village: Place, code: str) -> tuple[RuleBook, RuleDraft]:
    """The newest version and its rule with a code. Raises UnknownRuleError."""
    latest = queries.latest_book(village.id)
    for draft in _drafts(latest):
        if latest is not None and draft.code == code:
            return latest, draft
    raise UnknownRuleError("最新的细则里没有这一条。请回到“一约”重新选。")


def _adopted(done: dict[str, Any], form: ChangeForm, sentence: str) -> ResponseReturnValue:
    """Tell what was done and show the new version."""
    new = done["version"]
    undo_url = url_for("covenant.restore", version=new - 1) if new > 1 else None
    tell(f"{sentence}第 {new} 版从 {day_words(form.effective_on.data)}起生效。", undo_url=undo_url)
    return redirect(url_for("covenant.version", version=new), 303)


@blueprint.route("/rules/<code>/drop", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def drop_rule(village: Place, code: str) -> ResponseReturnValue:
    """The newest version without one rule."""
    if request.method == "GET":
        latest, _ = _newest_rule(village, code)
        return _drop_page(village, code, DropForm.opening(queries.day_offered(latest), latest.version)), 200
    form, status = DropForm(), 422
    if form.validate():
        try:
            day, reason = form.effective_on.data, form.reason.data
            done = services.drop_rule(
                village, code, day, reason, current_actor(), form.key.data, seen_version=form.seen
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            return _adopted(done, form, f"删去了 {code}。")
    return _drop_page(village, code, form), status


def _drop_page(village: Place, code: str, form: DropForm) -> str:
    latest, draft = _newest_rule(village, code)
    form.has_seen(latest.version)
    return render_template("covenant/drop.html", form=form, rule=draft, latest=latest)


@blueprint.route("/versions/<int:version>/restore", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def restore(village: Place, version: int) -> ResponseReturnValue:
    """An earlier version's rules once more, as the next version: this is how a change is taken back."""
    if request.method == "GET":
        latest = queries.latest_book(village.id)
        form = RestoreForm.opening(
            queries.day_offered(latest), latest.version if latest else 0, reason=f"恢复第{version}版"
        )
        return _restore_page(village, version, form), 200
    form, status = RestoreForm(), 422
    if form.validate():
        try:
            day, reason = form.effective_on.data, form.reason.data
            done = services.restore_rule_book(
                village, version, day, reason, current_actor(), form.key.data, seen_version=form.seen
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            return _adopted(done, form, f"恢复了第 {version} 版的细则。")
    return _restore_page(village, version, form), status


def _restore_page(village: Place, version: int, form: RestoreForm) -> str:
    book, latest = queries.book(village.id, version), queries.latest_book(village.id)
    form.has_seen(latest.version if latest else 0)
    found = differences(_drafts(latest), _drafts(book))
    return render_template("covenant/restore.html", form=form, book=book, latest=latest, differences=found)


# --- a whole book ---


@blueprint.post("/standard")
@requires(Permission.MANAGE_RULES)
def take_standard(village: Place) -> ResponseReturnValue:
    """The program's own rules as the first version, in one act."""
    form, status = StandardForm(), 422
    if form.validate():
        try:
            report = _adopt(village, sheets.standard_rules(), form)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"通用细则 {report.new} 条已经采用，从 {day_words(form.effective_on.data)}起生效。可以再一条一条改。")
            return redirect(url_for("covenant.rules"), 303)
    return _start_page(form), status


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
    return _adopted({"version": latest.version}, form, told)


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
    found = differences(_drafts(latest), plan.drafts) if plan and not plan.refused else []
    return render_template(
        "covenant/import.html",
        file_form=file_form,
        form=form,
        plan=plan,
        differences=found,
        latest=latest,
        columns=sheets.RULE_COLUMNS,
    )
