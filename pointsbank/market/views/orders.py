"""Orders that wait at the counter of the village's own shop, whose goods they put aside."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.cards import queries as cards
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_points
from pointsbank.market import queries, services
from pointsbank.market.forms.fields import EXPIRED
from pointsbank.market.forms.handovers import HandOverForm, KeyForm, deputy_chosen, offer_deputies
from pointsbank.market.models import OrderState
from pointsbank.market.policies import opening
from pointsbank.market.views.counter import confirmation, pin_missing
from pointsbank.market.views.desk import blueprint
from pointsbank.market.views.market_day import after_handing_out
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy
from pointsbank.web.messages import tell

ROWS_PER_PAGE = 50


@blueprint.get("/orders")
@requires(Permission.MANAGE_GOODS)
def orders(village: Place) -> ResponseReturnValue:
    """What waits to be fetched, the first placed first."""
    after = request.args.get("after", 0, type=int)
    after = after if 0 < after < 2**63 else 0
    rows = queries.waiting_orders(village.id, after=after, limit=ROWS_PER_PAGE + 1)
    return render_template(
        "market/orders.html",
        orders=rows[:ROWS_PER_PAGE],
        after=after,
        more=rows[ROWS_PER_PAGE - 1].serial if len(rows) > ROWS_PER_PAGE else None,
        today=clock.today(),
        by_pin=_by_pin(village),
        new_key=new_key,
    )


def _by_pin(village: Place) -> bool:
    return places.settings_now(village.id).confirm_by is ConfirmBy.PIN


@blueprint.get("/orders/<int:serial>")
@requires(Permission.MANAGE_GOODS)
def order(village: Place, serial: int) -> ResponseReturnValue:
    """One order: hand over, cancel, or how it ended."""
    return _order_page(village, serial, HandOverForm(key=new_key()))


def _order_page(village: Place, serial: int, form: HandOverForm) -> str:
    shown, settings = queries.order(village.id, serial), places.settings_now(village.id)
    by_pin = settings.confirm_by is ConfirmBy.PIN
    if form.key.errors or not form.key.data:  # one that cannot be used was never used
        form.key.data = new_key()
    waits = shown.state is OrderState.WAITING
    deputies = cards.deputies(village.id, shown.household_id) if waits else []
    offer_deputies(form.deputy, deputies)
    return render_template(
        "market/order.html",
        order=shown,
        form=form,
        today=clock.today(),
        by_pin=by_pin,
        deputies=deputies,
        missing=pin_missing(village, shown.household) if by_pin and waits else None,
        closed=opening.shop_problem(settings, clock.today()) if waits else "",
        receipts=queries.receipts_of(shown) if shown.is_begun else [],
        cancel_key=new_key(),
    )


@blueprint.post("/orders/<int:serial>/hand-over")
@requires(Permission.MANAGE_GOODS)
def hand_over(village: Place, serial: int) -> ResponseReturnValue:
    """The goods go over, signed for or with the PIN."""
    waiting = queries.order(village.id, serial)
    form, status = HandOverForm(), 422
    if form.validate():
        try:
            part, deputy = form.part_of(waiting), deputy_chosen(form.deputy)
            confirmed_by = confirmation(village, waiting.household, form.pin.data)
            done = services.hand_over(village, serial, confirmed_by, current_actor(), form.key.data, deputy, part)
            return after_handing_out(village, done["redemption"])
        except PointsBankError as error:
            status = form.refuse(error)
    return _order_page(village, serial, form), status


@blueprint.post("/orders/<int:serial>/cancel")
@requires(Permission.MANAGE_GOODS)
def cancel_order(village: Place, serial: int) -> ResponseReturnValue:
    """Points and goods are free again."""
    form, status = KeyForm(), 422
    if form.validate():
        try:
            done = services.cancel_order(village, serial, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            back, now = format_points(done["points"]), format_points(done["balance"])
            tell(f"预留单 {serial} 号取消了，退回 {back} 分，这户现在能换 {now} 分。还要换就到柜台重新选。")
            return redirect(url_for("market.orders"), 303)
    refused = HandOverForm(formdata=None)
    refused.form_errors = [*form.form_errors, *form.key.errors]
    return _order_page(village, serial, refused), status


@blueprint.post("/orders/close-day")
@requires(Permission.MANAGE_GOODS)
def close_day(village: Place) -> ResponseReturnValue:
    """收摊: what nobody fetched is free again."""
    form = KeyForm()
    if not form.validate():
        raise InvalidInputError(EXPIRED)
    released = services.release_expired(village, current_actor(), form.key.data)
    count, back = len(released["orders"]), format_points(released["points"])
    tell(f"收摊了：{count} 张没领的单子已退回，共 {back} 分，东西放回货架。" if count else "收摊了，没有剩下的单子。")
    return redirect(url_for("market.orders"), 303)
