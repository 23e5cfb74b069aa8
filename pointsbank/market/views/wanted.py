"""想要的东西 and 该进什么货: what people ask for, what they take, and what to buy next."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries
from pointsbank.market.documents import demand as demand_papers
from pointsbank.market.forms.wanted import DAYS_DEFAULT, AnswerForm, DemandForm, WantForm
from pointsbank.market.models import WantedState
from pointsbank.market.queries import demand as demands
from pointsbank.market.queries import wanted as wishes
from pointsbank.market.services import wanted as services
from pointsbank.market.services.purchases import PURCHASE_LINES_MAX
from pointsbank.market.views.desk import blueprint, fonts
from pointsbank.places.models import Place
from pointsbank.web.downloads import pdf, spreadsheet
from pointsbank.web.messages import tell

PAGES = ("wanted", "want", "answer_wanted", "demand")
ROWS_PER_PAGE = 50
MOST_TAKEN_SHOWN = 20


# --- what people ask for ---


@blueprint.get("/wanted")
@requires(Permission.SERVE_COUNTER)
def wanted(village: Place) -> ResponseReturnValue:
    """The wishes without an answer, and those that have one."""
    return _wanted_page(village, WantForm(formdata=None, key=new_key()))


def _wanted_page(village: Place, form: WantForm, refused: tuple[int, AnswerForm] | None = None) -> str:
    before = request.args.get("before", 0, type=int)
    before = before if 0 < before < 2**63 else 0
    answered = wishes.answered_wishes(village.id, before=before or None, limit=ROWS_PER_PAGE + 1)
    shown = answered[:ROWS_PER_PAGE]
    if form.key.errors or not form.key.data:  # one that cannot be used was never used
        form.key.data = new_key()
    return render_template(
        "market/wanted.html",
        form=form,
        wishes=wishes.open_wishes(village.id, limit=services.OPEN_MAX),
        answered=shown,
        names=access.actor_names(wish.answered_by for wish in shown if wish.answered_by),
        refused=refused,
        answer_form=AnswerForm(formdata=None),
        before=before,
        more=shown[-1].serial if len(answered) > ROWS_PER_PAGE else None,
        new_key=new_key,
    )


@blueprint.post("/wanted")
@requires(Permission.SERVE_COUNTER)
def want(village: Place) -> ResponseReturnValue:
    """Note a wish, of a household or of nobody in particular."""
    form, status = WantForm(), 422
    if form.validate():
        try:
            household_id = _household_of(village, form.whose.data)
            services.want(village, form.words.data, household_id, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"记下了：“{form.words.data}”。答复以后，会列在下面。")
            return redirect(url_for("market.wanted"), 303)
    return _wanted_page(village, form), status


def _household_of(village: Place, words: str) -> int | None:
    """The one household that is meant; None where nobody is named. Raises InvalidInputError, UnknownCustomerError."""
    if not words:
        return None
    try:
        found = queries.customers(village, words, limit=2)
    except PointsBankError as why:
        why.field = "whose"
        raise
    if len(found) > 1:
        raise InvalidInputError("有好几户都像，请写户号，例如 03-012，或刷卡。", field="whose")
    return found[0].household.id


@blueprint.post("/wanted/<int:serial>/answer")
@requires(Permission.MANAGE_GOODS)
def answer_wanted(village: Place, serial: int) -> ResponseReturnValue:
    """Taken up, or not possible with the reason."""
    form, status = AnswerForm(), 422
    if form.validate():
        try:
            state = WantedState(form.state.data)
            services.answer_wanted(village, serial, state, form.answer.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"{serial} 号答复了：{'采纳' if state is WantedState.TAKEN_UP else '办不到'}。")
            return redirect(url_for("market.wanted"), 303)
    return _wanted_page(village, WantForm(formdata=None), (serial, form)), status


@blueprint.get("/wanted.pdf")
@requires(Permission.SERVE_COUNTER)
def wanted_paper(village: Place) -> ResponseReturnValue:
    """On A4, with room to write, to hang in the shop."""
    open_ones = wishes.open_wishes(village.id, limit=services.OPEN_MAX)
    paper = demand_papers.wanted_pdf(demand_papers.wanted_sheet_of(village, open_ones), fonts())
    return pdf(paper, f"wanted-{village.code}")


# --- what people take ---


@blueprint.get("/demand")
@requires(Permission.SEE_GOODS)
def demand(village: Place) -> ResponseReturnValue:
    """What goes, what lies there, and what to buy."""
    form = DemandForm(request.args)
    status = 200 if form.validate() else 422
    days = form.days.data or DAYS_DEFAULT if status == 200 else DAYS_DEFAULT
    lines = demands.demand(village.id, days)
    suggested = demands.suggested(lines)
    page = render_template(
        "market/demand.html",
        form=form,
        days=days,
        most=[one for one in lines if one.taken][:MOST_TAKEN_SHOWN],
        slow=[one for one in lines if one.is_slow],
        suggested=suggested,
        cost_fen=sum(one.cost_fen for one in suggested),
        look_back_days=demands.LOOK_BACK_DAYS,
        lines_max=PURCHASE_LINES_MAX,
    )
    return page, status


@blueprint.get("/demand.xlsx")
@requires(Permission.SEE_GOODS)
def demand_sheet(village: Place) -> ResponseReturnValue:
    """The suggested purchases, to take along. Raises InvalidInputError for days that cannot be."""
    form = DemandForm(request.args)
    if not form.validate():
        raise InvalidInputError(form.days.errors[0])
    suggested = demands.suggested(demands.demand(village.id, form.days.data or DAYS_DEFAULT))
    return spreadsheet(demand_papers.purchase_sheet(suggested), f"建议采购-{village.code}")
