"""Where a line of the book comes from, and one deed's whole way for visitors."""

from flask import g, render_template, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import requires
from pointsbank.access.permissions import Permission
from pointsbank.boards.policies import household_label, household_name
from pointsbank.boards.queries.merits import households_of_children
from pointsbank.deeds.models import BODY_NAMES, OBJECTION_OUTCOME_NAMES, OUTCOME_NAMES, STATE_NAMES
from pointsbank.deeds.services import in_words
from pointsbank.desk.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.ledger import year_end
from pointsbank.people.queries import LINE_NAMES
from pointsbank.places.models import Place
from pointsbank.reports.queries import trace as queries
from pointsbank.reports.queries.trace import Trace

_SOURCES = {"order": "爱心超市的单子", "redemption": "爱心超市的兑换", "household": "建档", year_end.SOURCE: "年终处理"}


@blueprint.get("/desk/<village_code>/trace/<int:sequence>")
@requires(Permission.SEE_HOUSEHOLDS)
def trace(village: Place, sequence: int) -> ResponseReturnValue:
    """One line of the book, back to the meeting that decided on it and the sheet that hung on the wall."""
    found = queries.explain(village, sequence)
    names = access.actor_names(_actors(found))
    return render_template("desk/trace.html", trace=found, names=names, **_words(found))


@blueprint.get("/desk/<village_code>/trace/example")
@requires(Permission.SEE_VILLAGE)
def whole_way(village: Place) -> ResponseReturnValue:
    """One good deed's whole way, to show to visitors: names as they may hang on the wall."""
    found = queries.whole_way(village, clock.today())
    if found is None:
        return render_template("desk/whole_way.html", trace=None)
    household, sequence = found.entry.household, found.entry.transfer.sequence
    is_child = bool(households_of_children([household], clock.today()))
    return render_template(
        "desk/whole_way.html",
        trace=found,
        who=f"{household_label(household)} {household_name(household, head_is_child=is_child)}",
        more=url_for("desk.trace", sequence=sequence) if Permission.SEE_HOUSEHOLDS in g.permissions else "",
        **_words(found),
    )


def _actors(found: Trace) -> list[str]:
    claim, entry = found.claim, found.entry.transfer
    return [
        entry.actor,
        *((claim.claimed_by, claim.actor) if claim else ()),
        *(step.event.actor for step in found.steps),
        *(one.actor for one in found.evidence),
        *(one.actor for one in found.reversals),
    ]


def _words(found: Trace) -> dict[str, object]:
    """What the templates say things with."""
    claim = found.claim
    return {
        "line_name": LINE_NAMES[found.entry.transfer.kind],
        "line_names": LINE_NAMES,
        "source": _SOURCES.get(found.entry.transfer.source_type, ""),
        "what": in_words(claim.rule, claim.quantity) if claim else "",
        "state_names": STATE_NAMES,
        "body_names": BODY_NAMES,
        "outcome_names": OUTCOME_NAMES,
        "objection_names": OBJECTION_OUTCOME_NAMES,
    }
