"""What comes for a purchase, and what follows: the wall, the paper, the voucher."""

from typing import Any

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.market.documents.purchases import notice_of, notice_pdf
from pointsbank.market.forms.purchases import PublishForm, PurchaseReceiptForm, ShortfallForm, VoucherForm
from pointsbank.market.models import Purchase, PurchaseState
from pointsbank.market.queries import purchases as queries
from pointsbank.market.services import purchases as services
from pointsbank.market.views.desk import blueprint, fonts
from pointsbank.market.views.purchases import act
from pointsbank.places.models import Place
from pointsbank.web.downloads import pdf
from pointsbank.web.messages import tell


@blueprint.get("/purchases/<int:serial>/receive")
@requires(Permission.MANAGE_GOODS)
def receive_purchase(village: Place, serial: int) -> ResponseReturnValue:
    """One row for each line, filled in with what is still to come."""
    shown = queries.purchase(village.id, serial)
    if shown.state is not PurchaseState.APPROVED:
        return redirect(url_for("market.purchase", serial=serial))
    return _receipt_page(shown, _receipt_form(shown, formdata=None, key=new_key(), received_on=clock.today()))


@blueprint.post("/purchases/<int:serial>/receive")
@requires(Permission.MANAGE_GOODS)
def take_in_purchase(village: Place, serial: int) -> ResponseReturnValue:
    """Put what came on the shelves, once per key."""
    shown, status = queries.purchase(village.id, serial), 422
    form = _receipt_form(shown)
    form.read_rows()
    if form.validate():
        try:
            done = services.receive_purchase(village, serial, form.part(clock.today()), current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            then = "收齐了，下一步贴公示。" if done["complete"] else "还没来齐，再来货再收。"
            tell(f"入库单 {done['delivery']} 号：收了 {done['pieces']} 件。{then}")
            return redirect(url_for("market.purchase", serial=serial), 303)
    return _receipt_page(queries.purchase(village.id, serial), form), status


def _receipt_form(shown: Purchase, **values: Any) -> PurchaseReceiptForm:
    parts = queries.parts_of(shown.id)
    lines = queries.lines_came(shown, [part for came in parts.values() for part in came])
    return PurchaseReceiptForm(lines, **values)


def _receipt_page(shown: Purchase, form: PurchaseReceiptForm) -> str:
    if not form.key.data:
        form.key.data = new_key()
    return render_template("market/purchase_receipt.html", purchase=shown, form=form, today=clock.today())


@blueprint.post("/purchases/<int:serial>/finish")
@requires(Permission.MANAGE_GOODS)
def finish_receiving(village: Place, serial: int) -> ResponseReturnValue:
    """Nothing more will come."""
    form = ShortfallForm()

    def do() -> str:
        services.finish_receiving(village, serial, form.shortfall.data, current_actor(), form.key.data)
        return "收货结束。下一步贴公示。"

    return act(village, serial, "finish", form, do)


# --- the wall ---


@blueprint.post("/purchases/<int:serial>/publish")
@requires(Permission.MANAGE_GOODS)
def publish_purchase(village: Place, serial: int) -> ResponseReturnValue:
    """It hangs."""
    form = PublishForm()

    def do() -> str:
        services.publish_purchase(
            village, serial, form.hung_on.data, form.hung_where.data, current_actor(), form.key.data
        )
        return "登记好了，这次采购办完了。"

    return act(village, serial, "publish", form, do)


@blueprint.post("/purchases/<int:serial>/voucher")
@requires(Permission.MANAGE_GOODS)
def note_voucher(village: Place, serial: int) -> ResponseReturnValue:
    """The voucher number of the town's accounts."""
    form = VoucherForm()

    def do() -> str:
        services.note_voucher(village, serial, form.voucher.data, current_actor(), form.key.data)
        return "凭证号记下了。"

    return act(village, serial, "voucher", form, do)


@blueprint.get("/purchases/<int:serial>/notice.pdf")
@requires(Permission.SEE_GOODS)
def purchase_notice(village: Place, serial: int) -> ResponseReturnValue:
    """采购公示, A4. Raises InvalidInputError before all has come."""
    shown = queries.purchase(village.id, serial)
    if shown.state not in (PurchaseState.RECEIVED, PurchaseState.PUBLISHED):
        raise InvalidInputError("货收完了才能打印公示。请返回先办收货。")
    return pdf(notice_pdf(notice_of(village, g.words, shown), fonts()), f"purchase-{village.code}-{serial}")
