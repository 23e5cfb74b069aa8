"""换东西: a good, how many, 好."""

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor
from pointsbank.cards.models import VillagerSession
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.identifiers import new_key
from pointsbank.kiosk import queries
from pointsbank.kiosk.drawings import drawing_of
from pointsbank.kiosk.forms import QUANTITY_MAX, CancelForm, OrderForm
from pointsbank.kiosk.views.surface import blueprint, to, villager
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries as market
from pointsbank.market import services as counter
from pointsbank.market.models import Good
from pointsbank.market.policies import threshold_missing

TILES_PER_PAGE = 8  # two rows of four, or four of two on an upright screen


@blueprint.app_template_filter("drawing")
def drawing(good: Good) -> str | None:
    """The id of the drawing of a good in goods.svg; None when none fits."""
    return drawing_of(good.name, good.category)


@blueprint.get("/kiosk/goods")
@villager
def goods(visit: VillagerSession) -> ResponseReturnValue:
    """The shelf, a page of large tiles."""
    spendable = ledger.balances(g.village.id, visit.household.serial).spendable
    tiles = queries.shelf(g.village.id, spendable)
    kinds = queries.kinds(tiles)
    kind = request.args.get("kind")
    if kind in kinds:
        tiles = [tile for tile in tiles if tile.good.category == kind]
    tiles = queries.without_most_gone(tiles, TILES_PER_PAGE)
    pages = max(1, -(-len(tiles) // TILES_PER_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    return render_template(
        "kiosk/goods.html",
        tiles=tiles[(page - 1) * TILES_PER_PAGE : page * TILES_PER_PAGE],
        spendable=spendable,
        kinds=kinds,
        kind=kind if kind in kinds else None,
        page=page,
        pages=pages,
        order=market.waiting_order(g.village.id, visit.household_id),
    )


@blueprint.get("/kiosk/goods/<int:serial>")
@villager
def good(visit: VillagerSession, serial: int) -> ResponseReturnValue:
    """How many. The key is made here, so that two taps on 好 are one order."""
    chosen = queries.good_on_shelf(g.village.id, serial)
    spendable = ledger.balances(g.village.id, visit.household.serial).spendable
    return render_template(
        "kiosk/good.html",
        good=chosen,
        spendable=spendable,
        missing_to_start=threshold_missing(g.village.id, spendable),
        pieces_max=min(queries.pieces_max(chosen, spendable, visit.household_id), QUANTITY_MAX),
        order=market.waiting_order(g.village.id, visit.household_id),
        form=OrderForm(good=chosen.serial, quantity=1, points_seen=chosen.points_price, key=new_key()),
    )


@blueprint.post("/kiosk/orders")
@villager
def place_order(visit: VillagerSession) -> ResponseReturnValue:
    """好: the order is made. Whose it is comes from the session, the price from the shelf."""
    form = OrderForm()
    if not form.validate():
        raise InvalidInputError("没有看懂要换什么。请重新选一次。")
    made = counter.place_order(
        g.village,
        visit.household_id,
        [(market.good(g.village.id, form.good.data).id, form.quantity.data)],
        form.points_seen.data,
        current_actor(),
        form.key.data,
    )
    return to(url_for("kiosk.order", serial=made["order"]))


@blueprint.get("/kiosk/orders/<int:serial>")
@villager
def order(visit: VillagerSession, serial: int) -> ResponseReturnValue:
    """请到柜台领取; or what waits there, with a way to give it up."""
    return render_template(
        "kiosk/order.html",
        order=queries.order_of(g.village.id, visit.household_id, serial),
        called=queries.called(visit.household),
        form=CancelForm(key=new_key()),
    )


@blueprint.post("/kiosk/orders/<int:serial>/cancel")
@villager
def cancel_order(visit: VillagerSession, serial: int) -> ResponseReturnValue:
    """不要了: points and goods are free again."""
    form = CancelForm()
    if not form.validate():
        raise InvalidInputError("没有看懂这一步。请从头再来。")
    order = queries.order_of(g.village.id, visit.household_id, serial)
    counter.cancel_order(g.village, order.serial, current_actor(), form.key.data)
    return to(url_for("kiosk.order", serial=serial))
