"""The day's close at the desk: what a close would cover now, and the closes of before with their papers."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_points
from pointsbank.market import queries, services
from pointsbank.market.daybook import Day, GoodMoves
from pointsbank.market.documents import closing as documents
from pointsbank.market.forms.closing import DayCloseForm, ShelfRow
from pointsbank.market.models import Good
from pointsbank.market.queries import closing as closes
from pointsbank.market.services.closing import close_day as sign_day
from pointsbank.market.views.desk import blueprint, fonts
from pointsbank.places.models import Place
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import tell
from pointsbank.web.requests import number_asked

ROWS_PER_PAGE = 50
PAPERS = {"a4": documents.day_sheet_pdf, "80": documents.day_roll_pdf}


# --- today ---


@blueprint.get("/closes/today")
@requires(Permission.MANAGE_GOODS)
def close_today(village: Place) -> ResponseReturnValue:
    """What went out and came back since the last close, and the button that signs for it."""
    return _today_page(village, closes.open_day(village.id), DayCloseForm(formdata=None, key=new_key()))


@blueprint.post("/closes/today")
@requires(Permission.MANAGE_GOODS)
def sign_today(village: Place) -> ResponseReturnValue:
    """Release what nobody fetched, if that is wanted, and close the day as it was seen."""
    form, day, status = DayCloseForm(), closes.open_day(village.id), 422
    try:
        form.read_rows(_goods(village, form, day), day.moves)
        if form.validate():
            return _signed(village, form, day)
    except PointsBankError as error:
        status = form.refuse(error)
    return _today_page(village, closes.open_day(village.id), form), status


def _signed(village: Place, form: DayCloseForm, day: Day) -> ResponseReturnValue:
    """Raises what services.closing.close_day raises; for a page that is too old nothing is released."""
    closing, key, back = form.closing, form.key.data, ""
    if form.release.data and closing.seen == (day.range.last_redemption, day.range.last_move):
        released = services.release_expired(village, current_actor(), f"{key}.orders")
        count = len(released["orders"])
        back = f"没来领的 {count} 张单子退回了 {format_points(released['points'])} 分，" if count else ""
    done = sign_day(village, closing, current_actor(), key)
    tell(f"{done['close']} 号日结已签字，{back}请打印日结单，和小票一起收好。")
    return redirect(url_for("market.day_close", serial=done["close"]), 303)


def _goods(village: Place, form: DayCloseForm, day: Day) -> dict[int, Good]:
    """The goods that moved, and those that were on the page."""
    return queries.goods_by_serial(village.id, {moves.serial for moves in day.moves} | set(form.posted()))


def _with_goods(village: Place, day: Day) -> list[tuple[GoodMoves, Good]]:
    goods = queries.goods_by_serial(village.id, [moves.serial for moves in day.moves])
    return [(moves, goods[moves.serial]) for moves in day.moves]


def _today_page(village: Place, day: Day, form: DayCloseForm) -> str:
    errors = {row.good.serial: row.error for row in form.rows}
    try:
        form.read_rows(_goods(village, form, day), day.moves)
    except InvalidInputError:  # told already; what was typed cannot be read
        form.rows = [ShelfRow(good, moves) for moves, good in _with_goods(village, day)]
    for row in form.rows:
        row.error = row.error or errors.get(row.good.serial, "")
    form.seen_redemption.data, form.seen_move.data = str(day.range.last_redemption), str(day.range.last_move)
    form.key.data = new_key()  # a page that was refused left no key, and other figures need another
    return render_template(
        "market/close_today.html",
        day=day,
        form=form,
        names=access.actor_names(person.actor for person in day.people),
        waiting=closes.orders_to_release(village.id),
        unequal=_unequal(form, day),
    )


def _unequal(form: DayCloseForm, day: Day) -> list[str]:
    """Where receipts and stock do not agree, in words: something the program is to be asked about."""
    titles = {row.moves.serial: row.good.title for row in form.rows} | {line.serial: line.title for line in day.goods}
    return [
        f"{titles.get(serial, serial)}：小票上兑出 {given}，库存里出去 {issued}"
        for serial, given, issued in day.unequal
    ]


# --- the closes of before ---


@blueprint.get("/closes")
@requires(Permission.SEE_GOODS)
def day_closes(village: Place) -> ResponseReturnValue:
    """Closes, newest first."""
    rows = closes.day_closes(village.id, before=number_asked("before"), limit=ROWS_PER_PAGE + 1)
    shown = rows[:ROWS_PER_PAGE]
    return render_template(
        "market/day_closes.html",
        rows=shown,
        older=shown[-1].serial if len(rows) > ROWS_PER_PAGE else None,
        names=access.actor_names(row.actor for row in shown),
    )


@blueprint.get("/closes/<int:serial>")
@requires(Permission.SEE_GOODS)
def day_close(village: Place, serial: int) -> ResponseReturnValue:
    """One close as it was signed."""
    return render_template("market/day_close.html", sheet=_sheet(village, serial))


@blueprint.get("/closes/<int:serial>.pdf")
@requires(Permission.SEE_GOODS)
def day_close_paper(village: Place, serial: int) -> ResponseReturnValue:
    """日结单 on A4 or on the roll."""
    kind = request.args.get("paper", "a4")
    if kind not in PAPERS:
        raise InvalidInputError("日结单只有 A4 和 80 毫米两种纸。请返回重新选。")
    return pdf(PAPERS[kind](_sheet(village, serial), fonts()), f"day-{village.code}-{serial}")


def _sheet(village: Place, serial: int) -> documents.DaySheet:
    close, day = closes.day_close(village.id, serial)
    names = access.actor_names({close.actor, *(person.actor for person in day.people)})
    return documents.DaySheet(village, close, day, names)
