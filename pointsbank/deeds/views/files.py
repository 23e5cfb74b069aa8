"""Deeds in and out of .xlsx."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds import services, sheets
from pointsbank.deeds.forms.files import DeedsFileForm
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import parse_period
from pointsbank.foundation.spreadsheets import ImportReport
from pointsbank.places.models import Place
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.messages import tell

ROWS_SHOWN_MAX = 300  # of each part of a preview; what a cap cuts and what is doubtful comes first


@blueprint.route("/import", methods=["GET", "POST"])
@requires(Permission.RECORD_DEEDS)
def import_deeds(village: Place) -> ResponseReturnValue:
    """Choose a file, see what each row gives, and book it."""
    form = DeedsFileForm(key=new_key()) if request.method == "GET" else DeedsFileForm()
    form.claimed_by.offer(village)
    plan, status, late_reason = None, 200, form.late_reason.data or ""
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                content = form.read()
                if "apply" in request.form and not form.file.data:
                    report = sheets.apply_import(
                        village,
                        content,
                        current_actor(),
                        form.key.data,
                        late_reason=late_reason,
                        claimed_by=form.claimed_by.key,
                    )
                    if report.applied:
                        return _imported(report)
                plan = sheets.plan_import(village, content, late_reason=late_reason)
                status = 422 if plan.refused else 200
            except PointsBankError as error:
                status = form.refuse(error)
    page = render_template(
        "deeds/import.html",
        form=form,
        plan=plan,
        waiting=sum(bool(deed.rule.steps) for deed in plan.deeds) if plan else 0,
        noted=[deed for deed in plan.deeds if deed.remarks or deed.assessment.cap_reason] if plan else [],
        plain=[deed for deed in plan.deeds if not deed.remarks and not deed.assessment.cap_reason] if plan else [],
        columns=[column for column in sheets.DEED_COLUMNS if column.name in sheets.FILLED_IN],
        deeds_max=services.DEEDS_MAX,
        shown_max=ROWS_SHOWN_MAX,
    )
    return page, status


def _imported(report: ImportReport) -> ResponseReturnValue:
    unchanged = f"，{report.unchanged} 件以前就记过" if report.unchanged else ""
    waits = "要评议的等公示以后入账，到哪一步了看这里的“状态”。" if report.new else ""
    told = f"导入好了：新记 {report.new} 件{unchanged}。{waits}"
    tell(told, undo_url=url_for("deeds.claims") if report.new else None)
    return redirect(url_for("deeds.claims" if report.new else "deeds.import_deeds"), 303)


@blueprint.get("/deeds.xlsx")
@requires(Permission.SEE_HOUSEHOLDS)
def export_deeds(village: Place) -> ResponseReturnValue:
    """All deeds as a spreadsheet, of one month with ?period=; ?blank=1 gives the columns alone."""
    if "blank" in request.args:
        return spreadsheet(sheets.blank_sheet(), f"deeds-{village.code}-blank")
    wanted = request.args.get("period", "")
    period = parse_period(wanted, field="period") if wanted else None
    return spreadsheet(sheets.export_deeds(village, period), f"deeds-{village.code}{'-' + period if period else ''}")
