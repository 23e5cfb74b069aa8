"""The list of goods, one good, the goods sheet."""

from datetime import date, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import SPAN_NAMES
from pointsbank.foundation.spreadsheets import ImportReport
from pointsbank.market import queries, services
from pointsbank.market.errors import ChangedMeanwhileError
from pointsbank.market.forms.fields import EXPIRED
from pointsbank.market.forms.goods import (
    MOVE_NAMES,
    GoodForm,
    GoodsFileForm,
    GoodsFilterForm,
    PhotoForm,
)
from pointsbank.market.forms.stocking import CountForm, WriteOffForm
from pointsbank.market.models import Good, GoodPrice
from pointsbank.market.queries import counting as stocktakes
from pointsbank.market.services.goods import PRICE_DAYS_AHEAD_MAX, day_of_year_in_words, is_in_store
from pointsbank.market.sheets import goods as sheets
from pointsbank.market.views import partners, purchases, settlements, wanted
from pointsbank.market.views.desk import blueprint
from pointsbank.places.models import Place
from pointsbank.printing import codes
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.messages import Tone, tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register
from pointsbank.web.requests import number_asked

PAGES = (
    "good",
    "labels",
    "new_good",
    "edit_good",
    "import_goods",
    "put_photo",
    "receive",
    "change_delivery",
    "write_off",
    "count",
    "moves",
    "take_delivery_note",
    "intakes",
    "intake",
    "expiring",
    "write_offs",
    "stocktake_list",
    "open_stocktake",
    "stocktake",
    "count_goods",
    "enter_count",
    "count_sheet",
    "compare_stocktake",
    "explain_differences",
    "confirm_stocktake",
    "cancel_stocktake",
)
register(
    NavigationItem(
        "market.goods",
        "一市",
        "shop",
        Permission.SEE_GOODS,
        NavigationGroup.ONES,
        30,
        tuple(
            f"market.{page}" for page in (*PAGES, *purchases.PAGES, *partners.PAGES, *settlements.PAGES, *wanted.PAGES)
        ),
    )
)

ROWS_PER_PAGE = 50
MOVES_PER_PAGE = 20
SEQUENCE_DIGITS_MAX = 12  # of a move of stock
PRICES_SHOWN = 12
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
        today=clock.today(),
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


@blueprint.app_template_filter("ean13_svg")
def ean13_svg(number: str) -> Markup:
    """A barcode as an element of the page."""
    return Markup(codes.ean13_svg(number))  # noqa: S704 - made of bars by us from 13 digits


@blueprint.get("/goods/<int:serial>")
@requires(Permission.SEE_GOODS)
def good(village: Place, serial: int) -> ResponseReturnValue:
    """One good: stock, details, moves, and what can be done."""
    return good_page(village, queries.good(village.id, serial)), 200


def good_page(
    village: Place,
    shown: Good,
    write_off: WriteOffForm | None = None,
    count: CountForm | None = None,
    photo: PhotoForm | None = None,
) -> str:
    """The page of a good; a form that was refused is shown as it was filled in, the others are fresh."""
    rows = queries.moves(
        village.id,
        good_serial=shown.serial,
        before=number_asked("before", SEQUENCE_DIGITS_MAX),
        limit=MOVES_PER_PAGE + 1,
    )
    lots = queries.lots_of(village.id, shown.id)
    prices, today = queries.prices(village.id, shown.serial, limit=PRICES_SHOWN), clock.today()
    write_off = write_off or WriteOffForm.expired(lots, request.args.get("lot", ""), today, new_key())
    write_off.offer(lots)
    return render_template(
        "market/good.html",
        good=shown,
        lots=lots,
        today=today,
        prices=prices,
        price_now=next((row for row in prices if _is_now(shown, row, today)), None),
        price_coming=next((row for row in prices if row.effective_on == shown.next_price_on), None),
        season=_season_in_words(shown),
        in_store=next((row.barcode for row in shown.barcodes if is_in_store(row.barcode)), ""),
        moves=rows[:MOVES_PER_PAGE],
        older=rows[MOVES_PER_PAGE - 1].move.sequence if len(rows) > MOVES_PER_PAGE else None,
        names=access.actor_names([*(row.move.actor for row in rows), *(row.actor for row in prices)]),
        move_names=MOVE_NAMES,
        limit=_limit_in_words(shown),
        write_off=write_off,
        count=count or CountForm(formdata=None, key=new_key(), on_hand_seen=str(shown.on_hand)),
        photo=photo or PhotoForm(formdata=None),
        stocktake=stocktakes.open_stocktake(village.id),
    )


def _is_now(shown: Good, row: GoodPrice, today: date) -> bool:
    """Whether this is what the good costs today; of several like it the newest is meant."""
    return row.effective_on <= today and row.points_price == shown.price_on(today)


def _season_in_words(good: Good) -> str:
    if good.season_from is None or good.season_to is None:
        return "全年"
    first, last = day_of_year_in_words(good.season_from), day_of_year_in_words(good.season_to)
    return f"{first}到{'次年' if good.season_to < good.season_from else ''}{last}"


def _limit_in_words(good: Good) -> str:
    if good.limit_quantity is None or good.limit_span is None:
        return ""
    return f"{SPAN_NAMES[good.limit_span]} {good.limit_quantity} {good.unit}"


@blueprint.route("/goods/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_GOODS)
def new_good(village: Place) -> ResponseReturnValue:
    """Add a good."""
    form = GoodForm()
    if request.method == "GET":
        form = GoodForm(offered=True, key=new_key(), code=queries.next_code(village.id))
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                details, makes_barcode = form.details(), form.makes_barcode.data
                serial = services.add_good_once(
                    village, details, current_actor(), form.key.data, makes_barcode=makes_barcode
                )
            except PointsBankError as error:
                status = form.refuse(error)
            else:
                then = "有人来换就能办。" if details.is_service else "有货了就去入库。"
                tell(f"“{details.name}”已加到商品里。{then}")
                return redirect(url_for("market.good", serial=serial), 303)
    return _form_page(village, form, None), status


@blueprint.route("/goods/<int:serial>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_GOODS)
def edit_good(village: Place, serial: int) -> ResponseReturnValue:
    """Change a good's details; orders that wait keep their price."""
    shown = queries.good(village.id, serial)
    form, status = GoodForm.showing(shown) if request.method == "GET" else GoodForm(), 200
    if form.is_submitted():
        status, before = 422, services.details_of(shown)
        if form.validate():
            try:
                details = form.details()
                price_from = form.price_from.data
                changed = services.change_good(village, serial, details, form.version_seen, current_actor(), price_from)
            except PointsBankError as error:
                status = form.refuse(error)
            else:
                repriced = details.points_price != before.points_price
                tell(_change_in_words(changed, repriced=repriced, price_from=price_from))
                return redirect(url_for("market.good", serial=serial), 303)
    return _form_page(village, form, queries.good(village.id, serial)), status


def _change_in_words(changed: bool, *, repriced: bool, price_from: date | None) -> str:
    if not changed:
        return "没有改动，和原来一样。"
    if not repriced:
        return "改好了。"
    later = price_from is not None and price_from > clock.today()
    since = f"从{price_from.month}月{price_from.day}日起" if price_from is not None and later else "从现在起"
    return f"改好了。新的积分价{since}用，已下的单子保持原价。"


def _form_page(village: Place, form: GoodForm, shown: Good | None) -> str:
    return render_template(
        "market/good_form.html",
        form=form,
        good=shown,
        categories=queries.categories(village.id),
        today=clock.today(),
        last_day=clock.today() + timedelta(days=PRICE_DAYS_AHEAD_MAX),
    )


@blueprint.post("/goods/<int:serial>/price/cancel")
@requires(Permission.MANAGE_GOODS)
def cancel_next_price(village: Place, serial: int) -> ResponseReturnValue:
    """Leave the price as it is today."""
    if services.cancel_next_price(village, serial, current_actor()):
        tell("不改价了，积分价和今天一样。")
    else:
        tell("没有要到期的新价，不用取消。", tone=Tone.WARN)
    return redirect(url_for("market.good", serial=serial), 303)


@blueprint.post("/goods/<int:serial>/barcode")
@requires(Permission.MANAGE_GOODS)
def make_barcode(village: Place, serial: int) -> ResponseReturnValue:
    """Give a good that came without a barcode one of the shop's own."""
    barcode = services.make_barcode(village, serial, current_actor())
    tell(f"店内条码是 {barcode}，打印出来贴在货架上，就能扫。")
    return redirect(url_for("market.good", serial=serial), 303)


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
