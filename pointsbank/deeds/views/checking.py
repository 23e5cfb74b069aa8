"""The first check, and mending what it sent back."""

from dataclasses import dataclass
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds import queries, services
from pointsbank.deeds.errors import DeedRefusedError, NotWaitingError
from pointsbank.deeds.forms.checking import CheckFilterForm, CheckForm, MendForm
from pointsbank.deeds.models import STATE_NAMES, Claim, ClaimState
from pointsbank.deeds.queries import checkers, duplicates, pending
from pointsbank.deeds.queries.evidence import asked_for
from pointsbank.deeds.services import checking
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation.errors import NotAllowedError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(
    NavigationItem(
        "deeds.check",
        "初审",
        "check-circle",
        Permission.CHECK_CLAIMS,
        NavigationGroup.MONTH,
        12,
        pages=("deeds.check_claims", "deeds.duplicates", "deeds.keep_both"),
    ),
    NavigationItem(
        "deeds.returned",
        "退回补充",
        "arrow-counterclockwise",
        Permission.RECORD_DEEDS,
        NavigationGroup.MONTH,
        13,
        pages=("deeds.mend",),
    ),
)


CLAIMED = "您报的"


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A claim that waits for the first check. aside: why the person at the screen stands aside, "" if not.

    others: then whom to ask.
    """

    claim: Claim
    what: str
    aside: str
    others: str
    alike: list[int]
    asked_for: str
    pieces: int


def is_clerk() -> bool:
    """Whether the person may withdraw and mend what others claimed."""
    return Permission.REVERSE_BOOKINGS in g.permissions


@blueprint.get("/check")
@requires(Permission.CHECK_CLAIMS)
def check(village: Place) -> ResponseReturnValue:
    """What waits for the first check, the newest first."""
    wanted = _filter(village)
    return _check_page(village, wanted, CheckForm(formdata=None, key=new_key())), 422 if wanted.errors else 200


@blueprint.post("/check")
@requires(Permission.CHECK_CLAIMS)
def check_claims(village: Place) -> ResponseReturnValue:
    """Pass what is ticked (act=pass), send it back (return) or refuse it (refuse), all of it in one act."""
    form, wanted, status = CheckForm(), _filter(village), 422
    if form.validate():
        try:
            told = _decide(village, form, request.form.get("act", ""))
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(told)
            return redirect(url_for("deeds.check", at=request.form.get("at") or None, **wanted.narrowed), 303)
    return _check_page(village, wanted, form), status


def _decide(village: Place, form: CheckForm, act: str) -> str:
    """Do what the button says. Gives what to say of it."""
    seen, actor, key, reason = form.ticked(), current_actor(), form.key.data, form.reason.data or ""
    if act == "return":
        done = checking.return_claims(village, list(seen), reason, actor, key, seen)
        return f"已退回 {done['claims']} 件，申报人补充以后会再来。"
    if act == "refuse":
        done = checking.refuse_claims(village, list(seen), reason, actor, key, seen)
        return f"{done['claims']} 件不予受理，原因记下了。"
    if act != "pass":
        raise NotAllowedError("没有这个办法，请刷新页面再办。")
    if reason:
        raise DeedRefusedError("写了原因，是要退回还是不予受理？请按那个按钮；要通过，请把原因清空。", field="reason")
    done = checking.pass_check(village, list(seen), actor, key, seen)
    approved = f"其中 {done['approved']} 件不用评议，等着公示" if done["approved"] else "接着等评议"
    return f"初审通过 {done['claims']} 件，{approved}。"


def _filter(village: Place) -> CheckFilterForm:
    form = CheckFilterForm(request.args)
    form.offer(places.groups(village.id), pending.rules_waiting(village.id))
    form.validate()
    return form


def _check_page(village: Place, wanted: CheckFilterForm, form: CheckForm) -> str:
    valid = not wanted.errors
    size = int(wanted.size.data) if valid else pending.CHECK_LINES
    headed = access.groups_headed(village.id, current_actor())
    narrowed = pending.CheckFilter(
        int(wanted.group.data) if valid and wanted.group.data else None,
        wanted.rule.data or None if valid else None,
        None if headed is None else frozenset(group.id for group in headed),
    )
    before = wanted.before.data if valid else None
    found = pending.waiting_for_check(village.id, narrowed, before=before, limit=size + 1)
    shown = found[:size]
    return render_template(
        "deeds/check.html",
        wanted=wanted,
        form=form,
        lines=_lines(village, shown),
        names=access.actor_names({claim.claimed_by for claim in shown}),
        ticked={value.partition("-")[0] for value in form.claim.data or []},
        count=pending.check_count(village.id, narrowed.group_ids),
        at=request.args.get("at", ""),
        older=shown[-1].serial if len(found) > size else None,
    )


def _lines(village: Place, claims: Any) -> list[CheckLine]:
    actor = current_actor()
    everybody = checkers.checkers_of(village.id)
    own = everybody.kin.get(actor.id or 0, {})  # whoever may be here is one of them
    alike = duplicates.alike_claims(village.id, claims)
    pieces = pending.evidence_counts(village.id, [claim.id for claim in claims])
    aside = {
        claim.id: own.get(claim.household_id) or (CLAIMED if claim.claimed_by == actor.key else "") for claim in claims
    }
    return [
        CheckLine(
            claim,
            services.in_words(claim.rule, claim.quantity),
            aside[claim.id],
            everybody.whom_to_ask(claim) if aside[claim.id] else "",
            alike.get(claim.serial, []),
            asked_for(claim.rule),
            pieces.get(claim.id, 0),
        )
        for claim in claims
    ]


# --- what came back ---


@blueprint.get("/returned")
@requires(Permission.RECORD_DEEDS)
def returned(village: Place) -> ResponseReturnValue:
    """What was sent back to this person; the clerk may look at everybody's (?all=1)."""
    everybody = is_clerk() and "all" in request.args
    actor_key = None if everybody else current_actor().key
    before = request.args.get("before", type=int)
    found = pending.claims_to_mend(
        village.id, ClaimState.RETURNED, actor_key, before=before, limit=pending.CHECK_LINES + 1
    )
    shown = found[: pending.CHECK_LINES]
    return render_template(
        "deeds/returned.html",
        claims=shown,
        reasons=pending.last_reasons(village.id, [claim.serial for claim in shown]),
        names=access.actor_names({claim.claimed_by for claim in shown}),
        in_words=services.in_words,
        everybody=everybody,
        of_others=of_others(village, ClaimState.RETURNED),
        is_clerk=is_clerk(),
        older=shown[-1].serial if len(found) > len(shown) else None,
    )


def of_others(village: Place, state: ClaimState) -> int:
    """How many returned claims or drafts others than the person at the screen have."""
    everybody, mine = (pending.counts_to_mend(village.id, key)[state] for key in (None, current_actor().key))
    return everybody - mine


@blueprint.route("/<int:serial>/mend", methods=["GET", "POST"])
@requires(Permission.RECORD_DEEDS)
def mend(village: Place, serial: int) -> ResponseReturnValue:
    """Mend a returned claim and send it again; a draft likewise, and hand it in."""
    claim = theirs(queries.claim(village.id, serial))
    if claim.state not in checking.MENDABLE and request.method == "GET":
        raise NotWaitingError(serial, STATE_NAMES[claim.state], "不用补充")
    members = queries.members_of_households(village.id, [claim.household_id]).get(claim.household_id, [])
    if request.method == "GET":
        return _mend_page(village, claim, MendForm.of(claim, members, new_key())), 200
    form, is_draft = MendForm(), claim.state is ClaimState.DRAFT
    form.offer(claim, members)
    valid, mended, status = form.validate(), form.read(), 422
    if valid and mended is not None:
        try:
            done = checking.resubmit(village, serial, mended, form.revision.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(_at_field(error))
        else:
            tell(f"第 {serial} 号已{'交上' if is_draft else '再次申报，待初审'}。{done['cap_reason']}")
            return redirect(url_for("deeds.claim", serial=serial), 303)
    return _mend_page(village, queries.claim(village.id, serial), form), status


def _at_field(error: PointsBankError) -> PointsBankError:
    """The service says who: on this form that is the resident."""
    if error.field == "who":
        error.field = "resident"
    return error


def _mend_page(village: Place, claim: Claim, form: MendForm) -> str:
    return render_template(
        "deeds/mend.html",
        claim=claim,
        form=form,
        what=services.in_words(claim.rule, claim.quantity),
        reason=pending.last_reasons(village.id, [claim.serial]).get(claim.serial, ""),
    )


def theirs(claim: Claim) -> Claim:
    """A claim that the person claimed or typed, or any for the clerk. Raises NotAllowedError."""
    if is_clerk() or checking.is_theirs(claim, current_actor()):
        return claim
    raise NotAllowedError("这一件不是您报的。请找申报人或者文书办。")
