"""换东西: a good, how many, 好."""

from typing import Any

from flask import Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, kiosk_device
from pointsbank.access.models import Device
from pointsbank.cards.models import VillagerSession
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, NotFoundError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.kiosk import queries
from pointsbank.kiosk.drawings import drawing_of
from pointsbank.kiosk.forms import QUANTITY_MAX, CancelForm, OrderForm
from pointsbank.kiosk.policies import note_unknown
from pointsbank.kiosk.views.surface import blueprint, to, villager
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries as market
from pointsbank.market import services as counter
from pointsbank.market.models import Good
from pointsbank.market.policies import opening, threshold_missing
from pointsbank.places import queries as places
from pointsbank.web.headers import let_browser_keep

TILES_PER_PAGE = 8  # two rows of four, or four of two on an upright screen
PHOTO_KEPT_SECONDS = 7 * 86_400


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
        closed=_closed(),
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
    spendable, price = ledger.balances(g.village.id, visit.household.serial).spendable, chosen.price_on(clock.today())
    pieces_max = min(queries.pieces_max(chosen, spendable, visit.household_id), QUANTITY_MAX)
    order = market.waiting_order(g.village.id, visit.household_id)
    stopped, slots = ("good_ordered", {}) if order else _stopped(chosen, spendable, pieces_max)
    return render_template(
        "kiosk/good.html",
        good=chosen,
        price=price,
        spendable=spendable,
        stopped=stopped,
        stopped_slots=slots,
        pieces_max=pieces_max,
        order=order,
        form=OrderForm(good=chosen.serial, quantity=1, points_seen=price, key=new_key()),
    )


def _closed() -> str:
    """Why nothing is redeemed today, and when it is; "" where it is."""
    return opening.redeeming_problem(places.settings_now(g.village.id), clock.today())


def _stopped(chosen: Good, spendable: int, pieces_max: int) -> tuple[str, dict[str, str | int]]:
    """Why a household cannot take a good now, as a sentence of kiosk.speech with its slots; "" when it can."""
    if why := _closed():
        return "closed", {"why": why}
    if chosen.available <= 0:
        return "good_gone", {}
    to_start = threshold_missing(chosen.village_id, spendable)
    if to_start:
        return "good_threshold", {"least": spendable + to_start, "missing": to_start}
    missing = chosen.price_on(clock.today()) - spendable
    if missing > 0:
        return "good_short", {"missing": missing}
    return ("", {}) if pieces_max else ("good_limit", {})


@blueprint.get("/kiosk/goods/<int:serial>/photo")
@kiosk_device
def photo(device: Device, serial: int) -> ResponseReturnValue:
    """What a good looks like. A new photo gets a new address."""
    shown = market.photo(device.village_id, serial)
    if shown is None:
        raise NotFoundError("这样东西没有照片。请从头再来。")
    let_browser_keep(PHOTO_KEPT_SECONDS)
    return Response(shown, mimetype="image/jpeg")


@blueprint.post("/kiosk/orders")
@villager
def place_order(visit: VillagerSession) -> ResponseReturnValue:
    """好: the order is made. Whose it is comes from the session, the price from the shelf."""
    try:
        made = _order(visit, OrderForm())
    except PointsBankError as error:
        if error.status < 500:  # else nothing can be written just now
            subject = f"household:{visit.household.serial}"
            note_unknown(visit.device, current_actor(), "kiosk.order", subject, error.code)
        raise
    return to(url_for("kiosk.order", serial=made["order"]))


def _order(visit: VillagerSession, form: OrderForm) -> dict[str, Any]:
    """Raises InvalidInputError for what no page of ours sends, and what services.place_order raises."""
    if not form.validate():
        raise InvalidInputError("没有看懂要换什么。请重新选一次。")
    lines = [(market.good(g.village.id, form.good.data).id, form.quantity.data)]
    seen, key = form.points_seen.data, form.key.data
    return counter.place_order(g.village, visit.household_id, lines, seen, current_actor(), key)


@blueprint.get("/kiosk/orders/<int:serial>")
@villager
def order(visit: VillagerSession, serial: int) -> ResponseReturnValue:
    """请到柜台领取; or what waits there, with a way to give it up."""
    return render_template(
        "kiosk/order.html",
        order=queries.order_of(g.village.id, visit.household_id, serial),
        called=queries.called(visit.household),
        today=clock.today(),
        fetching=opening.fetching_in_words(g.village.id),
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
