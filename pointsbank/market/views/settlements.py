"""Settlements with partner shops: the list, and one of them with its lines, paper and spreadsheet."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market.documents.settlements import sheet_of, sheet_pdf, sheet_xlsx
from pointsbank.market.forms.partners import (
    CloseSettlementForm,
    OpenSettlementForm,
    SettlementsFilterForm,
    SignSettlementForm,
)
from pointsbank.market.models import Settlement
from pointsbank.market.models.settlements import SETTLEMENT_STATE_NAMES
from pointsbank.market.queries import partners as shops
from pointsbank.market.queries import settlements as queries
from pointsbank.market.services import settlements as services
from pointsbank.market.views.desk import blueprint, fonts
from pointsbank.places.models import Place
from pointsbank.web.downloads import pdf, spreadsheet
from pointsbank.web.forms import Form
from pointsbank.web.messages import tell

PAGES = (
    "settlements",
    "new_settlement",
    "open_settlement",
    "settlement",
    "close_settlement",
    "sign_settlement",
)
ROWS_PER_PAGE = 50
LINES_SHOWN = 200  # on the page; paper and spreadsheet have all


@blueprint.get("/settlements")
@requires(Permission.SEE_GOODS)
def settlements(village: Place) -> ResponseReturnValue:
    """Settlements, newest first; ?partner= those with one shop."""
    form, rows, partner, status = SettlementsFilterForm(formdata=request.args), [], None, 422
    if form.validate():
        try:
            asked = form.serial("partner")
            partner = shops.partner(village.id, asked) if asked else None
            found = queries.settlements(
                village.id,
                partner_id=partner.id if partner else None,
                before=form.serial("before"),
                limit=ROWS_PER_PAGE + 1,
            )
            rows, status = list(found), 200
        except InvalidInputError as error:
            form.refuse(error)
    shown = rows[:ROWS_PER_PAGE]
    page = render_template(
        "market/settlements.html",
        form=form,
        partner=partner,
        has_partners=bool(shown) or bool(shops.partners(village.id)),
        rows=shown,
        older=shown[-1].serial if len(rows) > ROWS_PER_PAGE else None,
        state_names=SETTLEMENT_STATE_NAMES,
    )
    return page, status


@blueprint.get("/settlements/new")
@requires(Permission.MANAGE_GOODS)
def new_settlement(village: Place) -> ResponseReturnValue:
    """With whom and up to which day; ?partner= chooses the shop, ?last_day= is that of an open one to be moved."""
    form = OpenSettlementForm(
        formdata=None, key=new_key(), last_day=clock.today(), partner=request.args.get("partner", "")
    )
    return _open_page(village, form)


@blueprint.post("/settlements/new")
@requires(Permission.MANAGE_GOODS)
def open_settlement(village: Place) -> ResponseReturnValue:
    """Begin it, once per key."""
    form, status = OpenSettlementForm(), 422
    if form.validate():
        try:
            done = services.open_settlement(
                village, form.partner_serial, form.last_day.data, current_actor(), form.key.data
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            return redirect(url_for("market.settlement", serial=done["settlement"]), 303)
    return _open_page(village, form), status


def _open_page(village: Place, form: OpenSettlementForm) -> str:
    partners = shops.partners(village.id)
    form.offer(partners)
    return render_template("market/settlement_form.html", form=form, partners=partners, today=clock.today())


@blueprint.get("/settlements/<int:serial>")
@requires(Permission.SEE_GOODS)
def settlement(village: Place, serial: int) -> ResponseReturnValue:
    """Its sums, by good and line by line; what is next."""
    return _settlement_page(queries.settlement(village.id, serial))


def _settlement_page(shown: Settlement, refused: Form | None = None) -> str:
    account = queries.account(shown)
    return render_template(
        "market/settlement.html",
        settlement=shown,
        account=account,
        lines=account.shown[:LINES_SHOWN],
        more=len(account.shown) - LINES_SHOWN,
        state_names=SETTLEMENT_STATE_NAMES,
        names=access.actor_names(key for key in (shown.opened_by, shown.closed_by, shown.signed_by) if key),
        close=refused if isinstance(refused, CloseSettlementForm) else None,
        sign=refused
        if isinstance(refused, SignSettlementForm)
        else SignSettlementForm(formdata=None, key=new_key(), signed_on=clock.today()),
        key=new_key(),
    )


@blueprint.post("/settlements/<int:serial>/close")
@requires(Permission.MANAGE_GOODS)
def close_settlement(village: Place, serial: int) -> ResponseReturnValue:
    """Fix the figures."""
    form, status = CloseSettlementForm(), 422
    if form.validate():
        try:
            services.close_settlement(village, serial, form.seen, current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("结算好了，数字不再变。下一步：打印结算单，双方签字盖章。")
            return redirect(url_for("market.settlement", serial=serial), 303)
    return _settlement_page(queries.settlement(village.id, serial), form), status


@blueprint.post("/settlements/<int:serial>/sign")
@requires(Permission.MANAGE_GOODS)
def sign_settlement(village: Place, serial: int) -> ResponseReturnValue:
    """Both sides signed."""
    form, status = SignSettlementForm(), 422
    if form.validate():
        try:
            services.sign_settlement(
                village,
                serial,
                form.partner_signer.data,
                form.village_signer.data,
                form.signed_on.data,
                current_actor(),
                form.key.data,
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("签字登记好了，可以付款了。")
            return redirect(url_for("market.settlement", serial=serial), 303)
    return _settlement_page(queries.settlement(village.id, serial), form), status


# --- paper and spreadsheet ---


@blueprint.get("/settlements/<int:serial>/settlement.pdf")
@requires(Permission.SEE_GOODS)
def settlement_paper(village: Place, serial: int) -> ResponseReturnValue:
    """结算单, A4, with places to sign; an open one says that it is a draft."""
    account = queries.account(queries.settlement(village.id, serial))
    return pdf(sheet_pdf(sheet_of(village, g.words, account), fonts()), f"settlement-{village.code}-{serial}")


@blueprint.get("/settlements/<int:serial>/settlement.xlsx")
@requires(Permission.SEE_GOODS)
def settlement_sheet(village: Place, serial: int) -> ResponseReturnValue:
    """All lines, to reckon with."""
    account = queries.account(queries.settlement(village.id, serial))
    return spreadsheet(sheet_xlsx(account), f"settlement-{village.code}-{serial}")
