"""Receipts on the printer at the counter."""

from dataclasses import dataclass

from pointsbank.audit import services as audit
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import transaction
from pointsbank.market.documents.receipts import receipt_of, receipt_pdf
from pointsbank.market.models import Redemption
from pointsbank.places.models import Place
from pointsbank.printing import receipt_printers
from pointsbank.printing.fonts import Fonts
from pointsbank.printing.rolls import RollWidth


@dataclass(frozen=True, slots=True)
class ReceiptPrinter:
    """A printer with its paper. address: as in config.py."""

    address: str
    roll: RollWidth
    fonts: Fonts


def print_receipt(village: Place, redemption: Redemption, printer: ReceiptPrinter, actor: Actor) -> None:
    """Print a receipt, the first time or again. Raises PrinterError; then nothing is noted."""
    paper = receipt_pdf(receipt_of(village, redemption), printer.roll, printer.fonts)
    told = receipt_printers.commands(receipt_printers.dots_of(paper, printer.roll), printer.roll)
    receipt_printers.send(printer.address, told)
    with transaction():
        audit.record(village.id, actor, "receipt.print", f"redemption:{redemption.serial}", "小票机")
