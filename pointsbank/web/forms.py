"""What the forms of all rooms share: Chinese messages, cleaned text, errors of services at their field."""

import base64
import re
import unicodedata
from contextlib import closing
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, IntegerField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from pointsbank.foundation.errors import InvalidInputError, PointsBankError, TooLargeError

# Control characters except tab and line feed, zero-width and direction marks, halves of a surrogate pair.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_DIGITS = re.compile("[0-9]{1,19}")

MEGABYTE = 1024 * 1024


def clean_text(text: str) -> str:
    """Text without what cannot be seen, and without space at its ends."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n")).strip()


def _clean_line(text: str | None) -> str:
    return re.sub(r"\s+", " ", clean_text(text or ""))


def _clean_lines(text: str | None) -> str:
    return clean_text(text or "")


class Form(FlaskForm):
    """The form that all others are made of: WTForms speaks Chinese in it."""

    class Meta:
        locales = ("zh",)

    def refuse(self, error: PointsBankError) -> int:
        """Show what a service refused at its field, or above the form; returns the HTTP status of the answer."""
        place: Any = self._fields.get(error.field) if error.field else None
        if place is None:
            self.form_errors.append(error.message)
        else:
            place.errors = [*place.errors, error.message]
        return error.status


class LineField(StringField):
    """One line of text: cleaned, runs of space made one. Add a Length validator."""

    def __init__(self, label: str | None = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, filters=[_clean_line], **options)


class LinesField(TextAreaField):
    """Text of several lines: cleaned. Add a Length validator."""

    def __init__(self, label: str | None = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, filters=[_clean_lines], **options)


class WholeField(IntegerField):
    """A whole number from 0 on, of digits alone, full-width ones too. Add a NumberRange validator.

    Python's int() would also take "1_000", and with hundreds of digits a number that NumberRange does not survive.
    """

    data: Any  # a whole number after validation, as WTForms has it without types

    def process_formdata(self, valuelist: list[str]) -> None:
        """WTForms: the text as a number."""
        if not valuelist:
            return
        self.data = None
        digits = unicodedata.normalize("NFKC", valuelist[0]).strip()
        if _DIGITS.fullmatch(digits) is None:
            raise ValueError("要填整数。")
        self.data = int(digits)


class TicksField(SelectMultipleField):
    """Some of several numbers, as tick boxes. Give the choices with their numbers as text."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    @property
    def numbers(self) -> tuple[int, ...]:
        """What was ticked, in order."""
        return tuple(sorted({int(value) for value in self.data or ()}))


class SheetFileForm(Form):
    """A spreadsheet that is looked at first and taken after.

    content: the file of the preview, which travels with the page so that it is chosen once. A room says what its
    sheet is called and how large it may be, names the file field and adds the rest.
    """

    what: ClassVar[str] = "表格"
    bytes_max: ClassVar[int] = MEGABYTE  # with a third on top in the page

    file = FileField("表格（.xlsx）")
    content = HiddenField()

    def read(self) -> bytes:
        """The file chosen now, else that of the preview. Raises InvalidInputError, TooLargeError."""
        if self.file and self.file.data:
            with closing(self.file.data) as chosen:
                content: bytes = chosen.read(self.bytes_max + 1)
        else:
            try:
                content = base64.b64decode(self.content.data or "", validate=True)
            except ValueError as wrong:
                raise InvalidInputError("请重新选一次文件。", field="file") from wrong
        if not content:
            raise InvalidInputError("请先选一个文件。", field="file")
        if len(content) > self.bytes_max:
            raise TooLargeError(
                f"{self.what}超过 {self.bytes_max // MEGABYTE} MB，请删去图片和多余的表，或分成几个文件。", field="file"
            )
        self.content.data = base64.b64encode(content).decode()
        return content
