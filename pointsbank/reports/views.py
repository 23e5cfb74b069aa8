"""What-if: the draft of the rules tried on the last months, before a meeting decides on it."""

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant.queries import draft_rules, newest_drafts
from pointsbank.covenant.rule_drafts import RuleDraft
from pointsbank.foundation.points import format_points
from pointsbank.places.models import Place
from pointsbank.printing import charts
from pointsbank.printing.fonts import Fonts, register
from pointsbank.reports.documents import coverage_in_words, what_if_pdf
from pointsbank.reports.forms import WhatIfForm
from pointsbank.reports.queries import what_if as queries
from pointsbank.reports.queries.what_if import Line, WhatIf
from pointsbank.web.downloads import pdf

blueprint = Blueprint("reports", __name__, url_prefix="/desk/<village_code>/reports", template_folder="templates")

CHART_WIDTH = 340  # about what a phone has
MONTHS_AT_FIRST = 3


def _months() -> int:
    """The months that are asked for; the usual number for anything else."""
    form = WhatIfForm(request.args)
    return int(form.months.data) if form.validate() else MONTHS_AT_FIRST


def _rules(village: Place) -> tuple[list[RuleDraft], bool]:
    """The draft, or without one the newest rules; whether it is a draft."""
    draft = draft_rules(village.id)
    return (draft, True) if draft is not None else (newest_drafts(village.id), False)


def _fonts() -> Fonts:
    return register(current_app.config["POINTSBANK"].fonts_folder)


def _compared(village: Place) -> tuple[WhatIf, int]:
    months = _months()
    return queries.what_if(village, _rules(village)[0], months), months


@blueprint.get("/what-if")
@requires(Permission.MANAGE_RULES)
def what_if(village: Place) -> ResponseReturnValue:
    """What would be different, in figures and charts."""
    rules, is_draft = _rules(village)
    months = _months()
    form = WhatIfForm(months=str(months))
    if not rules:
        return render_template("reports/what_if.html", form=form, found=None)
    return render_template(
        "reports/what_if.html",
        form=form,
        found=queries.what_if(village, rules, months),
        is_draft=is_draft,
        months=months,
        coverage_in_words=coverage_in_words,
    )


@blueprint.get("/what-if/<any(categories, groups):part>.svg")
@requires(Permission.MANAGE_RULES)
def what_if_chart(village: Place, part: str) -> ResponseReturnValue:
    """As booked and as it would have been, bars one below the other."""
    found, _ = _compared(village)
    lines = found.by_category if part == "categories" else found.by_group
    drawing = charts.horizontal_bars(_fonts(), bars(lines), CHART_WIDTH)
    return Response(charts.svg(drawing, "现行和草稿的积分对比"), mimetype="image/svg+xml")


@blueprint.get("/what-if.pdf")
@requires(Permission.MANAGE_RULES)
def what_if_paper(village: Place) -> ResponseReturnValue:
    """The paper for the meeting: categories and groups, no households."""
    found, months = _compared(village)
    return pdf(what_if_pdf(village, found, months, _fonts()), f"what-if-{village.code}-{found.last_day}")


def bars(lines: list[Line]) -> list[charts.Bar]:
    """Two bars for each line, which share its name: as it is, and as it would be."""
    return [
        charts.Bar(line.name, units, f"{words} {format_points(units)}", tint)
        for line in lines
        for words, units, tint in (("现行", line.now, charts.AS_IT_IS), ("草稿", line.then, charts.AS_PROPOSED))
    ]
