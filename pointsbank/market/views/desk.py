"""The blueprint of the shop's pages at the desk, and what they share."""

from flask import Blueprint, current_app

from pointsbank.printing.fonts import Fonts
from pointsbank.printing.fonts import register as register_fonts

blueprint = Blueprint("market", __name__, url_prefix="/desk/<village_code>/market", template_folder="../templates")


def fonts() -> Fonts:
    """The fonts of every paper."""
    return register_fonts(current_app.config["POINTSBANK"].fonts_folder)
