"""Papers and spreadsheets as answers: a PDF is shown in the browser, an .xlsx is saved under its name."""

from io import BytesIO

from flask import send_file
from flask.typing import ResponseReturnValue

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def spreadsheet(content: bytes, name: str) -> ResponseReturnValue:
    """An .xlsx to be saved under a name, which is given without its ending."""
    return send_file(BytesIO(content), XLSX, as_attachment=True, download_name=f"{name}.xlsx")


def pdf(content: bytes, name: str) -> ResponseReturnValue:
    """A PDF to be looked at and printed; the name, without its ending, is what it is saved under."""
    return send_file(BytesIO(content), "application/pdf", download_name=f"{name}.pdf")
