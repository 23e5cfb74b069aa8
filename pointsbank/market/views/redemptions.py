"""What was handed out, and undoing it as a whole or piece by piece."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_points
from pointsbank.foundation.texts import parse_whole
from pointsbank.market import queries, services
from pointsbank.market.forms.fields import SERIAL_MAX
from pointsbank.market.forms.handovers import RedemptionsForm, ReturnForm, VoidForm
from pointsbank.market.models import Redemption
from pointsbank.market.queries import closing
from pointsbank.market.views.desk import blueprint
from pointsbank.market.views.partners import partner_id_here
from pointsbank.people import queries as people
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(
    NavigationItem(
        "market.redemptions",
        "兑换记录",
        "receipt",
        Permission.SERVE_COUNTER,
        NavigationGroup.MONTH,
        40,
        pages=("market.redemption", "market.void", "market.return_goods"),
    )
)

ROWS_PER_PAGE = 50
HOUSEHOLDS_MAX = 30


# --- the list ---


@blueprint.get("/redemptions")
@requires(Permission.SERVE_COUNTER)
def redemptions(village: Place) -> ResponseReturnValue:
    """What was handed out, newest first; by receipt number or household."""
    form = RedemptionsForm(request.args)
    if not form.validate():
        return _list_page(village, form), 422
    try:
        if form.number.data:
            serial = parse_whole(form.number.data, what="小票号", most=SERIAL_MAX, field="number")
            return redirect(url_for("market.redemption", serial=queries.redemption(village.id, serial).serial))
        if form.words.data:
            found = queries.customers(village, form.words.data, limit=HOUSEHOLDS_MAX)
            if len(found) == 1:
                return redirect(url_for("market.redemptions", household=found[0].household.id))
            return render_template("market/redemptions_whose.html", form=form, found=found, found_max=HOUSEHOLDS_MAX)
    except PointsBankError as error:
        error.field = error.field or "number"
        status = form.refuse(error)
        return _list_page(village, form), status
    household = people.household(village.id, form.household.data) if form.household.data else None
    return _list_page(village, form, household)


def _list_page(village: Place, form: RedemptionsForm, household: Household | None = None) -> str:
    before = form.before.data if not form.errors else None
    rows = queries.redemptions(
        village.id,
        household_id=household.id if household else None,
        partner_id=partner_id_here(village),
        before=before,
        limit=ROWS_PER_PAGE + 1,
    )
    more = rows[ROWS_PER_PAGE - 1].serial if len(rows) > ROWS_PER_PAGE else None
    return render_template(
        "market/redemptions.html", form=form, redemptions=rows[:ROWS_PER_PAGE], more=more, household=household
    )


# --- one of them ---


@blueprint.get("/redemptions/<int:serial>")
@requires(Permission.SERVE_COUNTER)
def redemption(village: Place, serial: int) -> ResponseReturnValue:
    """The lines, and what can still be undone."""
    return _redemption_page(queries.redemption(village.id, serial, partner_id=partner_id_here(village)))


def _redemption_page(shown: Redemption, refused: VoidForm | ReturnForm | None = None) -> str:
    """The page; what was typed into the refused form of void or return stands there again."""
    returns = {line.position: ReturnForm.of_line(line) for line in shown.lines}
    void_form = refused if isinstance(refused, VoidForm) else VoidForm(formdata=None)
    open_position = None
    if isinstance(refused, ReturnForm):
        open_position = next((line.position for line in shown.lines if str(line.position) == refused.position.data), 0)
        if open_position:
            returns[open_position].take_over(refused)
    is_kept = shown.voided_at is None
    is_today = shown.redeemed_on == clock.today() and not any(line.returned for line in shown.lines)
    is_closed = is_kept and is_today and closing.is_closed(shown.village_id, shown.serial)
    return render_template(
        "market/redemption.html",
        redemption=shown,
        void_form=void_form,
        returns=returns,
        open_position=open_position,
        problems=_unseen_problems(refused) if refused else [],
        can_void=is_kept and is_today and not is_closed,
        is_closed=is_closed,
        new_key=new_key,
    )


def _unseen_problems(refused: VoidForm | ReturnForm) -> list[str]:
    """What is wrong with a form as a whole, and with its fields that nobody sees."""
    unseen = [field for field in refused if isinstance(field, HiddenField)]
    return [*refused.form_errors, *(error for field in unseen for error in field.errors)]


def _where_to(village: Place, serial: int) -> str:
    """Where goods go that come back: a partner shop has shelves of its own."""
    partner = queries.redemption(village.id, serial).partner
    return f"东西退给{partner.name}" if partner else "东西放回货架"


@blueprint.post("/redemptions/<int:serial>/void")
@requires(Permission.SERVE_COUNTER)
def void(village: Place, serial: int) -> ResponseReturnValue:
    """Undo the whole of it on the same day."""
    form, status = VoidForm(), 422
    if form.validate():
        try:
            done = services.void(village, serial, form.reason.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            back, now = format_points(done["points"]), format_points(done["balance"])
            tell(f"{serial} 号小票已作废：退回 {back} 分，{_where_to(village, serial)}，这户现在能换 {now} 分。")
            return redirect(url_for("market.redemption", serial=serial), 303)
    return _redemption_page(queries.redemption(village.id, serial, partner_id=partner_id_here(village)), form), status


@blueprint.post("/redemptions/<int:serial>/return")
@requires(Permission.SERVE_COUNTER)
def return_goods(village: Place, serial: int) -> ResponseReturnValue:
    """Take pieces of one line back."""
    form, status = ReturnForm(), 422
    if form.validate():
        try:
            position, quantity = form.line
            done = services.return_goods(
                village, serial, position, quantity, form.reason.data, current_actor(), form.key.data, form.is_spoiled
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            back, now = format_points(done["points"]), format_points(done["balance"])
            then = "坏的已经报损，别放回货架" if form.is_spoiled else _where_to(village, serial)
            tell(f"退了 {quantity} 件：退回 {back} 分，{then}，这户现在能换 {now} 分。")
            return redirect(url_for("market.redemption", serial=serial), 303)
    return _redemption_page(queries.redemption(village.id, serial, partner_id=partner_id_here(village)), form), status
