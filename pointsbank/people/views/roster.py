"""The roster as a spreadsheet: out, and in after a preview."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from flask import current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.spreadsheets import RefusedRow
from pointsbank.people import sheets
from pointsbank.people.forms import ApplyForm, ExportForm, RosterForm
from pointsbank.people.sheets import RosterPlan, RowKind
from pointsbank.people.sheets.keeping import KEPT_HOURS_MAX, KeptFiles, sweep
from pointsbank.people.views.desk import blueprint
from pointsbank.places.models import Place
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.messages import tell

PREVIEW_ROWS_MAX = 200  # of each kind; the counts say how many there are
REFUSALS_MAX = 50  # sentences; rows with the same one share it
UPLOADS = "uploads"


def _kept_files(village: Place) -> KeptFiles:
    instance: Path = current_app.config["POINTSBANK"].instance
    return KeptFiles(instance / UPLOADS, village, current_actor())


@blueprint.record_once
def _sweep(state: BlueprintSetupState) -> None:
    """Uploads that nobody came back for go when the program starts, at the latest."""
    sweep(state.app.config["POINTSBANK"].instance / UPLOADS)


@blueprint.route("/import", methods=["GET", "POST"])
@requires(Permission.MANAGE_PEOPLE)
def import_roster(village: Place) -> ResponseReturnValue:
    """Choose a file, then see what it would do; nothing is changed yet."""
    form = RosterForm()
    if not form.validate_on_submit():
        return _page(form, None, 422 if form.errors else 200)
    try:
        content = form.read()
        plan = _plan(village, content, form)
        key = new_key()
        if not plan.refused:
            _kept_files(village).keep(content, key)
    except PointsBankError as error:
        return _page(form, None, form.refuse(error))
    return _page(form, plan, 422 if plan.refused else 200, key)


@blueprint.post("/import/apply")
@requires(Permission.MANAGE_PEOPLE)
def apply_roster(village: Place) -> ResponseReturnValue:
    """Do what the preview said: all of it or nothing, once."""
    asked, form = ApplyForm(), RosterForm()
    if not asked.validate():
        raise InvalidInputError("页面已经过期，请重新选一次文件。")
    ticks = {"with_id_numbers": asked.with_id_numbers.data == "1", "with_party": asked.with_party.data == "1"}
    form.with_id_numbers.data, form.with_party.data = ticks.values()
    try:
        content = _kept_files(village).find(asked.key.data)
        report = sheets.apply_import(village, content, **ticks, actor=current_actor(), key=asked.key.data)
    except PointsBankError as error:
        return _page(form, None, form.refuse(error))
    if not report.applied:
        # Somebody has changed the roster since the preview, so that rows which fitted no longer do.
        return _page(form, _plan(village, content, form), 409)
    tell(f"花名册导入好了：新增 {report.new} 人，改动 {report.changed} 人，不变 {report.unchanged} 人。")
    return redirect(url_for("people.index"), 303)


@blueprint.get("/roster.xlsx")
@requires(Permission.MANAGE_PEOPLE)
def export_roster(village: Place) -> ResponseReturnValue:
    """Everybody on the roster, as import reads it back."""
    form = ExportForm(request.args)
    content = sheets.export_roster(village, with_id_numbers=form.id_numbers.data, with_party=form.party.data)
    return spreadsheet(content, f"{village.name}花名册")


@blueprint.get("/roster-template.xlsx")
@requires(Permission.MANAGE_PEOPLE)
def roster_template(village: Place) -> ResponseReturnValue:
    """The columns of the roster, to be filled in."""
    form = ExportForm(request.args)
    content = sheets.empty_roster(with_id_numbers=form.id_numbers.data, with_party=form.party.data)
    return spreadsheet(content, f"{village.name}花名册（空表）")


def _plan(village: Place, content: bytes, form: RosterForm) -> RosterPlan:
    return sheets.plan_import(
        village, content, with_id_numbers=form.with_id_numbers.data, with_party=form.with_party.data
    )


def _page(form: RosterForm, plan: RosterPlan | None, status: int, key: str = "") -> ResponseReturnValue:
    """The form, and with a plan what the file would do."""
    rows = {kind.value: [row for row in plan.rows if row.kind is kind] for kind in RowKind} if plan else {}
    page = render_template(
        "people/import_roster.html",
        form=form,
        plan=plan,
        rows=rows,
        refusals=_refusals(plan.refused) if plan else [],
        refusals_max=REFUSALS_MAX,
        rows_max=PREVIEW_ROWS_MAX,
        hours_max=KEPT_HOURS_MAX,
        key=key,
    )
    return page, status


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sentence about a column, with all rows that it is said of. rows: as they are shown, 2–7、9."""

    column: str
    reason: str
    rows: str
    count: int


def _refusals(refused: Iterable[RefusedRow]) -> list[Refusal]:
    """What was refused, each sentence once, in the order of its first row."""
    rows_of: dict[tuple[str, str], list[int]] = {}
    for one in refused:
        rows_of.setdefault((one.column, one.reason), []).append(one.row)
    ordered = sorted(rows_of.items(), key=lambda item: min(item[1]))
    return [Refusal(column, reason, _runs(rows), len(rows)) for (column, reason), rows in ordered]


def _runs(rows: Iterable[int]) -> str:
    """Row numbers as a person reads them off the sheet: 2–7、9."""
    runs: list[list[int]] = []
    for row in sorted(set(rows)):
        if runs and runs[-1][1] + 1 == row:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return "、".join(f"{first}–{last}" if last > first else f"{first}" for first, last in runs)
