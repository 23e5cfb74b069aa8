"""Pages of this room."""

from flask import Blueprint

blueprint = Blueprint("people", __name__, url_prefix="/desk/<village_code>/people", template_folder="templates")
