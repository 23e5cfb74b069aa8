"""What the forms of the fund share."""

from typing import Any, ClassVar

from wtforms import DateField
from wtforms.validators import InputRequired, Length

from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.points import parse_yuan
from pointsbank.foundation.texts import parse_whole
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form, LineField

KEY = [InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)]
CUT = Length(max=300, message="太长了，请写短一点。")  # services say how long each may be
NUMBER = Length(max=20, message="太长了，请核对数字。")
SERIAL_MAX = 999_999_999
NO_SUCH_DAY = "日期看不懂或不存在，请写成 2026-03-05 这样。"


class BesideForm(Form):
    """A form that stands on a page beside others: its fields have ids of their own. beside: what they begin with."""

    beside: ClassVar[str]

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        for field in self:
            field.id = f"{self.beside}-{field.id}"


def day_field(label: str, missing: str, **options: Any) -> DateField:
    """A day that must be filled in."""
    return DateField(label, [InputRequired(missing)], invalid_value_message=NO_SUCH_DAY, **options)


def money_field(label: str = "金额（元）", **options: Any) -> LineField:
    """An amount of money in yuan."""
    options.setdefault("render_kw", {"inputmode": "decimal", "autocomplete": "off"})
    return LineField(label, [InputRequired("请填金额。"), NUMBER], **options)


def fen_of(field: Any) -> int:
    """The fen of a money field. Raises InvalidInputError at it for what is no amount above 0."""
    fen = parse_yuan(field.data or "", field=field.short_name)
    if fen <= 0:
        raise InvalidInputError("金额要大于 0。", field=field.short_name)
    return fen


def serial_of(field: Any) -> int | None:
    """The number in a field, None where it is empty. Raises InvalidInputError at it."""
    text = field.data
    return parse_whole(text, what=field.label.text, most=SERIAL_MAX, field=field.short_name) if text else None
