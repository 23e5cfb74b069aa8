"""The stock-take at the desk: opened, counted by scanner or from the paper sheet, compared, confirmed."""

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.models import Role
from pointsbank.access.permissions import Permission
from pointsbank.foundation.errors import InvalidInputError, NotFoundError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_yuan
from pointsbank.market import queries
from pointsbank.market.documents import counting as documents
from pointsbank.market.errors import StocktakeStepError
from pointsbank.market.forms.counting import (
    REASONS,
    CancelForm,
    ConfirmForm,
    OpenForm,
    PiecesForm,
    ReasonsForm,
    ScanForm,
    SheetForm,
    SheetRow,
    sheet_scanned,
)
from pointsbank.market.forms.fields import EXPIRED
from pointsbank.market.forms.handovers import KeyForm
from pointsbank.market.models import Good, Stocktake, StocktakeLine, StocktakeState
from pointsbank.market.queries import counting as stocktakes
from pointsbank.market.services import counting
from pointsbank.market.stocktaking import seen_of, to_count_again
from pointsbank.market.views.desk import blueprint, fonts
from pointsbank.places.models import Place
from pointsbank.places.words import words_for
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import tell
from pointsbank.web.requests import number_asked

ROWS_PER_PAGE = 50
LAST_COUNTED_SHOWN = 8

STATE_NAMES = {
    StocktakeState.COUNTING: "正在数",
    StocktakeState.COMPARED: "已对账，等确认",
    StocktakeState.CONFIRMED: "已确认",
    StocktakeState.CANCELLED: "已作废",
}


# --- the list ---


@blueprint.get("/stocktakes")
@requires(Permission.SEE_GOODS)
def stocktake_list(village: Place) -> ResponseReturnValue:
    """Stock-takes, newest first, and the way to begin one."""
    return _list_page(village, None)


@blueprint.post("/stocktakes")
@requires(Permission.MANAGE_GOODS)
def open_stocktake(village: Place) -> ResponseReturnValue:
    """Begin a stock-take."""
    form, status = OpenForm(queries.categories(village.id)), 422
    if form.validate():
        try:
            done = counting.open_stocktake(village, form.category.data, current_actor(), form.key.data)
            return redirect(url_for("market.stocktake", serial=done["stocktake"]), 303)
        except PointsBankError as error:
            status = form.refuse(error)
    return _list_page(village, form), status


def _list_page(village: Place, refused: OpenForm | None) -> str:
    rows = stocktakes.stocktakes(village.id, before=number_asked("before"), limit=ROWS_PER_PAGE + 1)
    shown = rows[:ROWS_PER_PAGE]
    return render_template(
        "market/stocktakes.html",
        rows=shown,
        older=shown[-1].stocktake.serial if len(rows) > ROWS_PER_PAGE else None,
        opening=refused or OpenForm(queries.categories(village.id), formdata=None, key=new_key()),
        open_one=stocktakes.open_stocktake(village.id),
        has_goods=queries.has_goods(village.id),
        names=access.actor_names(
            key for row in shown for key in (row.stocktake.opened_by, row.stocktake.ended_by) if key
        ),
        state_names=STATE_NAMES,
    )


# --- one of them ---


@blueprint.get("/stocktakes/<int:serial>")
@requires(Permission.SEE_GOODS)
def stocktake(village: Place, serial: int) -> ResponseReturnValue:
    """How far it is: pages of the sheet while it is counted, what differs afterwards."""
    return _page(village, stocktakes.stocktake(village.id, serial))


def _page(
    village: Place,
    taken: Stocktake,
    *,
    confirming: ConfirmForm | None = None,
    cancelling: CancelForm | None = None,
    typed: dict[int, str] | None = None,
    problem: str = "",
) -> str:
    lines = stocktakes.stocktake_lines(taken)
    people = {taken.opened_by, taken.compared_by, taken.ended_by}
    people |= {who for line in lines for who in (line.counted_by, line.first_counted_by)}
    common = {
        "taken": taken,
        "lines": lines,
        "names": access.actor_names(who for who in people if who),
        "state_name": STATE_NAMES[taken.state],
        "cancelling": cancelling or CancelForm(formdata=None, key=new_key()),
        "problem": problem,
        "new_key": new_key,
    }
    if taken.state is StocktakeState.COUNTING:
        return render_template("market/stocktake_counting.html", sheets=stocktakes.sheets(lines), **common)
    return render_template(
        "market/stocktake_compared.html",
        differing=[line for line in lines if line.difference],
        equal=[line for line in lines if not line.difference],
        again=to_count_again(village.id, lines) if taken.state is StocktakeState.COMPARED else set(),
        typed=typed or {},
        reasons=REASONS,
        confirming=confirming or _confirm_form(village, lines),
        witnesses=_witnesses(village) if taken.state is StocktakeState.COMPARED else [],
        counted_myself=current_actor().key
        in {who for line in lines for who in (line.counted_by, line.first_counted_by)},
        **common,
    )


def _confirm_form(village: Place, lines: Sequence[StocktakeLine]) -> ConfirmForm:
    role = f"{words_for(village.kind).supervision}成员"
    return ConfirmForm(formdata=None, key=new_key(), role=role, seen=seen_of(lines))


def _witnesses(village: Place) -> list[str]:
    """The people of the supervision committee, to choose from."""
    return [staff.name for staff, roles in access.staff_of(village) if Role.SUPERVISION in roles]


# --- counting ---


@blueprint.route("/stocktakes/<int:serial>/count", methods=["GET", "POST"])
@requires(Permission.MANAGE_GOODS)
def count_goods(village: Place, serial: int) -> ResponseReturnValue:
    """The scanner at the shelf: which good is counted next; ?good= has chosen one."""
    taken = _still_counted(village, serial)
    form = ScanForm(formdata=request.form if request.method == "POST" else None)
    found: Sequence[Good] = []
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            if sheet := sheet_scanned(form.scan.data, village.code):
                return redirect(url_for("market.count_sheet", serial=sheet[0], sheet=sheet[1]), 303)
            found = queries.goods_scanned(village.id, form.scan.data, offered_only=False)
            if len(found) == 1:
                return redirect(url_for("market.count_goods", serial=serial, good=found[0].serial), 303)
            if found:
                status = 200
            else:
                form.refuse(InvalidInputError("没有找到这样东西。请再扫一次，或输入名称、首字母。", field="scan"))
    asked = number_asked("good")
    good = None if asked is None else queries.good(village.id, asked)
    return _count_page(village, taken, form, found, good), status


@blueprint.post("/stocktakes/<int:serial>/count/<int:good_serial>")
@requires(Permission.MANAGE_GOODS)
def enter_count(village: Place, serial: int, good_serial: int) -> ResponseReturnValue:
    """How many of a good lie there; then the next one."""
    taken, good = _still_counted(village, serial), queries.good(village.id, good_serial)
    form, status = PiecesForm(), 422
    if form.validate():
        try:
            count = form.count_of(good.id)
            counting.enter_counts(village, serial, [count], current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            total = count.pieces + (count.instead_of or 0 if count.adds else 0)
            added = f"加上 {count.pieces}，一共 " if count.adds else "记下 "
            tell(f"{good.title}：{added}{total} {good.unit}。")
            compared = taken.state is StocktakeState.COMPARED
            return redirect(url_for("market.stocktake" if compared else "market.count_goods", serial=serial), 303)
    return _count_page(village, _still_counted(village, serial), ScanForm(formdata=None), [], good, form), status


def _still_counted(village: Place, serial: int) -> Stocktake:
    """A stock-take that is not finished. Raises NotFoundError, StocktakeStepError."""
    taken = stocktakes.stocktake(village.id, serial)
    if not taken.is_open:
        raise StocktakeStepError(f"{serial} 号盘点{STATE_NAMES[taken.state]}，不能再数。要再盘，请另开一次。")
    return taken


def _count_page(
    village: Place,
    taken: Stocktake,
    form: ScanForm,
    found: Sequence[Good],
    good: Good | None,
    refused: PiecesForm | None = None,
) -> str:
    line = stocktakes.stocktake_line(taken, good) if good is not None else None
    counted, goods = stocktakes.progress(taken)
    last = stocktakes.last_counted(taken, limit=LAST_COUNTED_SHOWN)
    pieces = refused or PiecesForm(formdata=None, key=new_key())
    before = line.counted if line is not None else None
    pieces.instead_of.data = "" if before is None else str(before)
    if refused is not None:
        pieces.key.data = new_key()  # what was refused left no key, and another figure needs another
    return render_template(
        "market/stocktake_count.html",
        taken=taken,
        form=form,
        found=found,
        good=good,
        line=line,
        pieces=pieces,
        counted=counted,
        goods=goods,
        last=last,
        names=access.actor_names({one.counted_by for one in last} | ({line.counted_by} if line else set()) - {""}),
        compared=taken.state is StocktakeState.COMPARED,
    )


@blueprint.route("/stocktakes/<int:serial>/sheets/<int:sheet>", methods=["GET", "POST"])
@requires(Permission.MANAGE_GOODS)
def count_sheet(village: Place, serial: int, sheet: int) -> ResponseReturnValue:
    """A page of the paper sheet typed down as it stands."""
    taken = stocktakes.stocktake(village.id, serial)
    if taken.state is not StocktakeState.COUNTING:
        raise StocktakeStepError(f"{serial} 号盘点{STATE_NAMES[taken.state]}，不能再照纸填。请看盘点的那一页。")
    lines = stocktakes.stocktake_lines(taken, sheet=sheet) if 1 <= sheet <= counting.LINES_MAX else []
    if not lines:
        raise NotFoundError("盘点表没有这一页，请返回选一页。")
    form = SheetForm(key=new_key()) if request.method == "GET" else SheetForm()
    rows, status = [SheetRow(line) for line in lines], 200
    if form.is_submitted():
        status = 422
        try:
            rows = form.read_rows(lines)
            if form.validate():
                counts = form.counts_of(rows)
                done = counting.enter_counts(village, serial, counts, current_actor(), form.key.data)
                tell(f"第 {sheet} 页记下 {done['goods']} 样。")
                return redirect(url_for("market.stocktake", serial=serial), 303)
        except PointsBankError as error:
            status = form.refuse(error)
            form.key.data = new_key()
            rows = _with_what_others_counted(taken, sheet, rows)
    return _sheet_page(taken, sheet, form, rows), status


def _with_what_others_counted(taken: Stocktake, sheet: int, rows: Sequence[SheetRow]) -> list[SheetRow]:
    """The rows as they stand now, with what was typed."""
    typed = {row.line.position: (row.text, row.error) for row in rows}
    lines = stocktakes.stocktake_lines(taken, sheet=sheet)
    return [SheetRow(line, *typed.get(line.position, ("", ""))) for line in lines]


def _sheet_page(taken: Stocktake, sheet: int, form: SheetForm, rows: Sequence[SheetRow]) -> str:
    return render_template(
        "market/stocktake_sheet.html",
        taken=taken,
        sheet=sheet,
        form=form,
        rows=rows,
        names=access.actor_names({row.line.counted_by for row in rows} - {""}),
    )


@blueprint.post("/stocktakes/<int:serial>/rest")
@requires(Permission.MANAGE_GOODS)
def count_rest_as_none(village: Place, serial: int) -> ResponseReturnValue:
    """What nobody found is counted as 0."""
    form = KeyForm()
    if not form.validate():
        raise InvalidInputError(EXPIRED)
    done = counting.count_rest_as_none(village, serial, current_actor(), form.key.data)
    tell(f"没找到的 {done['goods']} 样都记成 0。找到了就再扫一下，重数。")
    return redirect(url_for("market.stocktake", serial=serial), 303)


# --- comparing, explaining, ending ---


@blueprint.post("/stocktakes/<int:serial>/compare")
@requires(Permission.MANAGE_GOODS)
def compare_stocktake(village: Place, serial: int) -> ResponseReturnValue:
    """Show what was counted beside the book."""
    if not KeyForm().validate():
        raise InvalidInputError(EXPIRED)
    try:
        counting.compare(village, serial, current_actor())
    except PointsBankError as error:
        return _page(village, stocktakes.stocktake(village.id, serial), problem=error.message), error.status
    return redirect(url_for("market.stocktake", serial=serial), 303)


@blueprint.post("/stocktakes/<int:serial>/reasons")
@requires(Permission.MANAGE_GOODS)
def explain_differences(village: Place, serial: int) -> ResponseReturnValue:
    """Why goods differ."""
    form, typed = ReasonsForm(), dict[int, str]()
    if not form.validate():
        raise InvalidInputError(EXPIRED)
    try:
        typed = form.reasons
        changed = counting.explain(village, serial, typed, current_actor())
    except PointsBankError as error:
        taken = stocktakes.stocktake(village.id, serial)
        return _page(village, taken, typed=typed, problem=error.message), error.status
    tell(f"记下 {changed} 样的原因。" if changed else "原因没有改动。")
    return redirect(url_for("market.stocktake", serial=serial), 303)


@blueprint.post("/stocktakes/<int:serial>/confirm")
@requires(Permission.CONFIRM_STOCKTAKE)
def confirm_stocktake(village: Place, serial: int) -> ResponseReturnValue:
    """A second person confirms, the differences are booked."""
    form, status = ConfirmForm(), 422
    if form.validate():
        witness, role, seen, key = form.witness.data, form.role.data, form.seen.data, form.key.data
        try:
            done = counting.confirm(village, serial, witness, role, seen, current_actor(), key)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            worth = format_yuan(abs(done["cost_fen"]))
            more = "多" if done["cost_fen"] > 0 else "少"
            booked = (
                f"{done['differences']} 样按实数改了账，合计{more} {worth} 元" if done["moves"] else "数和账都对得上"
            )
            tell(f"{serial} 号盘点已确认：{booked}。请打印盘点表，三方签字。")
            return redirect(url_for("market.stocktake", serial=serial), 303)
    form.key.data = new_key()
    taken = stocktakes.stocktake(village.id, serial)
    form.seen.data = seen_of(stocktakes.stocktake_lines(taken))
    return _page(village, taken, confirming=form), status


@blueprint.post("/stocktakes/<int:serial>/cancel")
@requires(Permission.MANAGE_GOODS)
def cancel_stocktake(village: Place, serial: int) -> ResponseReturnValue:
    """Give it up: nothing is booked."""
    form, status = CancelForm(), 422
    if form.validate():
        try:
            counting.cancel_stocktake(village, serial, form.note.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"{serial} 号盘点作废了，账没有动。")
            return redirect(url_for("market.stocktake_list"), 303)
    return _page(village, stocktakes.stocktake(village.id, serial), cancelling=form), status


# --- papers ---


@blueprint.get("/stocktakes/<int:serial>/sheet.pdf")
@requires(Permission.MANAGE_GOODS)
def stocktake_sheet_paper(village: Place, serial: int) -> ResponseReturnValue:
    """The count sheet, without the figures of the book."""
    taken = stocktakes.stocktake(village.id, serial)
    sheet = documents.count_sheet_of(village, taken, stocktakes.stocktake_lines(taken))
    return pdf(documents.count_sheet_pdf(sheet, fonts()), f"count-{village.code}-{serial}")


@blueprint.get("/stocktakes/<int:serial>/report.pdf")
@requires(Permission.SEE_GOODS)
def stocktake_report(village: Place, serial: int) -> ResponseReturnValue:
    """盘点表: book, counted, difference, value, reason, signatures. Not before it was compared."""
    taken = stocktakes.stocktake(village.id, serial)
    if taken.compared_at is None:
        raise StocktakeStepError(f"{serial} 号盘点还没有对账。数完、对账以后再打印盘点表。")
    lines = stocktakes.stocktake_lines(taken)
    people = {who for line in lines for who in (line.counted_by, line.first_counted_by)} | {taken.ended_by}
    report = documents.report_of(village, taken, lines, access.actor_names(people - {""}))
    return pdf(documents.report_pdf(report, fonts()), f"stocktake-{village.code}-{serial}")
