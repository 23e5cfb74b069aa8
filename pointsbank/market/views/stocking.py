"""Receiving, writing off, counting, and the moves of stock."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market import queries, services
from pointsbank.market.errors import ChangedMeanwhileError
from pointsbank.market.forms.goods import MOVE_NAMES, MovesFilterForm
from pointsbank.market.forms.stocking import ORIGINS, CountForm, DeliveryNoteForm, ReceiveForm, WriteOffForm
from pointsbank.market.queries import MoveLine
from pointsbank.market.sheets import deliveries
from pointsbank.market.views.desk import blueprint
from pointsbank.market.views.goods import good_page
from pointsbank.places.models import Place
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.messages import tell
from pointsbank.web.requests import number_asked

MOVES_PER_PAGE = 50
SERIAL_DIGITS_MAX = 12
COUNT_FIELDS = {"reason": "count_reason", "quantity": "counted"}  # two forms stand on the page of a good


# --- what comes ---


@blueprint.get("/receive")
@requires(Permission.MANAGE_GOODS)
def receive(village: Place) -> ResponseReturnValue:
    """An empty delivery; ?good= puts a good into it."""
    if not queries.has_goods(village.id):
        return render_template("market/receive.html", form=None), 200
    form = ReceiveForm(village.id, key=new_key(), received_on=clock.today())
    serial = number_asked("good")
    if serial is not None:
        form.add(queries.good(village.id, serial))
    return _receive_page(form), 200


@blueprint.post("/receive")
@requires(Permission.MANAGE_GOODS)
def change_delivery(village: Place) -> ResponseReturnValue:
    """Put a scanned or chosen good into the delivery or take one out; with the button, book it once per key."""
    form, status = ReceiveForm(village.id), 200
    try:
        valid = form.validate()
        form.read_lines()
        if "book" not in request.form or form.scan.data:
            form.change()
        elif valid:
            done = services.receive(village, form.delivery(clock.today()), current_actor(), form.key.data)
            tell(f"入库单 {done['delivery']} 号：已入库 {len(done['moves'])} 样，共 {done['pieces']} 件。")
            return redirect(url_for("market.intake", serial=done["delivery"]), 303)
        status = 200 if valid else 422
    except PointsBankError as error:
        status = form.refuse(error)
    return _receive_page(form), status


@blueprint.post("/receive/note")
@requires(Permission.MANAGE_GOODS)
def take_delivery_note(village: Place) -> ResponseReturnValue:
    """Fill the delivery from a supplier's .xlsx; it is booked like any other, once somebody has looked at it."""
    form, note, status = ReceiveForm(village.id, formdata=None, key=new_key(), received_on=clock.today()), None, 422
    chosen = DeliveryNoteForm()
    if chosen.validate():
        try:
            note = deliveries.read_delivery_note(village, chosen.read())
            form.take(note)
            status = 422 if note.refused else 200
        except PointsBankError as error:
            status = chosen.refuse(error)
    return _receive_page(form, chosen, note), status


@blueprint.get("/receive/note.xlsx")
@requires(Permission.SEE_GOODS)
def blank_delivery_note(village: Place) -> ResponseReturnValue:
    """The sheet that a supplier fills in."""
    return spreadsheet(deliveries.blank_delivery_note(village), f"delivery-{village.code}")


def _receive_page(
    form: ReceiveForm, chosen: DeliveryNoteForm | None = None, note: deliveries.DeliveryNote | None = None
) -> str:
    if form.received_on.data is None and not form.received_on.errors:
        form.received_on.data = clock.today()
        form.received_on.raw_data = None  # or the empty text that was posted would be shown
    return render_template(
        "market/receive.html",
        form=form,
        chosen=chosen or DeliveryNoteForm(formdata=None),
        note=note,
        columns=deliveries.DELIVERY_COLUMNS,
        today=clock.today(),
    )


@blueprint.get("/intakes")
@requires(Permission.SEE_GOODS)
def intakes(village: Place) -> ResponseReturnValue:
    """Deliveries, newest first."""
    rows = queries.intakes(village.id, before=number_asked("before", SERIAL_DIGITS_MAX), limit=MOVES_PER_PAGE + 1)
    page = render_template(
        "market/intakes.html",
        rows=rows[:MOVES_PER_PAGE],
        older=rows[MOVES_PER_PAGE - 1].serial if len(rows) > MOVES_PER_PAGE else None,
        names=access.actor_names(row.actor for row in rows),
        origins=ORIGINS,
    )
    return page, 200


@blueprint.get("/intakes/<int:serial>")
@requires(Permission.SEE_GOODS)
def intake(village: Place, serial: int) -> ResponseReturnValue:
    """One delivery with its lots."""
    shown = queries.intake(village.id, serial)
    lots = queries.lots_in(shown)
    page = render_template(
        "market/intake.html",
        intake=shown,
        lots=lots,
        cost_fen=sum(lot.received * lot.cost_fen for lot, _ in lots),
        names=access.actor_names([shown.actor]),
        origins=ORIGINS,
    )
    return page, 200


@blueprint.get("/expiring")
@requires(Permission.SEE_GOODS)
def expiring(village: Place) -> ResponseReturnValue:
    """What is over its last day or comes to it within a month."""
    page = render_template(
        "market/expiring.html", lines=queries.expiring(village.id), today=clock.today(), days=queries.EXPIRING_DAYS
    )
    return page, 200


# --- what goes otherwise than by redemption ---


@blueprint.post("/goods/<int:serial>/write-off")
@requires(Permission.MANAGE_GOODS)
def write_off(village: Place, serial: int) -> ResponseReturnValue:
    """Take spoilt or lost pieces off the stock."""
    shown = queries.good(village.id, serial)
    form, status = WriteOffForm(), 422
    if form.validate():
        try:
            pieces = form.pieces
            done = services.write_off(
                village,
                serial,
                pieces,
                form.reason.data,
                form.witness.data,
                current_actor(),
                form.key.data,
                form.lot_serial,
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"已报损 {pieces} {shown.unit}，还有 {done['on_hand']} {shown.unit}。记错了，用“盘点”改正。")
            return redirect(url_for("market.good", serial=serial), 303)
    return good_page(village, queries.good(village.id, serial), write_off=form), status


@blueprint.get("/write-offs")
@requires(Permission.SEE_GOODS)
def write_offs(village: Place) -> ResponseReturnValue:
    """What was written off, newest first."""
    rows = queries.write_offs(village.id, before=number_asked("before", SERIAL_DIGITS_MAX), limit=MOVES_PER_PAGE + 1)
    page = render_template(
        "market/write_offs.html",
        rows=rows[:MOVES_PER_PAGE],
        older=rows[MOVES_PER_PAGE - 1].write_off.serial if len(rows) > MOVES_PER_PAGE else None,
        names=access.actor_names(row.write_off.actor for row in rows),
    )
    return page, 200


@blueprint.post("/goods/<int:serial>/count")
@requires(Permission.MANAGE_GOODS)
def count(village: Place, serial: int) -> ResponseReturnValue:
    """Set the stock to what was counted on the shelf."""
    shown = queries.good(village.id, serial)
    form, status = CountForm(), 422
    if form.validate():
        try:
            counted, seen = form.pieces
            reason, key = form.count_reason.data, form.key.data
            done = services.count(village, serial, counted, seen, reason, current_actor(), key)
        except PointsBankError as error:
            status = _refuse_count(village, serial, form, error)
        else:
            tell(_count_in_words(done["difference"], counted, shown.unit))
            return redirect(url_for("market.good", serial=serial), 303)
    return good_page(village, queries.good(village.id, serial), count=form), status


def _refuse_count(village: Place, serial: int, form: CountForm, error: PointsBankError) -> int:
    """The sentence at its field; whoever is told of a new figure in the book counts again against that one."""
    error.field = COUNT_FIELDS.get(error.field or "", error.field)
    if isinstance(error, ChangedMeanwhileError):
        form.on_hand_seen.data = str(queries.good(village.id, serial).on_hand)
    return form.refuse(error)


def _count_in_words(difference: int, counted: int, unit: str) -> str:
    if not difference:
        return f"盘点一致，{counted} {unit}。"
    return f"已按盘点改为 {counted} {unit}，比账面{'多' if difference > 0 else '少'} {abs(difference)} {unit}。"


# --- all moves ---


@blueprint.get("/moves")
@requires(Permission.SEE_GOODS)
def moves(village: Place) -> ResponseReturnValue:
    """Everything that came and went, newest first."""
    form = MovesFilterForm(formdata=request.args)
    rows: list[MoveLine] = []
    status = 422
    if form.validate():
        try:
            rows, status = _moves_listed(village, form), 200
        except InvalidInputError as error:
            form.refuse(error)
    page = render_template(
        "market/moves.html",
        form=form,
        rows=rows[:MOVES_PER_PAGE],
        older=rows[MOVES_PER_PAGE - 1].move.sequence if len(rows) > MOVES_PER_PAGE else None,
        names=access.actor_names(row.move.actor for row in rows),
        move_names=MOVE_NAMES,
    )
    return page, status


def _moves_listed(village: Place, form: MovesFilterForm) -> list[MoveLine]:
    return queries.moves(
        village.id,
        words=form.words.data,
        kind=form.move_kind,
        before=form.first_sequence,
        limit=MOVES_PER_PAGE + 1,
    )
