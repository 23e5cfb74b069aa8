"""Security headers of every answer, and how long a browser may keep what it got."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",  # Bootstrap's own pictures stand in its style sheet as data
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
LISTENING = "camera=(), microphone=(self), geolocation=(), payment=(), usb=()"
STATIC_ENDPOINTS = ("static", "bootstrap.static")
VERSION_LENGTH = 12  # hexadecimal digits of a file's digest in its address


@lru_cache
def _version_of(file: Path) -> str | None:
    """Changes with the content of the file; None for a file that is not there."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:VERSION_LENGTH] if file.is_file() else None


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    """Give the address of a static file its version, so that a browser keeps the file until it changes."""
    if endpoint not in STATIC_ENDPOINTS or "filename" not in values:
        return
    owner = current_app if endpoint == "static" else current_app.blueprints["bootstrap"]
    if owner.static_folder:
        values.setdefault("v", _version_of(Path(owner.static_folder) / values["filename"]))


def let_browser_keep(seconds: int) -> None:
    """The answer of this request names nobody and never changes at its address: a browser may keep it so long."""
    g.kept_seconds = seconds


def let_page_listen() -> None:
    """The page of this request records a voice: its script may ask the person for the microphone."""
    g.listens = True


def _add_headers(response: Response) -> Response:
    response.headers.update(SECURITY_HEADERS)
    if g.get("listens"):
        response.headers["Permissions-Policy"] = LISTENING
    if g.get("kept_seconds") and response.status_code < 400:
        response.headers["Cache-Control"] = f"private, max-age={g.kept_seconds}, immutable"
    elif request.endpoint not in STATIC_ENDPOINTS:
        response.headers["Cache-Control"] = "no-store"  # pages and papers name people
    elif "v" in request.args and response.status_code < 400:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def register_headers(app: Flask) -> None:
    """Put the headers on every answer and versions on the addresses of static files."""
    app.url_defaults(_add_version)
    app.after_request(_add_headers)
