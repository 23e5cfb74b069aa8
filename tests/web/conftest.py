"""A browser without script in the tests' hands: it takes tokens from pages and signs in as a person does."""

import re
from collections.abc import Mapping

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pointsbank.access.models import Staff
from tests.factories import PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def csrf(client: FlaskClient, path: str = "/sign-in") -> str:
    """The token in the forms of a page; good for every form of the session."""
    page = client.get(path)
    found = _TOKEN.search(page.text)
    assert found is not None, f"no form with a token on {path} (status {page.status_code})"
    return found[1]


def post(
    client: FlaskClient, path: str, data: Mapping[str, object] | None = None, page: str = "/sign-in"
) -> TestResponse:
    """Submit a form with the token of a page; files as (stream, name). A kiosk passes a page of its own."""
    return client.post(path, data={"csrf_token": csrf(client, page), **(data or {})})


def sign_in(client: FlaskClient, staff: Staff, password: str = PASSWORD) -> None:
    """Sign in as a person that a factory made."""
    answer = post(client, "/sign-in", {"name": staff.sign_in_name, "password": password})
    assert answer.status_code == 303, answer.text
