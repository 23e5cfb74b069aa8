"""Notices at the desk: the list, one notice with its sheets and items, its paper, booking what nobody objected to."""

from datetime import date
from io import BytesIO
from typing import Any

from flask import current_app, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds.documents import notice as documents
from pointsbank.deeds.documents.notice_picture import ITEMS_MAX, notice_png
from pointsbank.deeds.forms.notices import (
    EXPIRED,
    CancelItemForm,
    HangForm,
    ItemsForm,
    KeyForm,
    ListForm,
    PhotoForm,
    PrepareForm,
    ReasonForm,
)
from pointsbank.deeds.models import NOTICE_STATE_NAMES, STATE_NAMES, ClaimState, Hanging, Notice, NoticeState
from pointsbank.deeds.queries import claim as claim_by_serial
from pointsbank.deeds.queries import notices as queries
from pointsbank.deeds.queries import oversight
from pointsbank.deeds.services import hanging_photos, in_words, noticing
from pointsbank.deeds.services.booking import book_notices
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, NotFoundError, PointsBankError, TooLargeError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import day_title
from pointsbank.foundation.points import format_points
from pointsbank.places import holidays
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.printing.fonts import Fonts
from pointsbank.printing.fonts import register as register_fonts
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import Tone, tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

PHOTO_PREFIX = "photo-"  # the page has two forms with a position and a key

register(
    NavigationItem(
        "deeds.notices",
        "公示",
        "megaphone",
        Permission.SEE_HOUSEHOLDS,
        NavigationGroup.MONTH,
        30,
        pages=("deeds.notice", "deeds.hang_notice", "deeds.put_photo", "deeds.withdraw_notice", "deeds.cancel_item"),
    )
)


# --- the list ---


@blueprint.get("/notices")
@requires(Permission.SEE_HOUSEHOLDS)
def notices(village: Place) -> ResponseReturnValue:
    """Notices, the newest first; what waits for one, and what can be booked."""
    return _list_page(village, PrepareForm(formdata=None, key=new_key(), planned_on=clock.today())), 200


@blueprint.post("/notices")
@requires(Permission.MANAGE_NOTICES)
def prepare_notice(village: Place) -> ResponseReturnValue:
    """Make a notice of what is approved."""
    form, status = PrepareForm(), 422
    if form.validate():
        try:
            made = noticing.prepare(village, form.planned_on.data, form.up_to.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            sheets = "" if made["sheets"] == 1 else f" {made['sheets']} 张"
            tell(f"第 {made['notice']} 期公示做好了，共 {made['claims']} 件。请打印{sheets}，贴好以后来登记张贴。")
            return redirect(url_for("deeds.notice", serial=made["notice"]), 303)
    return _list_page(village, form), status


def _list_page(village: Place, form: PrepareForm) -> str:
    asked = ListForm(request.args)
    before = asked.before.data if asked.validate() else None
    found = queries.notices(village.id, before=before, limit=queries.NOTICES_PER_PAGE + 1)
    shown = found[: queries.NOTICES_PER_PAGE]
    return render_template(
        "deeds/notices.html",
        notices=shown,
        counts=queries.counts_of([notice.id for notice in shown]),
        older=shown[-1].serial if len(found) > len(shown) else None,
        before=before,
        approved=queries.approved(village.id),
        bookable=queries.bookable(village.id),
        settings=places.settings_now(village.id),
        form=form,
        new_key=new_key,
        **_names(),
    )


def _names() -> dict[str, Any]:
    """What the pages say of states and days."""
    return {
        "states": ClaimState,
        "notice_states": NoticeState,
        "state_names": STATE_NAMES,
        "notice_state_names": NOTICE_STATE_NAMES,
        "today": clock.today(),
        "in_words": in_words,
    }


# --- one notice ---


@blueprint.get("/notices/<int:serial>")
@requires(Permission.SEE_HOUSEHOLDS)
def notice(village: Place, serial: int) -> ResponseReturnValue:
    """One notice: its period, its sheets, its items."""
    found = queries.notice(village.id, serial)
    asked = ItemsForm(request.args)
    valid = asked.validate()
    form = _hang_form(found, asked.sheet.data if valid else None)
    return notice_page(village, found, form), 200 if valid else 422


@blueprint.post("/notices/<int:serial>/hang")
@requires(Permission.HANG_NOTICES)
def hang_notice(village: Place, serial: int) -> ResponseReturnValue:
    """A sheet hangs."""
    form, status = HangForm(), 422
    if form.validate():
        try:
            hung = noticing.hang(village, serial, form.draft, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(_hung_words(hung))
            return redirect(url_for("deeds.notice", serial=serial), 303)
    return notice_page(village, queries.notice(village.id, serial), form), status


def _hung_words(hung: dict[str, Any]) -> str:
    if hung["missing"]:
        return f"登记好了。还有 {hung['missing']} 张没有贴，全部贴出以后公示期才开始算。"
    last = date.fromisoformat(hung["last_day"])
    return f"登记好了，全部贴出来了。公示到 {day_title(last)}止，第二天起可以入账。"


def _hang_form(notice: Notice, wanted: int | None) -> HangForm | None:
    """The form of the sheet that is meant, else of the first that does not hang yet."""
    sheets = [sheet for sheet in notice.hangings if sheet.position == wanted]
    sheets = sheets or [sheet for sheet in notice.hangings if sheet.hung_on is None]
    if not sheets:
        return None
    sheet = sheets[0]
    return HangForm(
        formdata=None,
        venue=sheet.venue,
        hung_by=sheet.hung_by,
        hung_on=sheet.hung_on or clock.today(),
        position=sheet.position,
        seen=noticing.seen_of(sheet),
        key=new_key(),
    )


def _photo_form(notice: Notice, wanted: int | None) -> PhotoForm | None:
    """The form for the photo of the sheet that is meant, else of the first that hangs and has none."""
    hung = [sheet for sheet in notice.hangings if sheet.hung_on is not None]
    sheets = [sheet for sheet in hung if sheet.position == wanted] or [sheet for sheet in hung if not sheet.photo_name]
    if not sheets:
        return None
    seen = hanging_photos.seen_of(sheets[0])
    return PhotoForm(formdata=None, prefix=PHOTO_PREFIX, position=sheets[0].position, seen=seen, key=new_key())


def notice_page(
    village: Place,
    found: Notice,
    form: HangForm | None = None,
    *,
    photo_form: PhotoForm | None = None,
    withdrawing: ReasonForm | None = None,
) -> str:
    """The page of a notice, with the forms as they were filled in."""
    asked = ItemsForm(request.args)
    asked.validate()
    words, state = ("", None) if asked.errors else (asked.words.data, asked.state_wanted)
    after = 0 if asked.errors else asked.after.data or 0
    items = queries.items(found.id, words=words, state=state, after=after, limit=queries.ITEMS_PER_PAGE + 1)
    shown = items[: queries.ITEMS_PER_PAGE]
    open_to_change = found.state in (NoticeState.PREPARED, NoticeState.HANGING) and not noticing.is_over(found)
    may_hang = open_to_change and Permission.HANG_NOTICES in g.permissions
    photo_form = photo_form or _photo_form(found, None if asked.errors else asked.photo.data)
    hanging, households = queries.size_of(found.id)
    spoken = documents.spoken(village, found, hanging, households)
    return render_template(
        "deeds/notice.html",
        notice=found,
        counts=queries.counts_of([found.id])[found.id],
        asked=asked,
        items=shown,
        more=shown[-1].serial if len(items) > len(shown) else None,
        may_hang=may_hang,
        refused=[] if may_hang else [*_errors(form), *_errors(photo_form)],
        form=form if may_hang else None,
        sheet=_sheet(found, form),
        photo_form=photo_form if may_hang else None,
        photo_sheet=_sheet(found, photo_form),
        withdrawing=withdrawing or ReasonForm(formdata=None, key=new_key()),
        may_withdraw=found.state in (NoticeState.PREPARED, NoticeState.HANGING),
        is_over=noticing.is_over(found),
        period=documents.period_words(found),
        spoken=spoken,
        seconds=documents.seconds_of(spoken),
        hanging=hanging,
        picture_max=ITEMS_MAX,
        sampled=oversight.sampled_of(found.id),
        groups=places.groups(village.id),
        unknown_years=_unknown_years(found),
        names=access.actor_names([sheet.actor for sheet in found.hangings if sheet.actor]),
        late_days=_late_days(found),
        new_key=new_key,
        **_names(),
    )


def _errors(form: HangForm | PhotoForm | None) -> list[str]:
    """Why a form was refused that the page no longer shows: the notice has ended in the meantime."""
    return [] if form is None else [*form.form_errors, *(str(error) for field in form for error in field.errors)]


def _sheet(notice: Notice, form: HangForm | PhotoForm | None) -> Hanging | None:
    return next(
        (one for one in notice.hangings if form is not None and str(one.position) == str(form.position.data)), None
    )


def _unknown_years(notice: Notice) -> list[int]:
    """The years of a period of working days whose holidays are not known."""
    return holidays.unknown_years([notice.last_day or notice.planned_on]) if notice.working_days else []


def _late_days(notice: Notice) -> dict[int, int]:
    """By position: how many days after it hung a sheet was recorded, where it was not the same or the next day."""
    days = {
        sheet.position: (clock.day_of(sheet.recorded_at) - sheet.hung_on).days
        for sheet in notice.hangings
        if sheet.recorded_at is not None and sheet.hung_on is not None
    }
    return {position: late for position, late in days.items() if late > 1}


@blueprint.post("/notices/<int:serial>/withdraw")
@requires(Permission.MANAGE_NOTICES)
def withdraw_notice(village: Place, serial: int) -> ResponseReturnValue:
    """Take a notice down; its items wait for the next one."""
    form, status = ReasonForm(), 422
    if form.validate():
        try:
            done = noticing.withdraw(village, serial, form.reason.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"第 {serial} 期公示撤下了，{done['claims']} 件回到“评议通过”，可以重新做一期公示。请把墙上的揭下来。")
            return redirect(url_for("deeds.notices"), 303)
    found = queries.notice(village.id, serial)
    return notice_page(village, found, _hang_form(found, None), withdrawing=form), status


# --- items ---


@blueprint.route("/notices/items/<int:serial>/cancel", methods=["GET", "POST"])
@requires(Permission.MANAGE_NOTICES)
def cancel_item(village: Place, serial: int) -> ResponseReturnValue:
    """Cancel one item that hangs, with a reason."""
    form, status = CancelItemForm(key=new_key()) if request.method == "GET" else CancelItemForm(), 200
    claim = claim_by_serial(village.id, serial)
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                done = noticing.cancel_item(village, serial, form.reason.data, current_actor(), form.key.data)
            except PointsBankError as error:
                status = form.refuse(error)
            else:
                tell(f"第 {serial} 号撤销了，不再记分；其他的照常公示。")
                return redirect(url_for("deeds.notice", serial=done["notice"]), 303)
    return render_template("deeds/cancel_item.html", claim=claim, form=form, **_names()), status


# --- booking ---


@blueprint.post("/notices/book")
@requires(Permission.MANAGE_NOTICES)
def book_all_notices(village: Place) -> ResponseReturnValue:
    """Book what nobody objected to of all notices that are over."""
    return _book(village, None)


@blueprint.post("/notices/<int:serial>/book")
@requires(Permission.MANAGE_NOTICES)
def book_notice(village: Place, serial: int) -> ResponseReturnValue:
    """Book what nobody objected to of a notice that is over."""
    return _book(village, serial)


def _book(village: Place, serial: int | None) -> ResponseReturnValue:
    form = KeyForm()
    if not form.validate():
        raise InvalidInputError(EXPIRED)
    done = book_notices(village, current_actor(), form.key.data, serial)
    sentences = [f"入账 {done['claims']} 件，共 {format_points(done['points'])} 分。" if done["claims"] else ""]
    if not done["claims"]:
        sentences = ["没有可以入账的：有异议的要先处理，其余的已经入过账了。"]
    if done["left"]:
        sentences.append("还有没入完的，请再按一次“入账”。")
    if done["put_off"]:
        numbers = "、".join(map(str, done["put_off"]))
        sentences.append(f"第 {numbers} 号没有入账：要追回的那一笔没有入账或已经撤销，请核对后撤销它。")
    tell("".join(sentences), tone=Tone.WARN if done["put_off"] or not done["claims"] else Tone.GOOD)
    to = url_for("deeds.notices") if serial is None else url_for("deeds.notice", serial=serial)
    return redirect(to, 303)


# --- paper ---


@blueprint.get("/notices/<int:serial>/paper.pdf")
@requires(Permission.SEE_HOUSEHOLDS)
def notice_paper(village: Place, serial: int) -> ResponseReturnValue:
    """The notice on paper: ?size=A4 or A3, ?group=3 for one group's sheet."""
    size = request.args.get("size", "A4")
    if size not in documents.SIZES:
        raise InvalidInputError("纸张只能是 A4 或 A3。")
    content, name = _content(village, serial)
    return pdf(documents.notice_pdf(content, size, _fonts()), name)


@blueprint.get("/notices/<int:serial>/picture.png")
@requires(Permission.SEE_HOUSEHOLDS)
def notice_picture(village: Place, serial: int) -> ResponseReturnValue:
    """The notice as a long picture for the chat group: ?group=3 for one group's. One too long: back, with a word."""
    content, name = _content(village, serial)
    try:
        picture = BytesIO(notice_png(content, _fonts()))
    except TooLargeError as error:
        tell(error.message, tone=Tone.WARN)
        return redirect(url_for("deeds.notice", serial=serial, _anchor="print"), 303)
    return send_file(picture, "image/png", download_name=f"{name}.png")


def _content(village: Place, serial: int) -> tuple[documents.NoticePaper, str]:
    """What stands on a notice, of all groups or of the one asked for, and what its file is called."""
    number = request.args.get("group", "")
    group = next((one for one in places.groups(village.id) if str(one.number) == number), None)
    if number and group is None:
        raise NotFoundError("没有这个组。请返回公示页重新选择。")
    content = documents.paper_of(village, queries.notice(village.id, serial), group)
    return content, f"notice-{village.code}-{serial}{number and f'-{number}'}"


def _fonts() -> Fonts:
    return register_fonts(current_app.config["POINTSBANK"].fonts_folder)
