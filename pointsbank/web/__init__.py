"""Base layout, macros, static files, error pages, filters, security headers: what every surface wears."""

from collections.abc import Callable

from flask import Blueprint, Flask

from pointsbank.foundation.errors import PointsBankError
from pointsbank.web import errors, filters, headers, navigation, requests

blueprint = Blueprint("web", __name__, template_folder="templates")


def init_app(app: Flask, note_refusal: Callable[[PointsBankError], None]) -> None:
    """Wire the layout into the program. note_refusal writes the audit event of a refusal, see errors."""
    app.config["WTF_I18N_ENABLED"] = False  # Flask-WTF would ask Flask-Babel; WTForms brings its own Chinese
    app.register_blueprint(blueprint)
    filters.register_filters(app)
    errors.register_error_pages(app, note_refusal)
    headers.register_headers(app)
    requests.register_request_checks(app)
    navigation.register_rooms(app)
