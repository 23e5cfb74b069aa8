"""The month at the desk: figures, deeds of merit, closing, freezing, printing."""

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.boards import queries, services
from pointsbank.boards.content import BoardContent, CategoryLine
from pointsbank.boards.errors import UnfinishedClaimsError
from pointsbank.boards.forms import MeritForm
from pointsbank.deeds.models import Claim
from pointsbank.deeds.queries.months import unfinished
from pointsbank.foundation import periods
from pointsbank.foundation.errors import NotFoundError, PointsBankError
from pointsbank.foundation.points import format_points
from pointsbank.ledger import services as ledger_services
from pointsbank.places.models import Place
from pointsbank.printing import charts, codes
from pointsbank.printing.fonts import Fonts, register
from pointsbank.web import navigation
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import tell
from pointsbank.web.requests import number_asked

SERIAL = "int(max=999999999999)"  # inside what a database takes
CHART_WIDTH = 300.0  # points; about the width it has on the page, so that its letters keep their size
WORDS_LENGTH_MAX = 60  # of a search

blueprint = Blueprint("boards", __name__, url_prefix="/desk/<village_code>/boards", template_folder="templates")

navigation.register(
    navigation.NavigationItem(
        "boards.index", "一榜", "award", Permission.SEE_VILLAGE, navigation.NavigationGroup.ONES, 40
    )
)


@blueprint.app_template_filter("qr_svg")
def qr_svg(text: str) -> Markup:
    """A QR code as an element of the page."""
    return Markup(codes.qr_svg(text))  # noqa: S704 - made of squares by us, the text itself is not in it


@blueprint.get("/")
@requires(Permission.SEE_VILLAGE)
def index(village: Place) -> ResponseReturnValue:
    """The month asked for, else the one whose board is to be done."""
    wanted = request.args.get("period")
    period = _find_month(village, wanted)[1].period if wanted else queries.month_to_do(queries.months(village.id))
    return redirect(url_for("boards.month", period=period))


@blueprint.get("/<period>")
@requires(Permission.SEE_VILLAGE)
def month(village: Place, period: str) -> ResponseReturnValue:
    """A month: what its board shows, and what is to be done next."""
    return _month_page(village, period)


def _month_page(village: Place, period: str, refusal: PointsBankError | None = None) -> ResponseReturnValue:
    months, month = _find_month(village, period)
    position = months.index(month)
    merits = [] if month.is_frozen else queries.chosen_merits(village.id, period)
    page = render_template(
        "boards/month.html",
        months=months,
        month=month,
        newer=months[position - 1] if position > 0 else None,
        older=months[position + 1] if position + 1 < len(months) else None,
        board=_board(village, month, merits),
        merits=merits,
        unfinished=0 if month.is_frozen else unfinished(village.id, period),
        refusal=refusal.message if refusal else "",
    )
    return page, refusal.status if refusal else 200


def _board(village: Place, month: queries.Month, merits: list[queries.ChosenMerit] | None = None) -> BoardContent:
    """What a month's board shows, as frozen or as it stands now; merits, if they are read already."""
    if month.is_frozen:
        return queries.frozen_content(village.id, month.period)
    return queries.month_content(village, month.period, merits)


def _find_month(village: Place, period: str) -> tuple[list[queries.Month], queries.Month]:
    months = queries.months(village.id)
    for month in months:
        if month.period == period:
            return months, month
    raise NotFoundError("没有这个月份的账。请从月份列表里选。")


@blueprint.get("/<period>/categories.svg")
@requires(Permission.SEE_VILLAGE)
def categories_chart(village: Place, period: str) -> ResponseReturnValue:
    """Points by category as bars."""
    _, month = _find_month(village, period)
    bars = [_bar(line) for line in _board(village, month).categories]
    drawing = charts.horizontal_bars(_fonts(), bars, CHART_WIDTH)
    return Response(charts.svg(drawing, f"{periods.period_title(period)}各类积分"), mimetype="image/svg+xml")


def _bar(line: CategoryLine) -> charts.Bar:
    return charts.Bar(line.label, line.points, format_points(line.points))


def _fonts() -> Fonts:
    return register(current_app.config["POINTSBANK"].fonts_folder)


@blueprint.get("/<period>/board-<any(A3, A4):size>.pdf")
@requires(Permission.MANAGE_MONTH)
def board_pdf(village: Place, period: str, size: queries.PaperSize) -> ResponseReturnValue:
    """The board on paper."""
    _find_month(village, period)
    return pdf(queries.board_pdf(village, period, size, _fonts()), f"board-{village.code}-{period}-{size}")


@blueprint.get("/<period>/screen")
@requires(Permission.SEE_VILLAGE)
def screen(village: Place, period: str) -> ResponseReturnValue:
    """The board on screen, also as a draft."""
    _, month = _find_month(village, period)
    return render_template("boards/screen.html", board=_board(village, month))


# --- deeds of merit ---


@blueprint.get("/<period>/merits")
@requires(Permission.MANAGE_MONTH)
def merits(village: Place, period: str) -> ResponseReturnValue:
    """Choose the month's deeds of merit and word them; ?deed= opens one of them."""
    _, month = _find_month(village, period)
    chosen, form, deed = queries.chosen_merits(village.id, period), None, None
    serial = number_asked("deed", digits_max=12)
    if serial is not None:
        deed = queries.good_deed(village.id, period, serial)
        form = _merit_form(chosen, deed) if deed else None
    return _merits_page(village, month, chosen, deed, form), 200


def _merit_form(merits: list[queries.ChosenMerit], deed: Claim) -> MeritForm:
    """The form of a deed: with its sentence if it is chosen, else with the rule's words to start from."""
    chosen = [merit.sentence for merit in merits if merit.claim.id == deed.id]
    if chosen:
        return MeritForm(formdata=None, seen=chosen[0], sentence=chosen[0])
    return MeritForm(formdata=None, sentence=deed.rule.name[: services.SENTENCE_LENGTH_MAX])


def _merits_page(
    village: Place, month: queries.Month, merits: list[queries.ChosenMerit], deed: Claim | None, form: MeritForm | None
) -> str:
    words = request.args.get("q", "").replace("\0", "")[:WORDS_LENGTH_MAX]
    return render_template(
        "boards/merits.html",
        month=month,
        merits=merits,
        merits_max=services.MERITS_MAX,
        deeds=[] if month.is_frozen else queries.deeds_to_choose(village.id, month.period, words),
        deeds_max=queries.DEEDS_SHOWN_MAX,
        words=words,
        deed=deed,
        form=form,
    )


@blueprint.post(f"/<period>/merits/<{SERIAL}:claim_serial>")
@requires(Permission.MANAGE_MONTH)
def save_merit(village: Place, period: str, claim_serial: int) -> ResponseReturnValue:
    """Put a deed on the board, or word one anew that is there."""
    _, month = _find_month(village, period)
    form = MeritForm()
    actor, sentence = current_actor(), form.sentence.data
    try:
        if form.seen.data:
            services.word_merit(village, period, claim_serial, form.seen.data, sentence, actor)
        else:
            services.choose_merit(village, period, claim_serial, sentence, actor)
    except PointsBankError as error:
        status = form.refuse(error)
        deed = queries.good_deed(village.id, period, claim_serial)
        merits = queries.chosen_merits(village.id, period)
        return _merits_page(village, month, merits, deed, form), status
    tell("这件好事已经写到榜上。")
    return redirect(url_for("boards.merits", period=period), 303)


@blueprint.post(f"/<period>/merits/<{SERIAL}:claim_serial>/<any(up, down):direction>")
@requires(Permission.MANAGE_MONTH)
def move_merit(village: Place, period: str, claim_serial: int, direction: str) -> ResponseReturnValue:
    """One place up or down."""
    _find_month(village, period)
    services.move_merit(village, period, claim_serial, -1 if direction == "up" else 1, current_actor())
    return redirect(url_for("boards.merits", period=period), 303)


@blueprint.post(f"/<period>/merits/<{SERIAL}:claim_serial>/remove")
@requires(Permission.MANAGE_MONTH)
def remove_merit(village: Place, period: str, claim_serial: int) -> ResponseReturnValue:
    """Take a deed off the board."""
    _find_month(village, period)
    services.remove_merit(village, period, claim_serial, current_actor())
    again = url_for("boards.merits", period=period, deed=claim_serial)
    tell("已从榜上取下，积分不受影响。", undo_url=again)
    return redirect(url_for("boards.merits", period=period), 303)


# --- closing and freezing ---


@blueprint.post("/<period>/close")
@requires(Permission.MANAGE_MONTH)
def close(village: Place, period: str) -> ResponseReturnValue:
    """Close the month: what is booked later counts for the next open one."""
    _find_month(village, period)
    try:
        _check_unfinished(village, period)
        ledger_services.close_month(village, period, current_actor())
    except PointsBankError as error:
        return _month_page(village, period, error)
    tell(f"{periods.period_title(period)}已经结账。选好善举就可以定榜。")
    return redirect(url_for("boards.month", period=period), 303)


def _check_unfinished(village: Place, period: str) -> None:
    """Claims on their way count for the next open month: that must have been ticked. Raises UnfinishedClaimsError."""
    left = unfinished(village.id, period)
    if left and request.form.get("count_later") != "yes":
        raise UnfinishedClaimsError(
            f"{periods.period_title(period)}还有 {left} 件没有办完。请先办完；要是现在就结，"
            "请打勾，它们办完后算到下一个没结账的月份。"
        )


@blueprint.post("/<period>/freeze")
@requires(Permission.MANAGE_MONTH)
def freeze(village: Place, period: str) -> ResponseReturnValue:
    """Freeze the board for ever."""
    _find_month(village, period)
    try:
        _check_unfinished(village, period)
        snapshot = services.freeze(village, period, current_actor())
    except PointsBankError as error:
        return _month_page(village, period, error)
    tell(f"{periods.period_title(period)}的榜已经定好，是第 {snapshot.sequence} 期。现在可以打印张贴。")
    return redirect(url_for("boards.month", period=period), 303)
