"""Nothing is changed by a form that did not come from a page of ours."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from pointsbank.access.models import Role
from tests.factories import make_staff, make_village
from tests.web.conftest import sign_in


def path_of(app: Flask, rule: Rule) -> str:
    """A path of a rule, with something for each of its parts."""
    samples = {"village_code": "qingxi", "period": "2026-03", "size": "A4", "direction": "up"}
    numbers = ("_id", "serial", "sequence", "sheet", "position", "version")
    values = {name: 1 if name.endswith(numbers) else samples.get(name, "x") for name in rule.arguments}
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")


@pytest.mark.parametrize("token", ["", "made-up"])
def test_every_form_is_refused_without_its_token(app: Flask, client: FlaskClient, token: str) -> None:
    sign_in(client, make_staff(make_village(), *Role))
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    assert len(rules) > 10
    for rule in rules:
        answer = client.post(path_of(app, rule), data={"csrf_token": token})
        assert answer.status_code == 400, rule.endpoint
