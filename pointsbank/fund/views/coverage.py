"""Whether the points can be honoured: now, and at the end of the last twelve months."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import requires
from pointsbank.access.permissions import Permission
from pointsbank.fund import queries
from pointsbank.fund.views.desk import blueprint, fonts
from pointsbank.fund.words import advice, daily_in_words, ratio_in_words
from pointsbank.places.models import Place
from pointsbank.printing import charts

CHART_WIDTH, CHART_HEIGHT = 460.0, 250.0  # points: about as wide as a phone shows it


@blueprint.get("/coverage")
@requires(Permission.SEE_FUND)
def coverage(village: Place) -> ResponseReturnValue:
    """Points outstanding against goods and fund, in figures and as a curve."""
    now = queries.coverage(village.id)
    return render_template(
        "fund/coverage.html",
        now=now,
        months=queries.curve(village.id, now),
        advice=advice(now),
        pace_days=queries.PACE_DAYS,
        ratio_in_words=ratio_in_words,
        daily_in_words=daily_in_words,
    )


@blueprint.get("/coverage.svg")
@requires(Permission.SEE_FUND)
def coverage_chart(village: Place) -> ResponseReturnValue:
    """The curve of the last twelve months."""
    months = queries.curve(village.id, queries.coverage(village.id))
    labels = [f"{int(month.period[5:])}月" for month in months]
    lines = (
        charts.Curve("货和钱", [month.coverage.reserves_fen // 100 for month in months], charts.AS_PROPOSED),
        charts.Curve("积分值多少", [month.coverage.value_fen // 100 for month in months], charts.AS_IT_IS, dashed=True),
    )
    drawing = charts.curves(fonts(), labels, lines, CHART_WIDTH, CHART_HEIGHT)
    return Response(charts.svg(drawing, "近 12 个月的兑付能力，单位元"), mimetype="image/svg+xml")
