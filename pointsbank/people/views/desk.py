"""The blueprint of this room's pages, and how they hand out spreadsheets."""

from io import BytesIO

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from pointsbank.access.permissions import Permission
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

blueprint = Blueprint("people", __name__, url_prefix="/desk/<village_code>/people", template_folder="../templates")
register(NavigationItem("people.index", "住户", "houses", Permission.SEE_HOUSEHOLDS, NavigationGroup.OFFICE, 10))

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def spreadsheet(content: bytes, name: str) -> ResponseReturnValue:
    """An .xlsx to be saved under a name."""
    return send_file(BytesIO(content), XLSX, as_attachment=True, download_name=f"{name}.xlsx")
