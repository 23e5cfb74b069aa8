"""Objections at the desk: the list with its days, taking one, deciding on one."""

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds.errors import UnknownClaimError
from pointsbank.deeds.forms.notices import ListForm
from pointsbank.deeds.forms.objections import DecideForm, ObjectionForm
from pointsbank.deeds.models import OBJECTION_OUTCOME_NAMES, STATE_NAMES, Claim, ClaimState, Objection
from pointsbank.deeds.queries import claim as claim_by_serial
from pointsbank.deeds.queries import oversight as queries
from pointsbank.deeds.services import in_words, objecting
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import ID_MAX, new_key
from pointsbank.foundation.points import format_points
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(
    NavigationItem(
        "deeds.objections",
        "异议",
        "question-circle",
        Permission.EXAMINE_OBJECTIONS,
        NavigationGroup.MONTH,
        32,
        pages=("deeds.new_objection", "deeds.objection", "deeds.decide_objection"),
    )
)


def _words() -> dict[str, Any]:
    return {
        "outcome_names": OBJECTION_OUTCOME_NAMES,
        "state_names": STATE_NAMES,
        "today": clock.today(),
        "in_words": in_words,
    }


@blueprint.get("/objections")
@requires(Permission.EXAMINE_OBJECTIONS)
def objections(village: Place) -> ResponseReturnValue:
    """What is objected to, the most urgent first, and what became of the others."""
    asked = ListForm(request.args)
    before = asked.before.data if asked.validate() else None
    found = queries.objections(village.id, is_open=False, before=before, limit=queries.OBJECTIONS_PER_PAGE + 1)
    shown = found[: queries.OBJECTIONS_PER_PAGE]
    return render_template(
        "deeds/objections.html",
        open_ones=[] if before else queries.objections(village.id, is_open=True),
        open=queries.open_objections(village.id),
        decided=shown,
        before=before,
        older=shown[-1].serial if len(found) > len(shown) else None,
        **_words(),
    )


@blueprint.route("/objections/new", methods=["GET", "POST"])
@requires(Permission.TAKE_OBJECTIONS)
def new_objection(village: Place) -> ResponseReturnValue:
    """Somebody says that an item on the wall is not right."""
    meant = request.args.get("claim", type=int)
    asked = meant if meant is not None and 0 < meant <= ID_MAX else None
    form, status = ObjectionForm(key=new_key(), received_on=clock.today(), claim=asked), 200
    if request.method == "POST":
        form, status = ObjectionForm(), 422
        if form.validate():
            try:
                taken = objecting.take(village, form.draft, current_actor(), form.key.data)
            except PointsBankError as error:
                error.field = "claim" if isinstance(error, UnknownClaimError) else error.field
                status = form.refuse(error)
            else:
                tell(f"第 {taken['objection']} 号异议登记好了，这一件先不入账；其他的照常。请在期限前处理。")
                return redirect(url_for("deeds.objection", serial=taken["objection"]), 303)
    days = places.settings_now(village.id).objection_days
    page = render_template(
        "deeds/new_objection.html", form=form, claim=_meant(village, form.claim.data), days=days, **_words()
    )
    return page, status


def _meant(village: Place, serial: int | None) -> Claim | None:
    """The item that is meant, if there is one with this serial."""
    try:
        return claim_by_serial(village.id, serial) if serial is not None and 0 < serial <= ID_MAX else None
    except UnknownClaimError:
        return None


@blueprint.get("/objections/<int:serial>")
@requires(Permission.EXAMINE_OBJECTIONS)
def objection(village: Place, serial: int) -> ResponseReturnValue:
    """One objection: what is said, what it is about, what became of it."""
    found = queries.objection(village.id, serial)
    return _objection_page(village, found, DecideForm(formdata=None, key=new_key())), 200


@blueprint.post("/objections/<int:serial>/decide")
@requires(Permission.EXAMINE_OBJECTIONS)
def decide_objection(village: Place, serial: int) -> ResponseReturnValue:
    """Say what becomes of an objection."""
    form, status = DecideForm(), 422
    if form.validate():
        try:
            done = objecting.decide(village, serial, form.verdict, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(_decided_words(serial, done))
            return redirect(url_for("deeds.objection", serial=serial), 303)
    return _objection_page(village, queries.objection(village.id, serial), form), status


def _decided_words(serial: int, done: dict[str, Any]) -> str:
    state = ClaimState(done["state"])
    onward = {
        ClaimState.ON_NOTICE: f"这一件现在 {format_points(done['points'])} 分，公示期还没满，继续公示。",
        ClaimState.UNOBJECTED: f"这一件现在 {format_points(done['points'])} 分，公示期已满，可以入账了。",
        ClaimState.OBJECTED: "这一件还有别的异议没有处理，处理完才能往下走。",
        ClaimState.CANCELLED: "这一件撤销了，不记分。",
    }
    return f"第 {serial} 号异议处理好了。{onward.get(state, '')}{done['cap_reason']}请把结果告诉异议人和这一户。"


def _objection_page(village: Place, found: Objection, form: DecideForm) -> str:
    actor = current_actor()
    why_not = objecting.why_not_examine(village.id, found.claim, actor) if found.outcome is None else None
    sees_objector = Permission.SUPERVISE in g.permissions or found.actor == actor.key
    return render_template(
        "deeds/objection.html",
        objection=found,
        claim=found.claim,
        form=form if found.outcome is None and why_not is None else None,
        refusals=form.form_errors if found.outcome is not None or why_not else [],
        why_not=why_not,
        sees_objector=sees_objector,
        objector=objecting.objector_of(found) if sees_objector else None,
        others=[one for one in queries.objections_of(found.claim_id) if one.id != found.id],
        names=access.actor_names([found.actor]),
        **_words(),
    )
