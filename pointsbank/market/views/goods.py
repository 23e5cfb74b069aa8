"""The list of goods, one good, the goods sheet."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import SPAN_NAMES
from pointsbank.foundation.spreadsheets import ImportReport
from pointsbank.market import queries, services, sheets
from pointsbank.market.errors import ChangedMeanwhileError
from pointsbank.market.forms.fields import EXPIRED
from pointsbank.market.forms.goods import (
    MOVE_NAMES,
    CountForm,
    GoodForm,
    GoodsFileForm,
    GoodsFilterForm,
    WriteOffForm,
)
from pointsbank.market.models import Good
from pointsbank.market.views.desk import blueprint
from pointsbank.places.models import Place
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.messages import Tone, tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

PAGES = ("good", "new_good", "edit_good", "import_goods", "receive", "change_delivery", "write_off", "count", "moves")
register(
    NavigationItem(
        "market.goods",
        "一市",
        "shop",
        Permission.SEE_GOODS,
        NavigationGroup.ONES,
        30,
        tuple(f"market.{page}" for page in PAGES),
    )
)

ROWS_PER_PAGE = 50
MOVES_PER_PAGE = 20
PREVIEW_ROWS_MAX = 200  # of each kind; a village has 35 to 150 goods


@blueprint.get("/goods")
@requires(Permission.SEE_GOODS)
def goods(village: Place) -> ResponseReturnValue:
    """The goods with price and stock; ?below=1 those that run out."""
    form = GoodsFilterForm(queries.categories(village.id), formdata=request.args)
    rows, status = [], 422
    if form.validate():
        try:
            rows, status = _goods_listed(village, form), 200
        except InvalidInputError as error:
            form.refuse(error)
    page = render_template(
        "market/goods.html",
        form=form,
        rows=rows[:ROWS_PER_PAGE],
        more=rows[ROWS_PER_PAGE - 1].serial if len(rows) > ROWS_PER_PAGE else None,
        key=new_key(),
    )
    return page, status


def _goods_listed(village: Place, form: GoodsFilterForm) -> list[Good]:
    """A page of goods and one more, which says that there is another page."""
    found = queries.goods(
        village.id,
        words=form.words.data,
        category=form.category.data,
        below_minimum=form.below.data,
        offered_only=form.offered.data == "1",
        withdrawn_only=form.offered.data == "0",
        after=form.last_serial,
        limit=ROWS_PER_PAGE + 1,
    )
    return list(found)


# --- one good ---


@blueprint.get("/goods/<int:serial>")
@requires(Permission.SEE_GOODS)
def good(village: Place, serial: int) -> ResponseReturnValue:
    """One good: stock, details, moves, and what can be done."""
    return good_page(village, queries.good(village.id, serial)), 200


def good_page(
    village: Place, shown: Good, write_off: WriteOffForm | None = None, count: CountForm | None = None
) -> str:
    """The page of a good; a form that was refused is shown as it was filled in, the others are fresh."""
    before = request.args.get("before", "")
    rows = queries.moves(
        village.id,
        good_serial=shown.serial,
        before=int(before) if before.isascii() and before.isdigit() and len(before) <= 12 else None,
        limit=MOVES_PER_PAGE + 1,
    )
    return render_template(
        "market/good.html",
        good=shown,
        moves=rows[:MOVES_PER_PAGE],
        older=rows[MOVES_PER_PAGE - 1].move.sequence if len(rows) > MOVES_PER_PAGE else None,
        names=access.actor_names(row.move.actor for row in rows),
        move_names=MOVE_NAMES,
        limit=_limit_in_words(shown),
        write_off=write_off or WriteOffForm(formdata=None, key=new_key()),
        count=count or CountForm(formdata=None, key=new_key(), on_hand_seen=str(shown.on_hand)),
    )


def _limit_in_words(good: Good) -> str:
    if good.limit_quantity is None or good.limit_span is None:
        return ""
    return f"{SPAN_NAMES[good.limit_span]} {good.limit_quantity} {good.unit}"


@blueprint.route("/goods/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_GOODS)
def new_good(village: Place) -> ResponseReturnValue:
    """Add a good."""
    form = GoodForm(offered=True, key=new_key()) if request.method == "GET" else GoodForm()
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                serial = services.add_good_once(village, form.details(), current_actor(), form.key.data)
            except PointsBankError as error:
                status = form.refuse(error)
            else:
                tell(f"“{form.name.data}”已加到商品里。有货了就去入库。")
                return redirect(url_for("market.good", serial=serial), 303)
    return _form_page(village, form, None), status


@blueprint.route("/goods/<int:serial>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_GOODS)
def edit_good(village: Place, serial: int) -> ResponseReturnValue:
    """Change a good's details; orders that wait keep their price."""
    shown = queries.good(village.id, serial)
    form, status = GoodForm.showing(shown) if request.method == "GET" else GoodForm(), 200
    if form.is_submitted():
        status, price = 422, shown.points_price
        if form.validate():
            try:
                details = form.details()
                changed = services.change_good(village, serial, details, form.version_seen, current_actor())
            except PointsBankError as error:
                status = form.refuse(error)
            else:
                tell(_change_in_words(changed, repriced=details.points_price != price))
                return redirect(url_for("market.good", serial=serial), 303)
    return _form_page(village, form, queries.good(village.id, serial)), status


def _change_in_words(changed: bool, *, repriced: bool) -> str:
    if not changed:
        return "没有改动，和原来一样。"
    return "改好了。新的积分价从现在起用，已下的单子保持原价。" if repriced else "改好了。"


def _form_page(village: Place, form: GoodForm, shown: Good | None) -> str:
    return render_template("market/good_form.html", form=form, good=shown, categories=queries.categories(village.id))


# --- the goods sheet ---


@blueprint.get("/goods.xlsx")
@requires(Permission.SEE_GOODS)
def export_goods(village: Place) -> ResponseReturnValue:
    """All goods as a spreadsheet that can be changed and imported again."""
    return spreadsheet(sheets.export_goods(village), f"goods-{village.code}")


@blueprint.route("/goods/import", methods=["GET", "POST"])
@requires(Permission.MANAGE_GOODS)
def import_goods(village: Place) -> ResponseReturnValue:
    """Choose a file, see what it would change, and do it."""
    form = GoodsFileForm(key=new_key()) if request.method == "GET" else GoodsFileForm()
    preview, content, status = None, b"", 422 if form.is_submitted() else 200
    try:
        if form.validate_on_submit():
            content = form.read()
            if "apply" in request.form and form.seen.data:
                report = sheets.apply_import(village, content, current_actor(), form.key.data, form.seen.data)
                if report.applied:
                    return _imported(report)
            preview = sheets.preview_import(village, content)
            status = 422 if preview.report.refused else 200
    except ChangedMeanwhileError as error:
        status, preview = form.refuse(error), sheets.preview_import(village, content)
    except PointsBankError as error:
        status = form.refuse(error)
    form.seen.data = preview.digest if preview else ""
    page = render_template(
        "market/import.html",
        form=form,
        preview=preview,
        columns=sheets.GOODS_COLUMNS,
        shown_max=PREVIEW_ROWS_MAX,
    )
    return page, status


def _imported(report: ImportReport) -> ResponseReturnValue:
    tell(f"导入好了：新增 {report.new} 样，改动 {report.changed} 样，{report.unchanged} 样没有变。")
    return redirect(url_for("market.goods"), 303)


@blueprint.post("/goods/standard")
@requires(Permission.MANAGE_GOODS)
def take_standard_goods(village: Place) -> ResponseReturnValue:
    """Start a village's list with the common goods that come with the program."""
    form = GoodsFileForm()
    if not form.validate():
        raise InvalidInputError(EXPIRED)
    if queries.goods(village.id, limit=1):
        tell("已经有商品了，常用商品没有再加。要补充请用“导入”。", tone=Tone.WARN)
        return redirect(url_for("market.goods"), 303)
    report = sheets.apply_import(village, sheets.standard_goods(), current_actor(), form.key.data)
    tell(f"已加入 {report.new} 样常用商品。积分价、最低库存都可以改；来了货就去入库。")
    return redirect(url_for("market.goods"), 303)
