"""Base layout, macros, static files, error pages, filters, security headers: what every surface wears."""

from flask import Blueprint, Flask

from pointsbank.web import errors, filters, headers, navigation

blueprint = Blueprint("web", __name__, template_folder="templates")


def init_app(app: Flask) -> None:
    """Wire the layout into the program."""
    app.config["WTF_I18N_ENABLED"] = False  # Flask-WTF would ask Flask-Babel; WTForms brings its own Chinese
    app.register_blueprint(blueprint)
    filters.register_filters(app)
    errors.register_error_pages(app)
    headers.register_headers(app)
    navigation.register_rooms(app)
