"""Every good on the villager's screen has a drawing that fits it, or the first character of its name."""

import re
from pathlib import Path

import pytest

from pointsbank.kiosk import drawings
from pointsbank.kiosk.drawings import drawing_of

DRAWINGS = Path(drawings.__file__).parent.parent / "web" / "static" / "kiosk" / "goods.svg"


@pytest.mark.parametrize(
    ("name", "drawing"),
    [
        ("大米", "sack"),
        ("香皂", "soap"),
        ("香皂盒", "box"),
        ("酱油", "bottle"),
        ("菜籽油", "oil"),
        ("挂面", "noodles"),
        ("洗衣粉", "packet"),
        ("洗衣液", "jug"),
        ("牙刷", "toothbrush"),
        ("电热水壶", "flask"),
    ],
)
def test_the_drawing_fits_what_the_name_ends_with(name: str, drawing: str) -> None:
    assert drawing_of(name, "粮油副食") == drawing


def test_a_good_of_which_nothing_is_known_has_no_drawing_rather_than_that_of_its_kind() -> None:
    assert drawing_of("插线板", "日用百货") is None
    assert drawing_of("理发", "服务券") == "ticket"


def test_every_drawing_that_is_named_exists() -> None:
    drawn = set(re.findall(r'<symbol id="(\w+)"', DRAWINGS.read_text(encoding="utf-8")))
    assert set(drawings.WORDS) == drawn
