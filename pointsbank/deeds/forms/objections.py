"""What is filled in about objections: what is said against which item, and what became of it."""

from wtforms import RadioField, SelectChoice, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange

from pointsbank.deeds.forms.notices import day_field, key_field
from pointsbank.deeds.models import OBJECTION_OUTCOME_NAMES, ObjectionOutcome
from pointsbank.deeds.services.objecting import (
    CONTACT_LENGTH_MAX,
    NAME_LENGTH_MAX,
    OUTCOME_REASON_LENGTH_MAX,
    REASON_LENGTH_MAX,
    ObjectionDraft,
    Verdict,
)
from pointsbank.foundation.identifiers import ID_MAX
from pointsbank.foundation.points import parse_points
from pointsbank.web.forms import Form, LineField, LinesField, WholeField

HELP = {
    ObjectionOutcome.KEPT: "维持原分",
    ObjectionOutcome.ADJUSTED: "调整分值（下面填改成几分）",
    ObjectionOutcome.CANCELLED: "撤销该项（这一件不记分）",
    ObjectionOutcome.OBJECTION_DROPPED: "异议人自己撤回",
}


class ObjectionForm(Form):
    """An objection is taken. claim: the serial on the notice."""

    claim = WholeField(
        "编号", [InputRequired("请填公示表上这一件的编号。"), NumberRange(1, ID_MAX, "请填公示表上的编号。")]
    )
    reason = LinesField(
        "哪里不对",
        [
            InputRequired("请写明哪里不对。"),
            Length(max=REASON_LENGTH_MAX, message=f"最多 {REASON_LENGTH_MAX} 个字。"),
        ],
        description="照异议人说的写，不要写能看出是谁说的话。",
    )
    received_on = day_field("哪天收到的", "请填哪天收到的，例如 2026-03-20。")
    name = LineField(
        "异议人",
        [Length(max=NAME_LENGTH_MAX, message=f"最多 {NAME_LENGTH_MAX} 个字。")],
        description="可以不填。加密保存，只有监督委员会和登记的人看得到，不会印出来。",
    )
    contact = LineField("怎么联系", [Length(max=CONTACT_LENGTH_MAX, message=f"最多 {CONTACT_LENGTH_MAX} 个字。")])
    key = key_field()
    submit = SubmitField("登记异议")

    @property
    def draft(self) -> ObjectionDraft:
        """What was filled in."""
        return ObjectionDraft(
            self.claim.data, self.reason.data, self.received_on.data, self.name.data, self.contact.data
        )


class DecideForm(Form):
    """What became of an objection."""

    outcome = RadioField(
        "处理结果",
        [InputRequired("请选一个处理结果。")],
        choices=[SelectChoice(outcome.value, HELP[outcome]) for outcome in OBJECTION_OUTCOME_NAMES],
    )
    points = LineField(
        "改成几分",
        [Length(max=20, message="请填数字，例如 2 或 2.5。")],
        description="只在“调整分值”时填。扣分项也填正数。",
    )
    reason = LinesField(
        "处理说明",
        [
            InputRequired("请写明怎么核实的、为什么这样处理。"),
            Length(max=OUTCOME_REASON_LENGTH_MAX, message=f"最多 {OUTCOME_REASON_LENGTH_MAX} 个字。"),
        ],
    )
    key = key_field()
    submit = SubmitField("记下处理结果")

    @property
    def verdict(self) -> Verdict:
        """What was filled in. Raises InvalidInputError for points that are no number."""
        outcome, points = ObjectionOutcome(self.outcome.data), None
        if outcome is ObjectionOutcome.ADJUSTED and self.points.data:
            points = parse_points(self.points.data, what="改成几分", field="points")
        return Verdict(outcome, self.reason.data, points)
