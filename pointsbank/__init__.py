"""The village points bank. create_app is the only place that knows every room."""

from datetime import timedelta

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from sqlalchemy import text

from config import Config
from pointsbank import web
from pointsbank.access import guard
from pointsbank.access.views import blueprint as access
from pointsbank.boards.views import blueprint as boards
from pointsbank.cards.views import blueprint as cards
from pointsbank.covenant.views import blueprint as covenant
from pointsbank.deeds.views import blueprint as deeds
from pointsbank.desk.views import blueprint as desk
from pointsbank.foundation.database import db, prepare_engine, session
from pointsbank.foundation.secrets import Vault, use_vault
from pointsbank.fund.views import blueprint as fund
from pointsbank.kiosk.views import blueprint as kiosk
from pointsbank.market.views import blueprint as market
from pointsbank.people.views import blueprint as people
from pointsbank.public.views import blueprint as public
from pointsbank.reports.views import blueprint as reports

ROOMS = (access, people, covenant, cards, deeds, market, fund, boards, reports, desk, kiosk, public)


def create_app(config: Config) -> Flask:
    """The program for one configuration, in named steps."""
    app = Flask("pointsbank", static_folder="web/static")
    _configure(app, config)
    _open_database(app)
    _open_web(app)
    _open_rooms(app)
    return app


def _configure(app: Flask, config: Config) -> None:
    app.config.update(
        SECRET_KEY=config.secrets.session_key,
        TESTING=config.testing,
        POINTSBANK=config,
        PRACTICE=config.practice,
        MAX_CONTENT_LENGTH=config.upload_bytes_max,
        MAX_FORM_PARTS=config.form_fields_max,
        MAX_FORM_MEMORY_SIZE=config.upload_bytes_max,
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=config.session_idle_minutes),
        SESSION_COOKIE_NAME="pointsbank",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch must still be taken
        BOOTSTRAP_SERVE_LOCAL=True,
        SQLALCHEMY_DATABASE_URI=config.database_url,
    )
    use_vault(Vault(config.secrets.encryption_keys, config.secrets.digest_key))


def _open_database(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


def _open_web(app: Flask) -> None:
    Bootstrap5(app)
    CSRFProtect(app)
    web.init_app(app, guard.note_refusal)


def _open_rooms(app: Flask) -> None:
    guard.init_app(app)
    for room in ROOMS:
        app.register_blueprint(room)
    app.add_url_rule("/healthz", "healthz", healthz)


@guard.open_to_all
def healthz() -> ResponseReturnValue:
    """200 when the database answers."""
    session().execute(text("SELECT 1"))
    return jsonify(status="ok")
