"""Drafts of purchases: begun empty, from a suggestion or like another purchase, and edited."""

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries as shelf
from pointsbank.market.forms.purchases import PurchaseForm, suggested_pieces
from pointsbank.market.models import Purchase, PurchaseState
from pointsbank.market.queries import purchases as queries
from pointsbank.market.services import purchases as services
from pointsbank.market.views.desk import blueprint
from pointsbank.places.models import Place
from pointsbank.web.messages import tell
from pointsbank.web.requests import number_asked


@blueprint.get("/purchases/new")
@requires(Permission.MANAGE_GOODS)
def new_purchase(village: Place) -> ResponseReturnValue:
    """An empty draft; ?lines=serial:pieces,… puts goods into it, ?like=serial those of another purchase."""
    form, status = PurchaseForm(village.id, formdata=None, key=new_key()), 200
    try:
        like = number_asked("like")
        if like is not None:
            form.take(queries.purchase(village.id, like))
        pieces = suggested_pieces(request.args.get("lines", ""))
        form.suggest(shelf.goods_by_serial(village.id, pieces).values(), pieces)
    except InvalidInputError as error:
        status = form.refuse(error)
    return _draft_page(form), status


@blueprint.post("/purchases/new")
@requires(Permission.MANAGE_GOODS)
def draft_purchase(village: Place) -> ResponseReturnValue:
    """Put a good into the draft or take one out; with the button, keep it once per key."""
    form = PurchaseForm(village.id)

    def keep() -> int:
        serial: int = services.draft_purchase(village, form.draft(), current_actor(), form.key.data)["purchase"]
        tell(f"采购单 {serial} 号记下了。下一步：问三家价，一家一家记下。")
        return serial

    return _change_draft(form, keep)


@blueprint.get("/purchases/<int:serial>/edit")
@requires(Permission.MANAGE_GOODS)
def edit_purchase(village: Place, serial: int) -> ResponseReturnValue:
    """A draft to be edited."""
    shown = queries.purchase(village.id, serial)
    if shown.state is not PurchaseState.DRAFT:
        return redirect(url_for("market.purchase", serial=serial))
    return _draft_page(PurchaseForm.showing(shown, new_key()), shown)


@blueprint.post("/purchases/<int:serial>/edit")
@requires(Permission.MANAGE_GOODS)
def change_purchase(village: Place, serial: int) -> ResponseReturnValue:
    """Put a good into the draft or take one out; with the button, keep it."""
    shown = queries.purchase(village.id, serial)
    form = PurchaseForm(village.id)

    def keep() -> int:
        done = services.change_purchase(
            village, serial, form.draft(), form.revision_seen, current_actor(), form.key.data
        )
        void = done["withdrawn"]
        tell("改好了。" + (f"东西变了，原来的 {void} 家报价作废，请重新问价。" if void else ""))
        return serial

    return _change_draft(form, keep, shown)


def _change_draft(form: PurchaseForm, keep: Callable[[], int], shown: Purchase | None = None) -> ResponseReturnValue:
    try:
        form.read_lines()
        if "keep" not in request.form or form.scan.data:
            form.change()
            return _draft_page(form, shown), 200
        if form.validate():
            return redirect(url_for("market.purchase", serial=keep()), 303)
        status = 422
    except PointsBankError as error:
        status = form.refuse(error)
    return _draft_page(form, shown), status


def _draft_page(form: PurchaseForm, shown: Purchase | None = None) -> str:
    if not form.key.data:
        form.key.data = new_key()
    return render_template("market/purchase_form.html", form=form, purchase=shown, today=clock.today())
