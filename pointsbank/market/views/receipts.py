"""小票: as a PDF, or from the printer at the counter."""

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from config import Config
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.market import queries
from pointsbank.market.documents import receipts as documents
from pointsbank.market.forms.fields import EXPIRED
from pointsbank.market.services.receipts import ReceiptPrinter, print_receipt
from pointsbank.market.views.desk import blueprint, fonts
from pointsbank.market.views.partners import partner_id_here
from pointsbank.places.models import Place
from pointsbank.printing.receipt_printers import PrinterError
from pointsbank.web.downloads import pdf
from pointsbank.web.forms import Form
from pointsbank.web.messages import Tone, tell

BACK_TO = {"done": "market.handed_out", "receipt": "market.redemption", "counter": "market.counter"}


def printer() -> ReceiptPrinter | None:
    """The receipt printer of this installation; None where receipts are PDFs."""
    config: Config = current_app.config["POINTSBANK"]
    if not config.receipt_printer:
        return None
    return ReceiptPrinter(config.receipt_printer, documents.WIDTHS[config.receipt_paper], fonts())


@blueprint.app_context_processor
def receipt_words() -> dict[str, object]:
    """For every page: whether a button prints at once, and how wide the paper is."""
    config: Config = current_app.config["POINTSBANK"]
    return {"has_receipt_printer": bool(config.receipt_printer), "receipt_width": config.receipt_paper}


@blueprint.get("/redemptions/<int:serial>/receipt.pdf")
@requires(Permission.SERVE_COUNTER)
def receipt(village: Place, serial: int) -> ResponseReturnValue:
    """For a roll of 58 or 80 mm."""
    shown = queries.redemption(village.id, serial, partner_id=partner_id_here(village))
    width = request.args.get("width", "58")
    if width not in documents.WIDTHS:
        raise InvalidInputError("小票纸只有 58 和 80 毫米两种。请返回重新选。")
    paper = documents.receipt_pdf(documents.receipt_of(village, shown), documents.WIDTHS[width], fonts())
    return pdf(paper, f"receipt-{village.code}-{serial}")


@blueprint.post("/redemptions/<int:serial>/print")
@requires(Permission.SERVE_COUNTER)
def print_now(village: Place, serial: int) -> ResponseReturnValue:
    """From the printer, the first time or again, then back to the page; where there is no printer, the PDF."""
    if not Form().validate():
        raise InvalidInputError(EXPIRED)
    shown, chosen = queries.redemption(village.id, serial, partner_id=partner_id_here(village)), printer()
    if chosen is None:
        width = current_app.config["POINTSBANK"].receipt_paper
        return redirect(url_for("market.receipt", serial=serial, width=width), 303)
    try:
        print_receipt(village, shown, chosen, current_actor())
        tell(f"小票 {serial} 号打出来了。")
    except PrinterError as error:
        tell(error.message, tone=Tone.WARN)
    back = BACK_TO.get(request.form.get("back", ""), "market.redemption")
    return redirect(url_for(back) if back == "market.counter" else url_for(back, serial=serial), 303)
