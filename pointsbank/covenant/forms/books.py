"""What people fill in about a whole book of rules: from when and why it holds, a file, what they saw before."""

from datetime import date
from typing import Any, Self

from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.covenant.errors import RuleBookChangedError, RuleDraftChangedError, RuleDraftOutdatedError
from pointsbank.covenant.queries import VERSION_MAX
from pointsbank.covenant.services import REASON_LENGTH_MAX, Seen
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.texts import parse_whole
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form, LineField, SheetFileForm

EXPIRED = "页面已经过期，请刷新后重新提交。"
HOLDS_FROM = "改动从生效日起算；那天以前的事，还按原来的细则。已经记的分不会重算。"
FIRST_HOLDS_FROM = (
    "第一版默认从年初起生效，这样补记以前的事也有细则可依。记事情按发生那天的细则，生效日以前的事不能记分。"
)
_NUMBER = Length(max=20, message="数字太长了。")
_CHANGED = (RuleBookChangedError, RuleDraftChangedError, RuleDraftOutdatedError)


def at_most(length: int) -> Length:
    """No more characters than these."""
    return Length(max=length, message=f"太长了，最多 {length} 个字。")


class SeenForm(Form):
    """What the person looked at when they began: the newest version, the draft's revision (0 for none); a key."""

    seen_version = HiddenField(validators=[InputRequired(EXPIRED), _NUMBER])
    seen_revision = HiddenField(default="0", validators=[InputRequired(EXPIRED), _NUMBER])
    key = HiddenField(validators=[InputRequired(EXPIRED), Length(max=KEY_LENGTH_MAX, message=EXPIRED)])

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.told_of_change = False

    def refuse(self, error: PointsBankError) -> int:
        """As all forms do; and remember that the person has been told that somebody else was quicker."""
        self.told_of_change = isinstance(error, _CHANGED)
        return super().refuse(error)

    def has_seen(self, seen: Seen) -> None:
        """Whoever was told of what somebody else did and is shown it may save over it; nobody else."""
        if self.told_of_change:
            self.seen_version.data, self.seen_revision.data = str(seen.version), str(seen.revision)

    @classmethod
    def opening(cls, seen: Seen, **details: Any) -> Self:
        """The form as it stands before anything is filled in, with a key of its own."""
        stands = {"seen_version": str(seen.version), "seen_revision": str(seen.revision), "key": new_key()}
        return cls(formdata=None, data={**details, **stands})

    @property
    def seen(self) -> Seen:
        """What the person saw. Raises InvalidInputError."""
        return Seen(
            parse_whole(self.seen_version.data, what="版本", most=VERSION_MAX),
            parse_whole(self.seen_revision.data, what="版本", most=VERSION_MAX),
        )


class RestoreForm(SeenForm):
    """An earlier version that the draft is to say again."""

    submit = SubmitField("放进草稿")


class TakeForm(SeenForm):
    """A table from above that is put into the draft."""

    submit = SubmitField("接收到草稿")


class HoldForm(SeenForm):
    """From when on a version holds and why."""

    effective_on = DateField("生效日期", [InputRequired("请填生效日期，例如 2026-01-01。")], description=HOLDS_FROM)
    reason = LineField(
        "修改说明",
        [InputRequired("请写明为什么改，以后查得到。"), at_most(REASON_LENGTH_MAX)],
        description="例如：3 月 12 日村民代表会议通过。",
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.seen_version.data == "0":
            self.effective_on.description = FIRST_HOLDS_FROM

    @classmethod
    def from_day(cls, effective_on: date, seen: Seen, **details: Any) -> Self:
        """The form with a day to begin with."""
        return cls.opening(seen, **details, effective_on=effective_on)


class AdoptDraftForm(HoldForm):
    """The draft as the next version."""

    submit = SubmitField("采用为新的一版")


class StandardForm(HoldForm):
    """The program's own rules as the village's first version."""

    submit = SubmitField("用通用细则")


class FileForm(SheetFileForm):
    """An .xlsx of rules to be looked at first; 500 rules have 60 kB."""

    what = "细则表"

    file = FileField("细则表（.xlsx）")
    submit = SubmitField("先看看会改什么")


class AdoptForm(HoldForm, SheetFileForm):
    """The first file, from when on it holds and why."""

    what = "细则表"

    file = None
    submit = SubmitField("全部采用")


class DraftFileForm(SeenForm, SheetFileForm):
    """The file that was looked at, to be put into the draft."""

    what = "细则表"

    file = None
    submit = SubmitField("全部放进草稿")
