"""What town, county and city handed down: which version the village follows, what a newer one would change."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries, services
from pointsbank.covenant.differences import differences
from pointsbank.covenant.forms.books import TakeForm
from pointsbank.covenant.queries import Table
from pointsbank.covenant.services import take_over
from pointsbank.covenant.views.desk import blueprint
from pointsbank.covenant.views.standing import Standing, standing
from pointsbank.foundation.errors import PointsBankError
from pointsbank.places.models import Place
from pointsbank.web.messages import tell


@blueprint.get("/tables")
@requires(Permission.SEE_RULES)
def tables(village: Place) -> ResponseReturnValue:
    """The tables of the places above, the nearest first; which version is followed."""
    above = queries.places_above(village)
    lines = queries.table_lines(above)
    draft = queries.draft_book(village.id)
    return render_template(
        "covenant/tables.html",
        above=[(place, [line for line in lines if line.place is place]) for place in above],
        followed=queries.followed(village, lines),
        in_draft=draft.tables if draft else {},
    )


@blueprint.get("/tables/<place_code>/<int:version>")
@requires(Permission.SEE_RULES)
def table(village: Place, place_code: str, version: int) -> ResponseReturnValue:
    """A table with its bounds, and what taking it over would change."""
    found = queries.table(queries.place_above(village, place_code), version)
    now = standing(village)
    return _table_page(village, found, TakeForm.opening(now.seen), now), 200


@blueprint.post("/tables/<place_code>/<int:version>/take")
@requires(Permission.MANAGE_RULES)
def take_table(village: Place, place_code: str, version: int) -> ResponseReturnValue:
    """The table's rules go into the draft; the village's own stay."""
    found = queries.table(queries.place_above(village, place_code), version)
    form, status = TakeForm(), 422
    if form.validate():
        try:
            key = form.key.data
            done = services.take_table(village, place_code, version, current_actor(), key, seen=form.seen)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            left = f"{'、'.join(done['left'])} 由别的上级下发，没有动。" if done["left"] else ""
            tell(f"{found.name}接收到草稿了。{left}看过改动，再采用。")
            return redirect(url_for("covenant.rule_draft"), 303)
    return _table_page(village, found, form, standing(village)), status


def _table_page(village: Place, found: Table, form: TakeForm, now: Standing) -> str:
    form.has_seen(now.seen)
    above = queries.places_above(village)
    lines = [line for line in queries.table_lines([found.place]) if line.place is found.place]
    after = take_over(now.rules, found)
    return render_template(
        "covenant/table.html",
        table=found,
        now=now,
        form=form,
        newest=lines[0].version,
        followed=queries.followed(village, lines).get(found.place.code),
        in_draft=now.draft.tables.get(found.place.code) if now.draft else None,
        differences=differences(now.rules, after.rules, {place.code: place.name for place in above}),
        left=after.left,
        bounds={bound.rule.code: services.bounds_in_words(bound) for bound in found.rules},
    )
