"""The blueprint of the pages of claims at the desk."""

from flask import Blueprint

blueprint = Blueprint("deeds", __name__, url_prefix="/desk/<village_code>/deeds", template_folder="../templates")
