"""Pages of this room."""

from flask import Blueprint

blueprint = Blueprint("covenant", __name__, url_prefix="/desk/<village_code>/covenant", template_folder="templates")
