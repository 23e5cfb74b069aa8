"""What may have been claimed twice, side by side: both count, or one is withdrawn."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds import queries, services
from pointsbank.deeds.forms.checking import KeepForm
from pointsbank.deeds.policies.standing import state_words
from pointsbank.deeds.queries.duplicates import NEAR_DAYS, doubtful
from pointsbank.deeds.services import checking
from pointsbank.deeds.services.duplicates import keep_both as keep
from pointsbank.deeds.views.checking import is_clerk
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from pointsbank.web.messages import Tone, tell

PAIRS_SHOWN = 20  # of a page: each is looked at by a person


@blueprint.get("/duplicates")
@requires(Permission.CHECK_CLAIMS)
def duplicates(village: Place) -> ResponseReturnValue:
    """Claims that look like an earlier one, each beside it, the newest first."""
    before = request.args.get("before", type=int)
    pairs = [(later, earlier) for later, earlier in doubtful(village.id).items() if before is None or later < before]
    shown = pairs[:PAIRS_SHOWN]
    serials = {serial for later, earlier in shown for serial in (later, *earlier)}
    claims = queries.claims_by_serial(village.id, serials)
    actor = current_actor()
    page = render_template(
        "deeds/duplicates.html",
        pairs=[(claims[later], [claims[serial] for serial in earlier]) for later, earlier in shown],
        count=len(pairs),
        older=shown[-1][0] if len(pairs) > len(shown) else None,
        newest=before is None,
        names=access.actor_names({key for claim in claims.values() for key in (claim.claimed_by, claim.actor)}),
        in_words=services.in_words,
        state_words=state_words,
        near_days=NEAR_DAYS,
        withdrawable={
            claim.serial
            for claim in claims.values()
            if claim.state in checking.WITHDRAWABLE and (is_clerk() or checking.is_theirs(claim, actor))
        },
        new_key=new_key,
    )
    return page, 200


@blueprint.post("/<int:serial>/keep")
@requires(Permission.CHECK_CLAIMS)
def keep_both(village: Place, serial: int) -> ResponseReturnValue:
    """Say that a claim and an earlier one that looks like it are two deeds."""
    form = KeepForm()
    back = redirect(url_for("deeds.duplicates"), 303)
    if not form.validate():
        tell("页面已经过期，请再选一次。", tone=Tone.WARN)
        return back
    try:
        keep(village, serial, form.beside.data, current_actor(), form.key.data, seen_revision=form.revision.data)
    except PointsBankError as error:
        tell(error.message, tone=Tone.WARN)
    else:
        tell(f"第 {serial} 号和第 {form.beside.data} 号两件都算。")
    return back
