"""The blueprint of the fund's pages at the desk, and what they share."""

from flask import Blueprint, current_app

from pointsbank.access.permissions import Permission
from pointsbank.printing.fonts import Fonts
from pointsbank.printing.fonts import register as register_fonts
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

blueprint = Blueprint("fund", __name__, url_prefix="/desk/<village_code>/fund", template_folder="../templates")
register(NavigationItem("fund.book", "资金台账", "journal-text", Permission.SEE_FUND, NavigationGroup.ONES, 35))


def fonts() -> Fonts:
    """The fonts of every paper."""
    return register_fonts(current_app.config["POINTSBANK"].fonts_folder)
