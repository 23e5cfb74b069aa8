"""The counter: a household's basket, confirmed and handed out."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.errors import WaitBeforeNextTryError
from pointsbank.access.guard import current_actor, note_refusal, requires
from pointsbank.access.permissions import Permission
from pointsbank.cards import queries as cards
from pointsbank.cards import services as card_services
from pointsbank.cards.errors import WrongPinError
from pointsbank.cards.models import Card
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, NotAllowedError, NotFoundError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import SPAN_NAMES
from pointsbank.ledger import queries as ledger
from pointsbank.market import policies, queries, services
from pointsbank.market.errors import PinNeededError, PinRefusedError
from pointsbank.market.forms.baskets import BasketLine, CounterForm, CustomerForm
from pointsbank.market.forms.handovers import deputy_chosen, offer_deputies
from pointsbank.market.models import Good
from pointsbank.market.policies import opening
from pointsbank.market.queries import partners
from pointsbank.market.services.partners import PartnerCounter
from pointsbank.market.views import market_day
from pointsbank.market.views.desk import blueprint
from pointsbank.market.views.partners import partner_here, partner_id_here
from pointsbank.people import queries as people
from pointsbank.people.models import Household
from pointsbank.people.queries import Hit
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import ConfirmBy, VillageSettings
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(NavigationItem("market.counter", "柜台", "basket", Permission.SERVE_COUNTER, NavigationGroup.MONTH, 40))

CUSTOMERS_MAX = 30
POPULAR_SHOWN = 12
ORDERS_SHOWN = 6


# --- who comes ---


@blueprint.get("/counter")
@requires(Permission.SERVE_COUNTER)
def counter(village: Place) -> ResponseReturnValue:
    """A card is scanned or a household looked for."""
    return _counter_page(village, CustomerForm(), [])


@blueprint.post("/counter")
@requires(Permission.SERVE_COUNTER)
def find_customer(village: Place) -> ResponseReturnValue:
    """To the household's basket, or a choice when several are meant."""
    form, found, status = CustomerForm(), [], 422
    if form.validate():
        try:
            services.release_overdue(village)
            found, status = queries.customers(village, form.words.data, limit=CUSTOMERS_MAX), 200
        except PointsBankError as error:
            status = form.refuse(error)
    if len(found) == 1:
        return redirect(url_for("market.basket", household_id=found[0].household.id), 303)
    return _counter_page(village, form, found), status


def _counter_page(village: Place, form: CustomerForm, found: Sequence[Hit]) -> str:
    keeps_shop = Permission.MANAGE_GOODS in g.permissions  # a partner's people have nothing to do with orders
    waiting = queries.waiting_orders(village.id, limit=ORDERS_SHOWN + 1) if keeps_shop else []
    settings, today = places.settings_now(village.id), clock.today()
    return render_template(
        "market/counter.html",
        form=form,
        found=found,
        found_max=CUSTOMERS_MAX,
        orders=waiting[:ORDERS_SHOWN],
        more=len(waiting) > ORDERS_SHOWN,
        keeps_shop=keeps_shop,
        lacks=_lacks(village) if not form.is_submitted() else "",
        market_day=market_day.market_day_of(village),
        hours=opening.hours_said(settings, today) if keeps_shop else "",
        period=opening.redeeming_said(settings, today),
        closed=closed_words(settings, at_partner=not keeps_shop),
    )


def closed_words(settings: VillageSettings, *, at_partner: bool) -> list[str]:
    """Why nothing can be handed out today, and when it can: said before anything is put into the basket.

    at_partner: a partner keeps its own hours.
    """
    today = clock.today()
    problems = [opening.redeeming_problem(settings, today)]
    if not at_partner:
        problems.append(opening.shop_problem(settings, today))
    return [problem for problem in problems if problem]


def _lacks(village: Place) -> str:
    """What has to be there before anybody can be served: "goods", "households"; "" when all is."""
    if queries.has_goods(village.id):
        return ""
    return "goods" if people.counts(village.id)[0] else "households"


# --- the basket ---


@blueprint.get("/counter/<int:household_id>")
@requires(Permission.SERVE_COUNTER)
def basket(village: Place, household_id: int) -> ResponseReturnValue:
    """What the household can spend, and its basket: empty, or as its address says when the page is loaded again."""
    household = queries.customer(village.id, household_id)
    chosen = {"key": request.args.get("key") or new_key(), "deputy": request.args.get("deputy", "")}
    form, status = CounterForm(village.id, **chosen), 200
    try:
        form.read_lines()
    except PointsBankError as error:
        status = form.refuse(error)
    return _basket_page(village, household, form), status


@blueprint.post("/counter/<int:household_id>")
@requires(Permission.SERVE_COUNTER)
def fill_basket(village: Place, household_id: int) -> ResponseReturnValue:
    """One more good, one less, another quantity; or all of it is handed out."""
    household = queries.customer(village.id, household_id)
    form, status = CounterForm(village.id), 422
    try:
        form.read_lines()
        if form.validate():
            card = _card_in(village, form)
            if card is not None and card.household_id != household.id:
                return _next_customer(village, household, card, form)
            if card is not None or form.is_confirmed:
                return _hand_out(village, household, form)
            if form.is_reserved:
                return _reserve(village, household, form)
            form.change()
            status = 200
    except PointsBankError as error:
        if isinstance(error, NotFoundError):
            note_refusal(error)
        status = form.refuse(error)
    return _basket_page(village, household, form), status


def _card_in(village: Place, form: CounterForm) -> Card | None:
    """A card that was scanned where goods are scanned: the household's own, to confirm, or the next one's."""
    if not cards.is_card_text(form.scan.data):
        return None
    try:
        card = cards.card_at_desk(village, form.scan.data)
    except PointsBankError as why:
        why.field = "scan"
        raise
    form.scan.data = ""
    return card


def _next_customer(village: Place, household: Household, card: Card, form: CounterForm) -> ResponseReturnValue:
    """Another household's card: its turn. A basket is handed out before in market-day mode, else it would be lost.

    Raises InvalidInputError, and what _hand_out raises.
    """
    if not form.lines:
        return redirect(url_for("market.basket", household_id=card.household_id), 303)
    if market_day.is_on(village):
        return _hand_out(village, household, form, card.household_id)
    whose = f"{card.household.head_name}家"
    raise InvalidInputError(f"刚才扫的是{whose}的卡，这一户还没办完。请先确认，或点“换一户”。", field="scan")


def _hand_out(
    village: Place, household: Household, form: CounterForm, next_household_id: int | None = None
) -> ResponseReturnValue:
    pieces, seen = form.pieces, form.seen
    if not pieces:
        raise InvalidInputError("还没有选东西。请先扫条码或选一样。", field="scan")
    confirmed_by = confirmation(village, household, form.pin.data)
    done = services.redeem(
        village,
        household.id,
        pieces,
        seen,
        confirmed_by,
        current_actor(),
        form.key.data,
        deputy_chosen(form.deputy),
    )
    return market_day.after_handing_out(village, done["redemption"], next_household_id)


def _reserve(village: Place, household: Household, form: CounterForm) -> ResponseReturnValue:
    """Put the basket aside for a household that cannot use the kiosk, or that called: it comes for it later."""
    if Permission.MANAGE_GOODS not in g.permissions:
        raise NotAllowedError("这里没有村里的货，留不了。请让住户到爱心超市去。")
    if not form.pieces:
        raise InvalidInputError("还没有选东西。请先扫条码或选一样。", field="scan")
    made = services.place_order(village, household.id, form.pieces, form.seen, current_actor(), form.key.data)
    tell(f"留好了，是预留单 {made['order']} 号。")
    return redirect(url_for("market.order", serial=made["order"]), 303)


def _basket_page(village: Place, household: Household, form: CounterForm) -> str:
    spendable = ledger.balances(village.id, household.serial).spendable
    settings, day = places.settings_now(village.id), market_day.market_day_of(village)
    by_pin = settings.confirm_by is ConfirmBy.PIN
    if form.key.errors or not form.key.data:  # one that cannot be used was never used
        form.key.data = new_key()
    deputies = cards.deputies(village.id, household.id)
    offer_deputies(form.deputy, deputies)
    partner = partner_here(village)
    order = queries.waiting_order(village.id, household.id) if partner is None else None
    popular: Sequence[Good] = []
    if partner is not None:
        popular = partners.given_goods(partner.id, limit=POPULAR_SHOWN)
    elif day is None and order is None:  # on a market day there is no room for it, and what waits comes first
        popular = queries.popular(village.id, limit=POPULAR_SHOWN)
    return render_template(
        "market/counter_basket.html",
        household=household,
        form=form,
        spendable=spendable,
        left=spendable - form.total,
        notes=_notes(household.id, form.lines, partner),
        popular=popular,
        own_shelves=partner is None,  # a partner gives from its own, where nobody counts what is left
        market_day=day,
        closed=closed_words(settings, at_partner=partner is not None),
        order=order,
        today=clock.today(),
        by_pin=by_pin,
        deputies=deputies,
        missing=pin_missing(village, household) if by_pin else None,
        order_key=new_key(),
    )


def _notes(household_id: int, lines: Sequence[BasketLine], partner: PartnerCounter | None) -> dict[int, str]:
    """By the good's serial what stands in the way of a line: the quantity, the shelf, the household's limit.

    partner: the shop at whose counter it is, with shelves of its own.
    """
    limits = policies.limits_left(household_id, [line.good for line in lines])
    notes = {}
    for line in lines:
        good, left = line.good, limits.get(line.good.id)
        if line.error:
            notes[good.serial] = line.error
        elif not good.offered:
            notes[good.serial] = "已经下架，请去掉。"
        elif absence := good.absence_in_words(clock.today()):
            notes[good.serial] = f"{absence}，请去掉。"
        elif partner is not None and good.id not in partner.values:
            notes[good.serial] = f"{partner.name}换不了，请去掉。"
        elif partner is None and line.quantity > good.available:
            gone = "剩下的过期了，请去掉，找人报损。" if good.expired else "换完了，请去掉。"
            notes[good.serial] = f"只剩 {good.available} {good.unit}。" if good.available > 0 else gone
        elif left is not None and good.limit_span is not None and line.quantity > left:
            most = f"每户{SPAN_NAMES[good.limit_span]}最多换 {good.limit_quantity} {good.unit}"
            notes[good.serial] = f"{most}，这户还能换 {left} {good.unit}。"
    return notes


# --- who confirms ---


@dataclass(frozen=True, slots=True)
class PinMissing:
    """Why a household cannot confirm with a PIN, and the card that lacks one, if it has a card."""

    sentence: str
    card: Card | None


def pin_missing(village: Place, household: Household) -> PinMissing | None:
    """What has to be set up before this household can confirm with a PIN; None when it has one."""
    working = cards.working_cards(village.id, household.id)
    if not working:
        return PinMissing("这户没有能用的卡（没发过、已经挂失或到期）。请先到“一卡”发卡、设密码，再来领。", None)
    if any(card.pin_hash for card in working):
        return None
    return PinMissing("这户的卡还没有设密码。请先到“一卡”设好六位密码，再来领。", working[0])


def confirmation(village: Place, household: Household, pin: str | None) -> ConfirmBy:
    """How the household confirms, by the village's policy; where that is the PIN, the right one was typed.

    Raises PinNeededError, PinRefusedError with the exact reason, PinLockedError.
    """
    if places.settings_now(village.id).confirm_by is ConfirmBy.SIGNATURE:
        return ConfirmBy.SIGNATURE
    digits = unicodedata.normalize("NFKC", pin or "").strip()
    if not digits:
        raise PinNeededError
    if missing := pin_missing(village, household):
        raise PinRefusedError(missing.sentence)
    try:
        card_services.check_pin(village, household.id, digits, current_actor())
    except WrongPinError as wrong:
        tries_left = cards.PIN_TRIES_MAX - cards.pin_state(village, household).tries
        then = f"还能试 {tries_left} 次" if tries_left > 0 else "要等 15 分钟才能再试"
        raise PinRefusedError(f"密码不对，{then}。请住户自己再按一遍，或找文书重设。") from wrong
    except WaitBeforeNextTryError as wait:
        wait.field = "pin"
        raise
    return ConfirmBy.PIN


# --- it is done ---


@blueprint.get("/counter/done/<int:serial>")
@requires(Permission.SERVE_COUNTER)
def handed_out(village: Place, serial: int) -> ResponseReturnValue:
    """The receipt's number, what was there and what is left; then the next one."""
    redemption = queries.redemption(village.id, serial, partner_id=partner_id_here(village))
    return render_template("market/counter_done.html", redemption=redemption, form=CustomerForm())
