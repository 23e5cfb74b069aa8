"""The blueprint of this room's pages."""

from flask import Blueprint

from pointsbank.access.permissions import Permission
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

blueprint = Blueprint("people", __name__, url_prefix="/desk/<village_code>/people", template_folder="../templates")
register(NavigationItem("people.index", "住户", "houses", Permission.SEE_HOUSEHOLDS, NavigationGroup.OFFICE, 10))
