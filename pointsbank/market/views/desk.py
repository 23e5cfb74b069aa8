"""The blueprint of the shop's pages at the desk."""

from flask import Blueprint

blueprint = Blueprint("market", __name__, url_prefix="/desk/<village_code>/market", template_folder="../templates")
