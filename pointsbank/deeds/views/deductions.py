"""扣分告知: who is to be told, whose answer is waited for, what may be reviewed; and who is suspended until when."""

from typing import Any

from flask import current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries as covenant
from pointsbank.deeds import queries, services
from pointsbank.deeds.documents.deduction import deduction_notice, deduction_pdf
from pointsbank.deeds.forms.deductions import WAYS, AfterForm, AnswerForm, LiftForm, TellForm
from pointsbank.deeds.models import STATE_NAMES, Claim
from pointsbank.deeds.policies import not_ready
from pointsbank.deeds.queries import deductions as deduction_queries
from pointsbank.deeds.queries import reminders as reminder_queries
from pointsbank.deeds.queries.deductions import PAGE_LINES, Stage
from pointsbank.deeds.services import deductions as deduction_services
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, NotFoundError, PointsBankError
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.printing.fonts import register as register_fonts
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

PAGES = ("deduction", "tell_deduction", "answer_deduction", "reminders", "reminder", "new_reminder", "make_reminder")
register(
    NavigationItem(
        "deeds.deductions",
        "扣分告知",
        "chat-square-text",
        Permission.CHECK_CLAIMS,
        NavigationGroup.MONTH,
        14,
        pages=tuple(f"deeds.{page}" for page in (*PAGES, "mend_reminder", "deduct_reminder")),
    )
)

SUSPENDED = "suspended"


@blueprint.get("/deductions")
@requires(Permission.CHECK_CLAIMS)
def deductions(village: Place) -> ResponseReturnValue:
    """One of the lists: to tell, waiting, ready (?tab=), or who is suspended."""
    today, tab = clock.today(), request.args.get("tab", "")
    form = AfterForm(request.args)
    after = (form.after.data or 0) if form.validate() else 0
    shown: dict[str, Any] = {"tab": tab, "after": after, "today": today, **tab_counts(village)}
    if tab == SUSPENDED:
        found = deduction_queries.suspensions_in_force(village.id, today, after=after, limit=PAGE_LINES + 1)
        more = found[PAGE_LINES - 1].id if len(found) > PAGE_LINES else None
        return render_template("deeds/suspensions.html", suspensions=found[:PAGE_LINES], more=more, **shown)
    stage = Stage(tab) if tab in set(Stage) else Stage.TO_TELL
    claims = deduction_queries.deductions(village.id, stage, today, after=after, limit=PAGE_LINES + 1)
    shown |= {"tab": stage, "more": claims[PAGE_LINES - 1].serial if len(claims) > PAGE_LINES else None}
    return render_template(
        "deeds/deductions.html",
        claims=claims[:PAGE_LINES],
        in_words=services.in_words,
        answer_days=places.settings_now(village.id).answer_days,
        **shown,
    )


def tab_counts(village: Place) -> dict[str, Any]:
    """What stands on the tabs of these pages: how many of each."""
    return {
        "counts": deduction_queries.counts(village.id, clock.today()),
        "open_reminders": reminder_queries.open_reminders(village.id),
    }


@blueprint.get("/<int:serial>/deduction")
@requires(Permission.CHECK_CLAIMS)
def deduction(village: Place, serial: int) -> ResponseReturnValue:
    """One deduction: the paper for the household, when it was told, what it answers."""
    return _page(village, _deduction(village, serial)), 200


def _deduction(village: Place, serial: int) -> Claim:
    found = queries.claim(village.id, serial)
    if not found.rule.is_sanction:
        raise NotFoundError(f"第 {serial} 号不是扣分，不用告知。请返回列表。")
    return found


def _page(village: Place, claim: Claim, telling: TellForm | None = None, answering: AnswerForm | None = None) -> str:
    today = clock.today()
    fresh: dict[str, Any] = {"formdata": None, "revision": claim.revision}
    is_open = claim.state in deduction_queries.UNDECIDED
    told = claim.told_on is not None
    if is_open and claim.answered_on is None:
        telling = telling or TellForm(told_on=claim.told_on or today, **fresh)
    if is_open and told:
        answering = answering or AnswerForm(
            answered_on=claim.answered_on or today, answer=claim.answer or None, **fresh
        )
    return render_template(
        "deeds/deduction.html",
        claim=claim,
        what=services.in_words(claim.rule, claim.quantity),
        state_name=STATE_NAMES[claim.state],
        told_how=deduction_queries.told_how(village.id, claim.serial) if told else "",
        waits_for=not_ready(claim, today) if is_open else None,
        is_open=is_open,
        telling=telling,
        answering=answering,
        ways=WAYS,
        answer_days=places.settings_now(village.id).answer_days,
        names=access.actor_names([claim.claimed_by]),
    )


@blueprint.post("/<int:serial>/deduction/tell")
@requires(Permission.CHECK_CLAIMS)
def tell_deduction(village: Place, serial: int) -> ResponseReturnValue:
    """The household was told."""
    form, status = TellForm(), 422
    if form.validate():
        try:
            answer_by = deduction_services.tell(
                village, serial, form.told_on.data, form.how.data, int(form.revision.data), current_actor()
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"已登记告知。这一户 {answer_by.month}月{answer_by.day}日以前可以说明，过了这天或有了说明就能评议。")
            return redirect(url_for("deeds.deduction", serial=serial), 303)
    return _page(village, _deduction(village, serial), telling=form), status


@blueprint.post("/<int:serial>/deduction/answer")
@requires(Permission.CHECK_CLAIMS)
def answer_deduction(village: Place, serial: int) -> ResponseReturnValue:
    """The household said something."""
    form, status = AnswerForm(), 422
    if form.validate():
        try:
            deduction_services.answer(
                village, serial, form.answered_on.data, form.answer.data, int(form.revision.data), current_actor()
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("说明记下了，评议的人看得到。现在可以评议了。")
            return redirect(url_for("deeds.deduction", serial=serial), 303)
    return _page(village, _deduction(village, serial), answering=form), status


@blueprint.get("/<int:serial>/deduction/notice.pdf")
@requires(Permission.CHECK_CLAIMS)
def deduction_paper(village: Place, serial: int) -> ResponseReturnValue:
    """The sheet that is brought to the household. It is for them alone."""
    claim = _deduction(village, serial)
    clauses = {clause.code: clause.text for clause in covenant.clauses_on(village.id, claim.occurred_on)}
    fonts = register_fonts(current_app.config["POINTSBANK"].fonts_folder)
    notice = deduction_notice(village, g.words, claim, clauses.get(claim.rule.clause_code, ""))
    return pdf(deduction_pdf(notice, fonts), f"deduction-{village.code}-{serial}")


@blueprint.post("/suspensions/<int:suspension_id>/lift")
@requires(Permission.REVERSE_BOOKINGS)
def lift_suspension(village: Place, suspension_id: int) -> ResponseReturnValue:
    """A person may earn again from today, with a reason."""
    form = LiftForm()
    if not form.validate():
        raise InvalidInputError(" ".join(sentence for errors in form.errors.values() for sentence in errors))
    lifted = deduction_services.lift(village, suspension_id, form.reason.data, current_actor())
    tell(f"{lifted.resident.name}从今天起恢复资格。已经扣的、错过的不补。")
    return redirect(url_for("deeds.deductions", tab=SUSPENDED), 303)
