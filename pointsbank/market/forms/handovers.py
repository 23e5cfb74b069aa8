"""Handing over, and undoing it."""

from collections.abc import Iterable
from typing import Any

from flask import request
from wtforms import (
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pointsbank.cards.models import Deputy
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.foundation.texts import parse_whole
from pointsbank.market.forms.fields import EXPIRED, KEY, NUMBER, SCAN_LENGTH_MAX, SCANNED
from pointsbank.market.models import Order, RedemptionLine
from pointsbank.market.services import LINES_MAX, QUANTITY_MAX, Part
from pointsbank.web.forms import Form, LineField, WholeField

OWN_PEOPLE = "本户自己来"
ID_DIGITS_MAX = len(str(ID_MAX))
KEEP, GIVE_UP = "keep", "give_up"
GOOD, SPOILED = "good", "spoiled"


def collector_field() -> SelectField:
    """Who collects: the household itself, or one of its deputies."""
    return SelectField("谁来领", validate_choice=False, choices=[SelectChoice("", OWN_PEOPLE)])


def offer_deputies(field: SelectField, deputies: Iterable[Deputy]) -> None:
    """Let one of these be chosen."""
    named = [SelectChoice(str(one.id), f"{one.name}代领（{one.note}）") for one in deputies]
    field.choices = [SelectChoice("", OWN_PEOPLE), *named]


def deputy_chosen(field: SelectField) -> int | None:
    """The deputy's id, None for the household itself; 0, which nobody has, for what no page of ours sends."""
    chosen = (field.data or "").strip()
    if not chosen:
        return None
    fits = chosen.isascii() and chosen.isdigit() and len(chosen) <= ID_DIGITS_MAX and int(chosen) <= ID_MAX
    return int(chosen) if fits else 0


class RedemptionsForm(Form):
    """Which redemptions are listed. household: an id, from a link."""

    class Meta:
        csrf = False  # a question by GET

    number = LineField("小票号", [NUMBER], render_kw={"inputmode": "numeric"})
    words = LineField("住户（姓名、户号，或刷卡）", [Length(max=SCAN_LENGTH_MAX)], render_kw=SCANNED)
    household = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])
    before = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])


class HandOverForm(Form):
    """An order at the counter: all of it, or pieces of each line and what becomes of the rest."""

    rest = RadioField(
        "没领的怎么办",
        [Optional()],
        choices=[SelectChoice(KEEP, "先留着，下次来领"), SelectChoice(GIVE_UP, "不要了，积分退回")],
        default=KEEP,
    )
    pin = PasswordField("积分卡密码", [Length(max=20)], render_kw={"autocomplete": "off", "inputmode": "numeric"})
    deputy = collector_field()
    key = HiddenField(validators=KEY)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.typed: dict[str, str] = {}  # pieces as they were typed, by the line's position
        self.pieces_error = ""

    def part_of(self, order: Order) -> Part | None:
        """What of the order is fetched now; None for all that is left of it. Raises InvalidInputError."""
        positions, texts = request.form.getlist("position"), request.form.getlist("pieces")
        if len(positions) != len(texts) or len(positions) > LINES_MAX:
            raise InvalidInputError(EXPIRED)
        self.typed = {position: text[:20] for position, text in zip(positions, texts, strict=True)}
        if not positions:
            return None
        pieces = tuple(
            (
                parse_whole(position, what="行号", most=LINES_MAX, field="pieces"),
                parse_whole(text, what="这次领几件", most=QUANTITY_MAX, field="pieces"),
            )
            for position, text in zip(positions, texts, strict=True)
        )
        if dict(pieces) == {line.position: line.left for line in order.lines}:
            return None
        return Part(pieces, keep_rest=self.rest.data != GIVE_UP)

    def refuse(self, error: PointsBankError) -> int:
        """What is wrong with the pieces stands beside them."""
        if error.field == "pieces":
            self.pieces_error = error.message
            return error.status
        return super().refuse(error)


class KeyForm(Form):
    """A button that asks once."""

    key = HiddenField(validators=KEY)


class VoidForm(Form):
    """Undo a whole redemption."""

    reason = LineField("作废原因", [InputRequired("请写明原因。"), Length(max=200)])
    key = HiddenField(validators=KEY)


class ReturnForm(Form):
    """Pieces of one line that come back."""

    position = HiddenField(validators=[NUMBER])
    quantity = LineField("退几件", [InputRequired("请填写数量。"), NUMBER])
    condition = RadioField(
        "东西怎么样",
        [Optional()],
        choices=[SelectChoice(GOOD, "好的，放回货架"), SelectChoice(SPOILED, "坏的，报损扔掉")],
        default=GOOD,
    )
    reason = LineField("退换原因", [InputRequired("请写明原因。"), Length(max=200)])
    key = HiddenField(validators=KEY)

    @classmethod
    def of_line(cls, line: RedemptionLine) -> "ReturnForm":
        """The form of one line, with ids of its own: several stand on a page."""
        form = cls(formdata=None, position=str(line.position), quantity=str(line.quantity - line.returned))
        for field in (form.quantity, form.condition, form.reason):
            field.id = f"{field.id}-{line.position}"
        return form

    def take_over(self, refused: "ReturnForm") -> None:
        """Show what was typed into this line's form, and what was wrong with it."""
        for mine, theirs in zip(self, refused, strict=True):
            if mine.short_name in ("quantity", "condition", "reason", "key"):
                mine.data, mine.errors = theirs.data, theirs.errors

    @property
    def is_spoiled(self) -> bool:
        """Whether the pieces go to the waste, not to the shelf."""
        return bool(self.condition.data == SPOILED)

    @property
    def line(self) -> tuple[int, int]:
        """Position and pieces. Raises InvalidInputError."""
        position = parse_whole(self.position.data, what="行号", most=LINES_MAX)
        return position, parse_whole(self.quantity.data, what="数量", most=QUANTITY_MAX, field="quantity")
