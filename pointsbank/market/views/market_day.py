"""赶场模式: many people queue. One key hands out and makes room for the next one; the page is the basket alone.

It holds for one person's browser until it is switched off or the person signs out.
"""

from dataclasses import dataclass

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.market import queries
from pointsbank.market.forms.fields import EXPIRED
from pointsbank.market.models import Redemption
from pointsbank.market.services.receipts import print_receipt
from pointsbank.market.views.desk import blueprint
from pointsbank.market.views.receipts import printer
from pointsbank.places.models import Place
from pointsbank.printing.receipt_printers import PrinterError
from pointsbank.web.forms import Form
from pointsbank.web.messages import tell

SESSION_KEY = "market_day"  # the village whose market day it is


@dataclass(frozen=True, slots=True)
class MarketDay:
    """What stands on the page: how many were served today, the receipt before, and whether the printer failed."""

    served: int
    newest: Redemption | None
    unprinted: bool


def is_on(village: Place) -> bool:
    """Whether this browser serves in market-day mode."""
    return bool(session.get(SESSION_KEY) == village.id)


def market_day_of(village: Place) -> MarketDay | None:
    """What the counter's pages show of the day; None outside the mode."""
    if not is_on(village):
        return None
    served = queries.served_today(village.id, current_actor())
    return MarketDay(served.receipts, served.newest, "unprinted" in request.args)


@blueprint.post("/counter/market-day")
@requires(Permission.SERVE_COUNTER)
def market_day(village: Place) -> ResponseReturnValue:
    """Switch the mode on or off."""
    if not Form().validate():
        raise InvalidInputError(EXPIRED)
    if request.form.get("on") == "1":
        session[SESSION_KEY] = village.id
    else:
        session.pop(SESSION_KEY, None)
        tell("赶场模式关了。")
    return redirect(url_for("market.counter"), 303)


def after_handing_out(village: Place, serial: int, next_household_id: int | None = None) -> ResponseReturnValue:
    """To the receipt; in market-day mode it is printed, and the page is ready for the next one.

    That it was not printed stands in the address: a flashed message is lost where a script follows the way.
    """
    if not is_on(village):
        return redirect(url_for("market.handed_out", serial=serial), 303)
    unprinted: int | None = None
    chosen = printer()
    if chosen is not None:
        try:
            print_receipt(village, queries.redemption(village.id, serial), chosen, current_actor())
        except PrinterError:
            unprinted = serial
    if next_household_id is None:
        return redirect(url_for("market.counter", unprinted=unprinted), 303)
    return redirect(url_for("market.basket", household_id=next_household_id, unprinted=unprinted), 303)
