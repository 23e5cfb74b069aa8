"""Every answer carries the security headers; private pages are never kept, static files are until they change."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

PATHS = ["/sign-in", "/", "/no/such/page", "/healthz", "/static/web/base.css"]


def headers_of(client: FlaskClient, path: str) -> Headers:
    """The headers of an answer; the file behind it is closed again."""
    with client.get(path) as answer:
        return answer.headers


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = headers_of(client, path)
    policy = dict(part.split(" ", maxsplit=1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", ["/sign-in", "/", "/no/such/page"])
def test_pages_are_not_kept_by_the_browser(client: FlaskClient, path: str) -> None:
    assert headers_of(client, path)["Cache-Control"] == "no-store"


def test_the_files_of_a_page_are_ours_and_kept_until_they_change(client: FlaskClient) -> None:
    page = client.get("/sign-in").text
    files = re.findall(r'(?:src|href)="([^"#]+\.(?:css|js|svg)[^"#]*)', page)
    assert len(files) >= 4
    for address in files:
        assert re.match(r"/(bootstrap/)?static/.+\?v=[0-9a-f]{12}$", address)
        assert headers_of(client, address)["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("address", ["/static/web/gone.css?v=1", "/static/web/base.css"])
def test_a_missing_file_and_one_without_version_are_not_kept_for_long(client: FlaskClient, address: str) -> None:
    assert "immutable" not in headers_of(client, address).get("Cache-Control", "")


@pytest.mark.parametrize("path", ["/sign-in", "/no/such/page"])
def test_pages_hold_no_inline_script_or_style(client: FlaskClient, path: str) -> None:
    page = client.get(path).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\bsrc=)", page)
