"""Drafts: deeds that were typed and not handed in yet."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds import queries, services
from pointsbank.deeds.forms.drafts import DraftsForm
from pointsbank.deeds.models import ClaimState
from pointsbank.deeds.queries import pending
from pointsbank.deeds.services import recording
from pointsbank.deeds.views.checking import is_clerk, of_others, theirs
from pointsbank.deeds.views.desk import blueprint
from pointsbank.deeds.views.grid import recorded_words
from pointsbank.foundation.errors import NotAllowedError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from pointsbank.web.messages import tell


@blueprint.get("/drafts")
@requires(Permission.RECORD_DEEDS)
def drafts(village: Place) -> ResponseReturnValue:
    """What this person keeps as drafts; the clerk may look at everybody's (?all=1)."""
    return _page(village, DraftsForm(formdata=None, key=new_key())), 200


@blueprint.post("/drafts")
@requires(Permission.RECORD_DEEDS)
def hand_in_drafts(village: Place) -> ResponseReturnValue:
    """Hand in what is ticked (act=hand_in) or drop it (discard), all of it in one act."""
    form, status = DraftsForm(), 422
    if form.validate():
        try:
            told = _act(village, form, request.form.get("act", ""))
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(told)
            return redirect(url_for("deeds.drafts", all=1 if _everybody() else None), 303)
    return _page(village, form), status


def _act(village: Place, form: DraftsForm, act: str) -> str:
    """Do what the button says. Gives what to say of it."""
    wanted, actor, key = form.ticked(), current_actor(), form.key.data
    for claim in queries.claims_by_serial(village.id, wanted).values():
        theirs(claim)
    if act == "hand_in":
        return f"{recorded_words(recording.hand_in(village, wanted, actor, key)['claims'])}。"
    if act == "discard":
        return f"{recording.discard(village, wanted, actor, key)['claims']} 件草稿不要了，没有计分。"
    raise NotAllowedError("没有这个办法，请刷新页面再办。")


def _everybody() -> bool:
    return is_clerk() and "all" in request.args


def _page(village: Place, form: DraftsForm) -> str:
    everybody, me = _everybody(), current_actor().key
    before = request.args.get("before", type=int)
    whose, limit = None if everybody else me, pending.CHECK_LINES + 1
    found = pending.claims_to_mend(village.id, ClaimState.DRAFT, whose, before=before, limit=limit)
    shown = found[: pending.CHECK_LINES]
    return render_template(
        "deeds/drafts.html",
        form=form,
        claims=shown,
        names=access.actor_names({claim.claimed_by for claim in shown}),
        in_words=services.in_words,
        everybody=everybody,
        of_others=of_others(village, ClaimState.DRAFT),
        is_clerk=is_clerk(),
        ticked=set(form.claim.data or []),
        older=shown[-1].serial if len(found) > len(shown) else None,
    )
