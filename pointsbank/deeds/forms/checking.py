"""What is filled in at the first check, when a returned claim is mended, and when one is withdrawn."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import HiddenField, SelectChoice, SelectField, SelectMultipleField, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pointsbank.deeds.forms.recording import parse_day
from pointsbank.deeds.models import Claim, ClaimState
from pointsbank.deeds.services import NOTE_LENGTH_MAX, QUANTITY_UNITS_MAX
from pointsbank.deeds.services.checking import CHECK_REASON_LENGTH_MAX, CHECKED_MAX, Mended
from pointsbank.deeds.services.drafts import EVENT_LENGTH_MAX, LATE_REASON_LENGTH_MAX
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.foundation.points import format_points, parse_hundredths
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.people.models import Resident
from pointsbank.places.models import Group
from pointsbank.web.forms import Form, LineField, WholeField

_KEY = [InputRequired("页面已经过期，请刷新后重新提交。"), Length(max=KEY_LENGTH_MAX)]
_ALL = SelectChoice("", "全部")
_ITEM = re.compile("([0-9]{1,18})-([0-9]{1,9})")  # a claim's serial and the revision that was looked at
SIZES = (100, CHECKED_MAX)


class CheckFilterForm(Form):
    """What of the first check is listed."""

    class Meta:
        csrf = False  # a question by GET

    group = SelectField("哪个组", default="")
    rule = SelectField("什么事", default="")
    size = SelectField("一页", choices=[SelectChoice(str(size), f"{size} 件") for size in SIZES], default=str(SIZES[0]))
    before = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])

    def offer(self, groups: Sequence[Group], rules: Sequence[tuple[str, str, int]]) -> None:
        """The groups of the village, and the rules of which something waits: code, name, how many."""
        self.group.choices = [_ALL, *(SelectChoice(str(group.number), group.name) for group in groups)]
        self.rule.choices = [_ALL, *(SelectChoice(code, f"{code} {name}（{count}）") for code, name, count in rules)]
        if self.rule.data and self.rule.data not in {code for code, _, _ in rules}:  # all of it was passed just now
            self.rule.choices.append(SelectChoice(self.rule.data, self.rule.data[:20]))

    @property
    def is_narrowed(self) -> bool:
        """Whether less than all that waits is listed; how much fits on a page does not count."""
        return bool(self.group.data or self.rule.data)

    @property
    def narrowed(self) -> dict[str, Any]:
        """What was filled in, for the address of the next page."""
        found = {name: self._fields[name].data for name in ("group", "rule") if self._fields[name].data}
        return found if self.size.data == str(SIZES[0]) else {**found, "size": self.size.data}


class CheckForm(Form):
    """The claims that are ticked, and why they are sent back or refused."""

    claim = SelectMultipleField("申报", validate_choice=False, validators=[Length(max=CHECKED_MAX)])
    reason = LineField("原因", [Length(max=CHECK_REASON_LENGTH_MAX, message=f"最多 {CHECK_REASON_LENGTH_MAX} 个字。")])
    key = HiddenField(validators=_KEY)

    def ticked(self) -> dict[int, int]:
        """By serial the revision that was looked at. Raises InvalidInputError for what no page of ours posts."""
        found = [_ITEM.fullmatch(value) for value in self.claim.data or []]
        if not all(found):
            raise InvalidInputError("页面已经过期，请刷新后重新勾选。")
        return {int(match[1]): int(match[2]) for match in found if match}


class MendForm(Form):
    """A returned claim as it is mended."""

    resident = SelectField("是谁做的", default="")
    quantity = LineField("数量", [Length(max=20, message="数量要填数字，例如 2 或 2.5。")])
    occurred_on = LineField("哪天", [Length(max=20, message="日期可以写 3-5、0305 或昨天。")])
    event_name = LineField("活动名称", [Length(max=EVENT_LENGTH_MAX, message=f"最多 {EVENT_LENGTH_MAX} 个字。")])
    note = LineField("备注", [Length(max=NOTE_LENGTH_MAX, message=f"最多 {NOTE_LENGTH_MAX} 个字。")])
    late_reason = LineField(
        "迟报原因",
        [Length(max=LATE_REASON_LENGTH_MAX, message=f"最多 {LATE_REASON_LENGTH_MAX} 个字。")],
        description="隔得太久才报的事要写明为什么。",
    )
    revision = WholeField(validators=[InputRequired("页面已经过期，请刷新后重新提交。"), NumberRange(1, ID_MAX)])
    key = HiddenField(validators=_KEY)
    submit = SubmitField("改好了，再次申报")

    def offer(self, claim: Claim, members: Sequence[Resident]) -> None:
        """Who of the household it may have been; the household as such where the rule does not count by person."""
        self.name_button(claim)
        whole = [] if claim.rule.needs_person else [SelectChoice("", f"{claim.household.head_name}家（整户）")]
        self.resident.choices = [*whole, *(SelectChoice(str(one.id), one.name) for one in members)]

    @classmethod
    def of(cls, claim: Claim, members: Sequence[Resident], key: str) -> "MendForm":
        """The claim as it stands."""
        form = cls(
            formdata=None,
            resident=str(claim.resident_id or ""),
            quantity=format_points(claim.quantity),
            occurred_on=claim.occurred_on.isoformat(),
            event_name=claim.event_name,
            note=claim.note,
            late_reason=claim.late_reason,
            revision=claim.revision,
            key=key,
        )
        form.offer(claim, members)
        return form

    def name_button(self, claim: Claim) -> None:
        """Say what the button does: a draft is handed in, a returned claim sent again."""
        if claim.state is ClaimState.DRAFT:
            self.submit.label.text = "改好了，交上去"

    def read(self) -> Mended | None:
        """What was filled in; None when something cannot be taken: its field says why."""
        day = self._taken(lambda: parse_day(self.occurred_on.data or "", field="occurred_on"))
        quantity = self._taken(
            lambda: parse_hundredths(
                self.quantity.data or "", what="数量", units_max=QUANTITY_UNITS_MAX, field="quantity"
            )
        )
        if not isinstance(day, date) or not isinstance(quantity, int) or self.resident.errors:
            return None
        return Mended(
            quantity,
            day,
            int(self.resident.data) if self.resident.data else None,
            self.note.data or "",
            self.event_name.data or "",
            self.late_reason.data or "",
        )

    def _taken(self, read: Any) -> Any:
        try:
            return read()
        except PointsBankError as error:
            self.refuse(error)
            return None


class KeepForm(Form):
    """Which earlier claim a claim is kept beside, and the revision that was looked at."""

    beside = WholeField(validators=[InputRequired(), NumberRange(1, ID_MAX)])
    revision = WholeField(validators=[InputRequired(), NumberRange(1, ID_MAX)])
    key = HiddenField(validators=_KEY)


class WithdrawForm(Form):
    """Why a claim is taken back."""

    reason = LineField(
        "撤回原因",
        [
            InputRequired("请写明为什么撤回，以后查得到。"),
            Length(max=CHECK_REASON_LENGTH_MAX, message=f"最多 {CHECK_REASON_LENGTH_MAX} 个字。"),
        ],
        description="例如：记重了，和第 12 号是同一件事。",
    )
    key = HiddenField(validators=_KEY)
    submit = SubmitField("撤回这一件")
