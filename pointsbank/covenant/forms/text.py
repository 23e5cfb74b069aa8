"""What people fill in about the covenant's text: the draft with a block for each clause, a text to paste, its adoption.

Whatever was typed stays on the page, also what cannot be taken; what is wrong stands at its block.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from flask import request
from wtforms import DateField, HiddenField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.covenant.errors import DraftChangedError
from pointsbank.covenant.forms.books import EXPIRED
from pointsbank.covenant.models import THEME_TITLES, Theme
from pointsbank.covenant.queries import VERSION_MAX
from pointsbank.covenant.services import (
    CLAUSE_LENGTH_MAX,
    CLAUSES_MAX,
    REASON_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    ClauseDraft,
)
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.texts import parse_whole
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form, LineField, LinesField, clean_text

PASTE_LENGTH_MAX = 70_000  # 100 clauses of 600 characters, with what stands between them
_AT_BLOCK = re.compile(r"(code|theme|text)-([0-9]{1,4})")
_ARRANGE = re.compile(r"(up|down|remove|after)-([0-9]{1,4})")


def _key() -> HiddenField:
    return HiddenField(validators=[InputRequired(EXPIRED), Length(max=KEY_LENGTH_MAX, message=EXPIRED)])


class SeenForm(Form):
    """An act on the draft; the revision that the person saw."""

    seen_revision = HiddenField(validators=[InputRequired(EXPIRED), Length(max=20, message=EXPIRED)])

    @property
    def seen(self) -> int:
        """The revision that the person saw. Raises InvalidInputError."""
        return parse_whole(self.seen_revision.data, what="版本", most=VERSION_MAX)


class BeginForm(Form):
    """Where a draft begins: newest, empty, standard, or the number of a version."""

    origin = HiddenField(validators=[InputRequired(EXPIRED), Length(max=20, message=EXPIRED)])
    key = _key()

    def copy_of(self) -> int | None:
        """The version to copy, None for the newest, 0 for none. Raises InvalidInputError."""
        if self.origin.data in ("newest", "standard"):
            return None
        if self.origin.data == "empty":
            return 0
        return parse_whole(self.origin.data, what="版本", most=VERSION_MAX)


class DiscardForm(SeenForm):
    """The draft that is to go."""

    key = _key()


@dataclass
class Block:
    """A clause as it was typed. errors: what is wrong, by code, theme or text."""

    code: str = ""
    theme: str = Theme.STUDY.value
    text: str = ""
    errors: dict[str, str] = field(default_factory=dict)


class DraftForm(SeenForm):
    """The whole draft. The fields of the blocks are called code, theme and text, each as often as there are clauses."""

    title = LineField(
        "标题",
        [InputRequired("请填标题。"), Length(max=TITLE_LENGTH_MAX, message=f"太长了，最多 {TITLE_LENGTH_MAX} 个字。")],
    )

    blocks: list[Block]

    @classmethod
    def showing(cls, title: str, clauses: Sequence[ClauseDraft], revision: int) -> Self:
        """The form with a text as it stands, or as it was pasted."""
        form = cls(formdata=None, data={"title": title, "seen_revision": str(revision)})
        form.blocks = [Block(clause.code, clause.theme.value, clause.text) for clause in clauses]
        return form

    @classmethod
    def posted(cls) -> Self:
        """The form as somebody sent it. Raises InvalidInputError when its parts do not belong together."""
        form = cls()
        columns = [request.form.getlist(name) for name in ("code", "theme", "text")]
        if len({len(column) for column in columns}) > 1:
            raise InvalidInputError(EXPIRED)
        form.blocks = [
            Block(clean_text(code), theme, clean_text(text)) for code, theme, text in zip(*columns, strict=True)
        ]
        return form

    def arrange(self, act: str) -> int | None:
        """Add, move or take away a block; nothing is saved. Gives the block to go on at, None for no such act."""
        found = _ARRANGE.fullmatch(act)
        if act == "add":
            return self._insert(len(self.blocks))
        if found is None or not 1 <= int(found[2]) <= len(self.blocks):
            return None
        kind, place = found[1], int(found[2]) - 1
        if kind == "after":
            return self._insert(place + 1)
        block = self.blocks.pop(place)
        if kind == "remove":
            return min(place, len(self.blocks) - 1) + 1
        place = max(0, place - 1) if kind == "up" else min(len(self.blocks), place + 1)
        self.blocks.insert(place, block)
        return place + 1

    def _insert(self, place: int) -> int:
        if len(self.blocks) < CLAUSES_MAX:
            taken = {block.code for block in self.blocks}
            code = next(str(number) for number in range(len(self.blocks) + 1, 10**6) if str(number) not in taken)
            theme = self.blocks[place - 1].theme if place else Theme.STUDY.value
            self.blocks.insert(place, Block(code, theme))
        return min(place, len(self.blocks) - 1) + 1

    def clauses(self) -> list[ClauseDraft]:
        """What was filled in. Raises InvalidInputError with the field of the block."""
        found = []
        for number, block in enumerate(self.blocks, start=1):
            if block.theme not in set(Theme):
                raise InvalidInputError("请选一个主题。", field=f"theme-{number}")
            found.append(ClauseDraft(block.code, Theme(block.theme), block.text))
        return found

    def refuse(self, error: PointsBankError) -> int:
        """As all forms do; what is wrong with a clause stands at its block."""
        found = _AT_BLOCK.fullmatch(error.field or "")
        if found is not None and 1 <= int(found[2]) <= len(self.blocks):
            self.blocks[int(found[2]) - 1].errors[found[1]] = error.message
            return error.status
        return super().refuse(error)

    def has_seen(self, revision: int, error: PointsBankError) -> None:
        """Whoever was told of a newer draft and is shown it may save over it."""
        if isinstance(error, DraftChangedError):
            self.seen_revision.data = str(revision)


THEME_CHOICES = [(theme.value, title) for theme, title in THEME_TITLES.items()]
LIMITS = {"code": 20, "text": CLAUSE_LENGTH_MAX}


class PasteForm(SeenForm):
    """A whole text, each line a clause."""

    pasted = LinesField(
        "全文",
        [
            InputRequired("请先贴上全文。"),
            Length(max=PASTE_LENGTH_MAX, message=f"太长了，最多 {PASTE_LENGTH_MAX:,} 个字。"),
        ],
        description="一行一条。行首的“第三条”“3.”会认成编号；单独一行写“学”“美”“和”“善”“信”，下面的条文就归这个主题。",
    )
    submit = SubmitField("排成条文")


class AdoptTextForm(SeenForm):
    """From when on the draft holds, and why it was made."""

    effective_on = DateField(
        "生效日期",
        [InputRequired("请填生效日期，例如 2026-01-01。")],
        description="会议决议那天或以后。以前的日子还按原来的一版。",
    )
    reason = LineField(
        "修订说明",
        [
            InputRequired("请写明为什么订、改了什么，以后查得到。"),
            Length(max=REASON_LENGTH_MAX, message=f"太长了，最多 {REASON_LENGTH_MAX} 个字。"),
        ],
    )
    key = _key()
    submit = SubmitField("正式采用")

    @classmethod
    def opening(cls, effective_on: date | None, revision: int) -> Self:
        """The form before anything is filled in, with a key of its own."""
        shown = {"effective_on": effective_on, "seen_revision": str(revision), "key": new_key()}
        return cls(formdata=None, data=shown)
