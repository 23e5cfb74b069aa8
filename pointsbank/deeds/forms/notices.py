"""What is filled in about notices: what hangs, since when, and why something is taken down."""

from contextlib import closing
from typing import Any

from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from pointsbank.deeds.errors import EvidenceRefusedError
from pointsbank.deeds.models import STATE_NAMES, ClaimState
from pointsbank.deeds.services.hanging_photos import PhotoDraft, clean_photo
from pointsbank.deeds.services.noticing import (
    BACKDATED_DAYS_MAX,
    HUNG_BY_LENGTH_MAX,
    REASON_LENGTH_MAX,
    VENUE_LENGTH_MAX,
    HangingDraft,
)
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.foundation.pictures import FILE_BYTES_MAX
from pointsbank.foundation.texts import parse_whole
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form, LineField, WholeField

EXPIRED = "页面已经过期，请刷新后重新提交。"
WORDS_LENGTH_MAX = 40
SHEETS_MAX = 300  # more than any village has groups
NAME_LENGTH_MAX = 255  # of a file; only its ending is looked at
STATES_LISTED = (
    ClaimState.ON_NOTICE,
    ClaimState.OBJECTED,
    ClaimState.UNOBJECTED,
    ClaimState.BOOKED,
    ClaimState.CANCELLED,
)


def key_field() -> HiddenField:
    """The key under which an act is done once."""
    return HiddenField(validators=[InputRequired(EXPIRED), Length(max=KEY_LENGTH_MAX, message=EXPIRED)])


def day_field(label: str, missing: str = "", **options: Any) -> DateField:
    """A day. missing: what is said when it is left empty; without it, it may be."""
    filled = InputRequired(missing) if missing else Optional()
    wrong = "日期看不懂或不存在，请写成 2026-03-05 这样。"
    return DateField(label, [filled], invalid_value_message=wrong, **options)


class PrepareForm(Form):
    """A new notice of what is approved."""

    planned_on = day_field("打算哪天贴", "请填打算哪天贴，例如 2026-03-20。")
    up_to = day_field("只要哪天以前的事", description="不填就是全部。要先公示上个月的，填上个月最后一天。")
    key = key_field()
    submit = SubmitField("做一期公示")


class HangForm(Form):
    """A sheet hangs. position: which; seen: what the person saw recorded of it."""

    venue = LineField(
        "贴在哪里",
        [InputRequired("请填贴在哪里，例如 村委会公开栏。"), Length(max=VENUE_LENGTH_MAX, message="最多 60 个字。")],
    )
    hung_by = LineField(
        "谁贴的", [InputRequired("请填谁贴的。"), Length(max=HUNG_BY_LENGTH_MAX, message="最多 40 个字。")]
    )
    hung_on = day_field(
        "哪天贴的",
        "请填哪天贴的，例如 2026-03-20。",
        description=f"忘了登记的，最多补登 {BACKDATED_DAYS_MAX} 天以前的。",
    )
    position = HiddenField(validators=[InputRequired(EXPIRED), Length(max=3, message=EXPIRED)])
    seen = HiddenField(validators=[Length(max=40, message=EXPIRED)])
    key = key_field()
    submit = SubmitField("登记张贴")

    @property
    def draft(self) -> HangingDraft:
        """What was filled in. Raises InvalidInputError for a sheet that is no number."""
        position = parse_whole(self.position.data, what="哪一张", most=SHEETS_MAX, field="position")
        return HangingDraft(position, self.venue.data, self.hung_by.data, self.hung_on.data, self.seen.data or "")


class PhotoForm(Form):
    """The photo of a sheet that hangs. position: which; seen: which photo of it the person saw, "" for none."""

    file = FileField(
        "照片",
        description="照片（JPEG、PNG），最大 5 MB。存的时候会去掉拍摄地点等信息。",
        render_kw={"accept": ".jpg,.jpeg,.png"},
    )
    position = HiddenField(validators=[InputRequired(EXPIRED), Length(max=3, message=EXPIRED)])
    seen = HiddenField(validators=[Length(max=40, message=EXPIRED)])
    key = key_field()
    submit = SubmitField("传这张照片")

    def draft(self) -> PhotoDraft:
        """What was chosen, made anew. Raises EvidenceRefusedError, InvalidInputError for a sheet that is no number."""
        position = parse_whole(self.position.data, what="哪一张", most=SHEETS_MAX, field="position")
        if not self.file.data:
            raise EvidenceRefusedError("请先选一张照片。", field="file")
        with closing(self.file.data) as upload:
            content = upload.read(FILE_BYTES_MAX + 1)
            file = clean_photo(content, (upload.filename or "")[-NAME_LENGTH_MAX:])
        return PhotoDraft(position, file, self.seen.data or "")


class ReasonForm(Form):
    """Why a notice is taken down, or an item of it cancelled."""

    reason = LineField(
        "原因",
        [
            InputRequired("请写明原因，以后查得到。"),
            Length(max=REASON_LENGTH_MAX, message=f"最多 {REASON_LENGTH_MAX} 个字。"),
        ],
    )
    key = key_field()


class CancelItemForm(ReasonForm):
    """An item is cancelled."""

    submit = SubmitField("撤销这一件")


class KeyForm(Form):
    """An act that needs nothing but its key."""

    key = key_field()


class ItemsForm(Form):
    """Which items of a notice are listed, and which sheet is being recorded or photographed."""

    class Meta:
        csrf = False  # a question by GET

    words = LineField("编号、户号或姓名", [Length(max=WORDS_LENGTH_MAX, message=f"最多 {WORDS_LENGTH_MAX} 个字。")])
    state = SelectField(
        "状态",
        choices=[
            SelectChoice("", "全部"),
            *(SelectChoice(state.value, STATE_NAMES[state]) for state in STATES_LISTED),
        ],
        default="",
    )
    after = WholeField(validators=[Optional(), NumberRange(0, ID_MAX)])
    sheet = WholeField(validators=[Optional(), NumberRange(1, SHEETS_MAX)])
    photo = WholeField(validators=[Optional(), NumberRange(1, SHEETS_MAX)])

    @property
    def narrowed(self) -> dict[str, Any]:
        """What was filled in, for the address of the next page."""
        return {name: self._fields[name].data for name in ("words", "state") if self._fields[name].data}

    @property
    def state_wanted(self) -> ClaimState | None:
        """The state that is listed, if one is chosen."""
        return ClaimState(self.state.data) if self.state.data else None


class ListForm(Form):
    """Which page of a list."""

    class Meta:
        csrf = False

    before = WholeField(validators=[Optional(), NumberRange(1, ID_MAX)])
