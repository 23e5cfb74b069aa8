"""What is filled in about meetings: who was there, what was said, what was decided on each item."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, HiddenField, SelectChoice, SelectMultipleField, SubmitField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from pointsbank.access.models import Staff
from pointsbank.deeds.errors import ClaimChangedError, DecisionRefusedError
from pointsbank.deeds.models import Body, Claim, Outcome
from pointsbank.deeds.services.panel import MINUTES_LENGTH_MAX, VENUE_LENGTH_MAX, MeetingDetails
from pointsbank.deeds.services.reviewing import REASON_LENGTH_MAX, VOTES_MAX, ItemDecision, Votes
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.points import parse_points
from pointsbank.foundation.texts import parse_whole
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form, LineField, LinesField, clean_text

EXPIRED = "页面已经过期，请刷新后重新提交。"
REVISION_MAX = 10**9
_PART = re.compile("(outcome|points|reason|in_favour|against|abstained|seen)-([0-9]{1,18})")
_SERIAL = re.compile("[0-9]{1,18}")
_TYPED = ("outcome", "points", "reason", "in_favour", "against", "abstained")
_VOTES = {"in_favour": "赞成", "against": "反对", "abstained": "弃权"}
OTHERWISE = {"": "—", Outcome.REJECTED.value: "不通过", Outcome.HELD_OVER.value: "下次再议"}


class _WhoWasThereForm(Form):
    held_on = DateField(
        "哪天开的会",
        [InputRequired("请填开会的日期，例如 2026-03-18。")],
        invalid_value_message="日期看不懂或不存在，请写成 2026-03-05 这样。",
    )
    venue = LineField("在哪里", [Length(max=VENUE_LENGTH_MAX, message=f"最多 {VENUE_LENGTH_MAX} 个字。")])
    present = SelectMultipleField(
        "到会的人", choices=[], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def has_members(self, members: Iterable[Staff]) -> None:
        """Who can be ticked; without members there is nothing to tick."""
        self.present.choices = [SelectChoice(str(member.id), member.name) for member in members]
        if not self.present.choices:
            del self.present

    @property
    def details(self) -> MeetingDetails:
        """What was filled in."""
        ticked = self.present.data if self.present else []
        return MeetingDetails(self.held_on.data, self.venue.data, frozenset(int(value) for value in ticked))


class OpenMeetingForm(_WhoWasThereForm):
    """A meeting begins."""

    key = HiddenField(validators=[InputRequired(EXPIRED), Length(max=KEY_LENGTH_MAX, message=EXPIRED)])
    submit = SubmitField("开始议事")


class MeetingForm(_WhoWasThereForm):
    """What is written down of a meeting. seen: the revision that the person saw."""

    minutes = LinesField(
        "会议记录",
        [Length(max=MINUTES_LENGTH_MAX, message=f"最多 {MINUTES_LENGTH_MAX:,} 个字。")],
        description="谁说了什么、怎么议的。每一件的结果会自动列在后面，不用抄。",
    )
    seen = HiddenField(validators=[InputRequired(EXPIRED), Length(max=10, message=EXPIRED)])
    submit = SubmitField("保存记录")

    @property
    def seen_revision(self) -> int:
        """The revision that the person saw. Raises InvalidInputError."""
        return parse_whole(self.seen.data, what="版本", most=REVISION_MAX)


class KeyForm(Form):
    """A button whose act happens once."""

    key = HiddenField(validators=[InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)])


class SeenForm(Form):
    """An act on a meeting as the person saw it."""

    seen = HiddenField(validators=[InputRequired(EXPIRED), Length(max=10, message=EXPIRED)])

    @property
    def seen_revision(self) -> int:
        """The revision that the person saw. Raises InvalidInputError."""
        return parse_whole(self.seen.data, what="版本", most=REVISION_MAX)


@dataclass
class Row:
    """What was filled in for one item: a tick approves, outcome says otherwise."""

    ticked: bool = False
    values: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    is_stale: bool = False  # somebody changed it meanwhile, and the person has been told

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def is_filled(self) -> bool:
        """Whether anything is said about the item."""
        return self.ticked or any(self[name] for name in _TYPED)


class DecisionsForm(Form):
    """What a meeting decided, many items at once; the items' own fields stand in rows."""

    over_budget = BooleanField("知道超预算，仍然通过")
    key = HiddenField(validators=[InputRequired(EXPIRED), Length(max=KEY_LENGTH_MAX, message=EXPIRED)])
    submit = SubmitField("记下这些决定")

    def __init__(self, sent: "MultiDict[str, str] | None" = None, **options: Any) -> None:
        super().__init__(sent, **options)
        self.rows: dict[int, Row] = {}
        for serial in sent.getlist("tick") if sent else ():
            if _SERIAL.fullmatch(serial):
                self.rows.setdefault(int(serial), Row()).ticked = True
        for name, value in sent.items() if sent else ():
            if part := _PART.fullmatch(name):
                text = clean_text(value[: REASON_LENGTH_MAX * 10])
                self.rows.setdefault(int(part[2]), Row()).values[part[1]] = " ".join(text.split())

    def row(self, serial: int) -> Row:
        """What was filled in for an item."""
        return self.rows.get(serial) or Row()

    def seen(self, claim: Claim) -> str:
        """The revision of a claim that the page carries: the one seen before, until the person is told of a newer."""
        row = self.row(claim.serial)
        return row["seen"] if row["seen"] and not row.is_stale else str(claim.revision)

    def decisions(self, claims: Mapping[int, Claim]) -> list[ItemDecision] | None:
        """What is to be decided, by the claims that are named; None when a row cannot be read, its errors say why."""
        found = []
        for serial, row in sorted(self.rows.items()):
            if row.is_filled:
                try:
                    found.append(_read(serial, row, claims.get(serial)))
                except InvalidInputError as wrong:
                    self.refuse(DecisionRefusedError(serial, wrong.message))
        return None if any(row.errors for row in self.rows.values()) else found

    def refuse(self, error: PointsBankError) -> int:
        """As all forms do; what is said of an item stands at its row, too."""
        serial = (error.field or "").removeprefix("item-")
        if _SERIAL.fullmatch(serial):
            self.rows.setdefault(int(serial), Row()).errors.append(error.message)
        if isinstance(error, ClaimChangedError):
            for row in self.rows.values():
                row.is_stale = True
        return super().refuse(error)


def _read(serial: int, row: Row, claim: Claim | None) -> ItemDecision:
    """One row as a decision. Raises InvalidInputError."""
    if row.ticked and row["outcome"]:
        raise InvalidInputError("又勾了通过，又选了别的。请只留一样。")
    if row["outcome"] not in OTHERWISE:
        raise InvalidInputError("请选不通过或下次再议。")
    if not row.ticked and not row["outcome"]:
        raise InvalidInputError("写了内容，没说怎么定。通过请勾上，不通过或再议请选一项。")
    per_unit = None
    if row["points"]:
        per_unit = parse_points(row["points"], what="分值")
        if claim is not None and claim.rule.is_deduction:
            per_unit = -abs(per_unit)
    return ItemDecision(
        serial,
        Outcome.APPROVED if row.ticked else Outcome(row["outcome"]),
        per_unit=per_unit,
        reason=row["reason"],
        votes=_votes(row),
        seen=parse_whole(row["seen"], what="版本", most=REVISION_MAX) if row["seen"] else None,
    )


def _votes(row: Row) -> Votes | None:
    if not any(row[name] for name in _VOTES):
        return None
    numbers = {
        name: parse_whole(row[name], what=f"{words}票", most=VOTES_MAX) if row[name] else 0
        for name, words in _VOTES.items()
    }
    return Votes(**numbers)


def body_asked(text: str) -> Body:
    """The body that an address names; the review group for anything else."""
    return Body(text) if text in set(Body) else Body.REVIEW_GROUP
