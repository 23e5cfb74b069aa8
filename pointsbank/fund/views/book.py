"""The register of the fund: its lines, income, spending, the town's number, reversal, paper and sheet."""

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_yuan
from pointsbank.fund import queries, services, sheets
from pointsbank.fund.documents import register_pdf
from pointsbank.fund.forms.book import BookFilterForm, IncomeForm, ReasonForm, SpendingForm, VoucherForm
from pointsbank.fund.models import KIND_NAMES, EntryKind
from pointsbank.fund.queries import Due
from pointsbank.fund.views.desk import blueprint, fonts
from pointsbank.places.models import Place
from pointsbank.web.downloads import pdf, spreadsheet
from pointsbank.web.messages import tell

LINES_PER_PAGE = 50


@blueprint.get("/")
@requires(Permission.SEE_FUND)
def book(village: Place) -> ResponseReturnValue:
    """The register, the newest line first."""
    form, status = _filter(village), 200
    rows, before = [], None
    if form.validate():
        try:
            before = form.before_serial
            rows = list(queries.entries(village.id, form.wanted, before=before, limit=LINES_PER_PAGE + 1))
        except InvalidInputError as error:
            status = form.refuse(error)
    else:
        status = 422
    page = render_template(
        "fund/book.html",
        form=form,
        rows=rows[:LINES_PER_PAGE],
        older=rows[LINES_PER_PAGE - 1].serial if len(rows) > LINES_PER_PAGE else None,
        sums=queries.sums(village.id, form.wanted) if status == 200 else None,
        undone=queries.undone_among(village.id, [row.serial for row in rows]),
        lacking=queries.without_voucher(village.id) if before is None else [],
        kind_names=KIND_NAMES,
    )
    return page, status


def _filter(village: Place) -> BookFilterForm:
    return BookFilterForm(queries.first_year(village.id), formdata=request.args)


def _checked_filter(village: Place) -> BookFilterForm:
    """The filter of a paper or sheet. Raises InvalidInputError."""
    form = _filter(village)
    if not form.validate():
        raise InvalidInputError("年份、月份或种类不对。请回到资金台账重新选。")
    return form


@blueprint.get("/register.pdf")
@requires(Permission.SEE_FUND)
def register(village: Place) -> ResponseReturnValue:
    """The register on paper, with what was there before and after."""
    form = _checked_filter(village)
    wanted = form.wanted
    lines, sums = queries.all_entries(village.id, wanted), queries.sums(village.id, wanted)
    return pdf(register_pdf(village, form.title, lines, sums, fonts()), f"fund-{village.code}")


@blueprint.get("/register.xlsx")
@requires(Permission.SEE_FUND)
def export(village: Place) -> ResponseReturnValue:
    """The register as a sheet."""
    wanted = _checked_filter(village).wanted
    return spreadsheet(
        sheets.export_register(village, queries.all_entries(village.id, wanted)), f"{village.name}资金台账"
    )


# --- a new line ---


@blueprint.route("/income", methods=["GET", "POST"])
@requires(Permission.MANAGE_FUND)
def income(village: Place) -> ResponseReturnValue:
    """Money that came."""
    return _new_line(village, IncomeForm())


@blueprint.route("/spending", methods=["GET", "POST"])
@requires(Permission.MANAGE_FUND)
def spending(village: Place) -> ResponseReturnValue:
    """Money that was spent; a purchase or settlement that is due fills the form by its link."""
    form, due = SpendingForm(), queries.dues(village.id)
    for one in due:
        if not form.is_submitted() and (one.kind.value, str(one.serial)) == _asked():
            form.kind.data, form.paid.data = one.kind.value, str(one.serial)
            form.counterpart.data, form.purpose.data = one.counterpart, one.title
            form.amount.data = format_yuan(one.left_fen)
    return _new_line(village, form, due)


def _asked() -> tuple[str, str]:
    return request.args.get("kind", ""), request.args.get("paid", "")


def _new_line(village: Place, form: IncomeForm | SpendingForm, due: Sequence[Due] = ()) -> ResponseReturnValue:
    status = 200
    if not form.is_submitted():
        form.key.data, form.occurred_on.data = new_key(), clock.today()
    elif form.validate():
        try:
            done = services.record(village, form.draft(), current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            return _written(done["entry"], done["balance_fen"])
    else:
        status = 422
    page = render_template(
        "fund/line.html",
        form=form,
        balance=queries.balance(village.id),
        due=due,
        kind_names=KIND_NAMES,
        today=clock.today(),
    )
    return page, status


def _written(serial: int, balance_fen: int) -> ResponseReturnValue:
    undo_url = url_for("fund.entry", serial=serial)
    tell(f"已记第 {serial} 笔，账上还有 {format_yuan(balance_fen)} 元。记错了，打开这一笔冲正。", undo_url=undo_url)
    return redirect(url_for("fund.book"), 303)


# --- one line ---


@blueprint.get("/entries/<int:serial>")
@requires(Permission.SEE_FUND)
def entry(village: Place, serial: int) -> ResponseReturnValue:
    """One line, with what it belongs to and what can be done about it."""
    return _entry_page(village, serial, VoucherForm(formdata=None), ReasonForm(formdata=None, key=new_key())), 200


def _entry_page(village: Place, serial: int, voucher: VoucherForm, reason: ReasonForm) -> str:
    shown = queries.entry(village.id, serial)
    undoing = queries.reversal_of(village.id, serial)
    actors = [shown.actor, undoing.actor] if undoing else [shown.actor]
    is_gift, is_subsidy = shown.kind is EntryKind.DONATION, shown.kind is EntryKind.SUBSIDY
    return render_template(
        "fund/entry.html",
        entry=shown,
        undoing=undoing,
        donation=queries.donation_of_entry(village.id, shown.reverses or serial) if is_gift else None,
        subsidy=queries.subsidy_of_entry(village.id, serial) if is_subsidy else None,
        voucher=voucher,
        reason=reason,
        names=access.actor_names(actors),
        kind_names=KIND_NAMES,
    )


@blueprint.post("/entries/<int:serial>/voucher")
@requires(Permission.MANAGE_FUND)
def voucher(village: Place, serial: int) -> ResponseReturnValue:
    """The town's number is there."""
    form, status = VoucherForm(), 422
    if form.validate():
        try:
            services.add_voucher(village, serial, form.voucher.data, current_actor())
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("凭证号补上了。")
            return redirect(url_for("fund.entry", serial=serial), 303)
    return _entry_page(village, serial, form, ReasonForm(formdata=None, key=new_key())), status


@blueprint.post("/entries/<int:serial>/reverse")
@requires(Permission.MANAGE_FUND)
def reverse(village: Place, serial: int) -> ResponseReturnValue:
    """Undo a line by a further one."""
    form, status = ReasonForm(), 422
    if form.validate():
        try:
            done = services.reverse(village, serial, form.reason.data, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"已由第 {done['entry']} 笔冲正，账上还有 {format_yuan(done['balance_fen'])} 元。原来那一笔留着。")
            return redirect(url_for("fund.entry", serial=serial), 303)
    return _entry_page(village, serial, VoucherForm(formdata=None), form), status
