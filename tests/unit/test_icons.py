"""Every picture that a page names is among the pictures that the program has."""

import re
from pathlib import Path

import pointsbank

PACKAGE = Path(pointsbank.__file__).parent
NAMED = re.compile(r"""icon(?:_name)?(?:=|\()["']([a-z0-9-]+)["']""")


def test_no_page_names_a_picture_that_is_not_there() -> None:
    there = set(re.findall(r'id="([a-z0-9-]+)"', (PACKAGE / "web/static/web/icons.svg").read_text(encoding="utf-8")))
    named = {
        (name, path.name)
        for path in PACKAGE.rglob("*.html")
        for name in NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 50
    assert {(name, page) for name, page in named if name not in there} == set()
