"""监督: what the supervision committee draws, asks and signs, with what waits and what is late."""

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds.forms.notices import EXPIRED, KeyForm, ListForm
from pointsbank.deeds.forms.oversight import AnswerForm, QuestionForm, RemarkForm, RemarksForm, SignForm
from pointsbank.deeds.models import STATE_NAMES
from pointsbank.deeds.queries import notices
from pointsbank.deeds.queries import oversight as queries
from pointsbank.deeds.queries.panel import own_households
from pointsbank.deeds.services import in_words, overseeing
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import period_of, period_title, previous_period
from pointsbank.places.models import Place
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(
    NavigationItem(
        "deeds.oversight",
        "监督",
        "eye",
        Permission.SEE_OVERSIGHT,
        NavigationGroup.MONTH,
        34,
        pages=("deeds.sample", "deeds.ask_question", "deeds.question", "deeds.sign_month", "deeds.remark_samples"),
    )
)

MONTHS_OFFERED = 12  # to be signed
SIGN = "sign-"  # prefix of the form for signing: it shares its page with the one for questions


@blueprint.get("/oversight")
@requires(Permission.SEE_OVERSIGHT)
def oversight(village: Place) -> ResponseReturnValue:
    """What waits, what was drawn, asked and signed."""
    return _page(village), 200


def _page(
    village: Place,
    *,
    asking: QuestionForm | None = None,
    signing: SignForm | None = None,
    remarks: RemarksForm | None = None,
) -> str:
    asked = ListForm(request.args)
    before = asked.before.data if asked.validate() else None
    found = queries.questions(village.id, is_open=False, before=before, limit=queries.QUESTIONS_SHOWN + 1)
    answered = found[: queries.QUESTIONS_SHOWN]
    questions = [*([] if before else queries.questions(village.id, is_open=True)), *answered]
    actor = current_actor()
    can_be_drawn, without_remark = queries.sampling_counts(village.id)
    months = _months(village, actor)
    signing = signing or SignForm(formdata=None, prefix=SIGN, key=new_key())
    signing.offer(months)
    last = previous_period(period_of(clock.today()))
    actors = [one.asked_by for one in questions] + [one.answered_by for one in questions if one.answered_by]
    return render_template(
        "deeds/oversight.html",
        can_be_drawn=can_be_drawn,
        without_remark=without_remark,
        open_questions=queries.open_questions(village.id),
        open_objections=queries.open_objections(village.id),
        samples=queries.samples(village.id),
        own=own_households(village.id, actor) if without_remark else {},
        remarks=remarks or RemarksForm(formdata=None, key=new_key()),
        questions=questions,
        before=before,
        older=answered[-1].serial if len(found) > len(answered) else None,
        signatures=queries.signatures(village.id),
        months=months,
        last=last,
        unfinished=sum(notices.unfinished(village.id, last).values()) if last in months else 0,
        asking=asking or QuestionForm(formdata=None, key=new_key()),
        signing=signing,
        sample_claims=overseeing.SAMPLE_CLAIMS,
        names=access.actor_names(actors),
        new_key=new_key,
        **_words(),
    )


def _months(village: Place, actor: Actor) -> list[str]:
    """The months that have ended, in which something happened and that a person may still sign, the newest first."""
    if actor.id is None or Permission.SUPERVISE not in g.permissions:
        return []
    months = [previous_period(period_of(clock.today()))]
    while len(months) < MONTHS_OFFERED:
        months.append(previous_period(months[-1]))
    return queries.months_to_sign(village.id, actor.id, months)


def _words() -> dict[str, Any]:
    return {"state_names": STATE_NAMES, "today": clock.today(), "in_words": in_words}


@blueprint.post("/oversight/draw")
@requires(Permission.SUPERVISE)
def draw_samples(village: Place) -> ResponseReturnValue:
    """Let chance pick approved items."""
    form = KeyForm()
    if not form.validate():
        raise InvalidInputError(EXPIRED)
    drawn = overseeing.draw(village, current_actor(), form.key.data)["claims"]
    tell(f"抽了 {len(drawn)} 件：第 {'、'.join(map(str, drawn))} 号。请逐件核实，写下意见。")
    return redirect(url_for("deeds.oversight"), 303)


@blueprint.post("/oversight/remarks")
@requires(Permission.SUPERVISE)
def remark_samples(village: Place) -> ResponseReturnValue:
    """Write down what was found in many samples, each its own remark: all of them or none."""
    form, status = RemarksForm(), 422
    if form.validate():
        written = form.written
        try:
            overseeing.remark_all(village, written, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"{len(written)} 件的抽查意见记下了：第 {'、'.join(map(str, written))} 号。")
            return redirect(url_for("deeds.oversight"), 303)
    return _page(village, remarks=form), status


@blueprint.route("/oversight/samples/<int:serial>", methods=["GET", "POST"])
@requires(Permission.SUPERVISE)
def sample(village: Place, serial: int) -> ResponseReturnValue:
    """One sample: what it is, and what was found."""
    form, status = RemarkForm(key=new_key()) if request.method == "GET" else RemarkForm(), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                overseeing.remark(village, serial, form.remark.data, current_actor(), form.key.data)
            except PointsBankError as error:
                status = form.refuse(error)
            else:
                tell(f"第 {serial} 号的抽查意见记下了。")
                return redirect(url_for("deeds.oversight"), 303)
    found = queries.sample(village.id, serial)
    names = access.actor_names([found.remarked_by] if found.remarked_by else [])
    return render_template("deeds/sample.html", sample=found, form=form, names=names, **_words()), status


@blueprint.post("/oversight/questions")
@requires(Permission.SUPERVISE)
def ask_question(village: Place) -> ResponseReturnValue:
    """Ask something with a day."""
    form, status = QuestionForm(), 422
    if form.validate():
        try:
            asked = overseeing.ask(village, form.draft, current_actor(), form.key.data)
        except PointsBankError as error:
            error.field = error.field or "claim"
            status = form.refuse(error)
        else:
            tell(f"第 {asked['question']} 号问题提出来了，文书的页面上看得到，到期没答会提醒。")
            return redirect(url_for("deeds.oversight"), 303)
    return _page(village, asking=form), status


@blueprint.route("/oversight/questions/<int:serial>", methods=["GET", "POST"])
@requires(Permission.SEE_OVERSIGHT)
def question(village: Place, serial: int) -> ResponseReturnValue:
    """One question and its answer."""
    form, status = AnswerForm(key=new_key()) if request.method == "GET" else AnswerForm(), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                overseeing.answer(village, serial, form.answer.data, current_actor(), form.key.data)
            except PointsBankError as error:
                status = form.refuse(error)
            else:
                tell(f"第 {serial} 号问题答复了。")
                return redirect(url_for("deeds.oversight"), 303)
    found = queries.question(village.id, serial)
    may_answer = found.answered_at is None and found.asked_by != current_actor().key
    page = render_template(
        "deeds/question.html",
        question=found,
        form=form if may_answer else None,
        refusals=[] if may_answer else form.form_errors,
        names=access.actor_names([one for one in (found.asked_by, found.answered_by) if one]),
        **_words(),
    )
    return page, status


@blueprint.post("/oversight/sign")
@requires(Permission.SUPERVISE)
def sign_month(village: Place) -> ResponseReturnValue:
    """Sign a month that has ended."""
    form, status = SignForm(prefix=SIGN), 422
    if form.validate():
        try:
            signed = overseeing.sign(village, form.period.data, form.remark.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"{period_title(signed['period'])}您签过字了。")
            return redirect(url_for("deeds.oversight"), 303)
    return _page(village, signing=form), status
