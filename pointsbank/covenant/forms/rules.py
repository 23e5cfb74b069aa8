"""What people fill in about the rules: one rule with all its columns, and which rules are listed."""

from collections.abc import Sequence
from typing import Any, Self

from wtforms import BooleanField, RadioField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.covenant.forms.books import SeenForm, at_most
from pointsbank.covenant.models import (
    CAP_SCOPE_NAMES,
    EFFECT_NAMES,
    EVIDENCE_KIND_NAMES,
    STEP_NAMES,
    TRACK_NAMES,
    CapScope,
    Clause,
    Effect,
    EvidenceKind,
    Step,
    Track,
)
from pointsbank.covenant.queries import SEARCH_LENGTH_MAX
from pointsbank.covenant.rule_drafts import QUANTITY_UNITS_MAX, TIMES_MAX
from pointsbank.covenant.services import LABELS, LEVEL_GROUP_LENGTH_MAX, NAME_LENGTH_MAX, RuleDraft, Seen
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.periods import SPAN_NAMES, Span
from pointsbank.foundation.points import format_points, parse_hundredths, parse_points
from pointsbank.foundation.texts import parse_whole
from pointsbank.web.forms import Form, LineField

STEP_FIELDS = ("step_1", "step_2", "step_3", "step_4", "step_5")  # as many as there are steps
CLAUSE_SHOWN_MAX = 24  # of its text in a list to choose from

_NUMBER = Length(max=20, message="数字太长了。")
_NO_CAP = SelectChoice("", "不封顶")
_ANY_TIMES = SelectChoice("", "不限")


def _choices(names: dict[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(value.value, name) for value, name in names.items()]


def _short(text: str) -> str:
    return text if len(text) <= CLAUSE_SHOWN_MAX else f"{text[:CLAUSE_SHOWN_MAX]}……"


def _step(number: int) -> SelectField:
    return SelectField(f"第 {number} 步", choices=[SelectChoice("", "没有"), *_choices(dict(STEP_NAMES))], default="")


def _number(units: int | None) -> str:
    return "" if units is None else format_points(units)


class FilterForm(Form):
    """Which rules are listed."""

    class Meta:
        csrf = False  # a question by GET

    words = LineField("编号、内容或拼音首字母", [at_most(SEARCH_LENGTH_MAX)])
    category = SelectField("类别", choices=[], default="")

    def offer(self, categories: Sequence[str]) -> None:
        """The categories to choose from."""
        self.category.choices = [SelectChoice("", "全部类别"), *(SelectChoice(name, name) for name in categories)]


class RuleForm(SeenForm):
    """One rule with all its columns. Step fields stand in order; an empty one is left out."""

    code = LineField(
        LABELS["code"], [InputRequired("请填写编号。"), at_most(20)], description="字母加数字，例如 HS06。"
    )
    category = LineField(LABELS["category"], [InputRequired("请填写类别。"), at_most(40)])
    name = LineField(LABELS["name"], [InputRequired("请填写内容。"), at_most(NAME_LENGTH_MAX)])
    name_en = LineField(LABELS["name_en"], [at_most(160)])
    points = LineField(
        LABELS["points"], [InputRequired("请填写分值。"), _NUMBER], description="每一单位几分；扣分写负数，例如 -2。"
    )
    points_to = LineField(LABELS["points_to"], [_NUMBER], description="由评议在范围里定的才填；固定分值就空着。")
    unit = LineField(LABELS["unit"], [InputRequired("请填写单位。"), at_most(20)], description="次、小时、人、月……")
    quantity_max = LineField(LABELS["quantity_max"], [_NUMBER], description="一件事最多算几个单位；不限就空着。")
    cap_points = LineField(LABELS["cap_points"], [_NUMBER], description="不封顶就空着；扣分条款写负数。")
    cap_span = SelectField(LABELS["cap_span"], choices=[_NO_CAP, *_choices(dict(SPAN_NAMES))])
    cap_scope = SelectField(LABELS["cap_scope"], choices=[_NO_CAP, *_choices(dict(CAP_SCOPE_NAMES))])
    times_max = LineField(LABELS["times_max"], [_NUMBER], description="最多算几次；不限就空着。")
    times_span = SelectField(LABELS["times_span"], choices=[_ANY_TIMES, *_choices(dict(SPAN_NAMES))])
    times_scope = SelectField(LABELS["times_scope"], choices=[_ANY_TIMES, *_choices(dict(CAP_SCOPE_NAMES))])
    track = RadioField(
        LABELS["track"], [InputRequired("请选一项。")], choices=_choices(dict(TRACK_NAMES)), default=Track.POINTS.value
    )
    effect = SelectField(LABELS["effect"], choices=_choices(dict(EFFECT_NAMES)), default=Effect.NONE.value)
    step_1, step_2, step_3, step_4, step_5 = _step(1), _step(2), _step(3), _step(4), _step(5)
    evidence_kind = SelectField(
        LABELS["evidence_kind"], choices=_choices(dict(EVIDENCE_KIND_NAMES)), default=EvidenceKind.NONE.value
    )
    evidence = LineField(LABELS["evidence"], [at_most(80)], description="具体是什么，例如活动签到表。")
    keep_evidence = BooleanField("材料留存（不勾就是查验不留存：看过、记下谁看的，不留底）", default=True)
    volunteer_hours = BooleanField("计志愿时长")
    level_group = LineField(
        LABELS["level_group"],
        [at_most(LEVEL_GROUP_LENGTH_MAX)],
        description="写了同一个词的几条，同一项荣誉只算最高一级，例如“荣誉”；不就高就空着。",
    )
    excludes_paid_duty = BooleanField("有偿不计：领报酬的本职工作不记这一条")
    reminds_first = BooleanField("先提醒：扣分以前可以先发整改提醒单")
    clause_code = SelectField(LABELS["clause_code"], choices=[], default="")
    submit = SubmitField("存进草稿")

    @classmethod
    def showing(cls, draft: RuleDraft, seen: Seen) -> Self:
        """The form filled in with a rule as it stands."""
        steps = {name: step.value for name, step in zip(STEP_FIELDS, draft.steps, strict=False)}
        words = ("code", "category", "name", "name_en", "unit", "evidence", "level_group", "clause_code")
        ticked = ("keep_evidence", "volunteer_hours", "excludes_paid_duty", "reminds_first")
        chosen = ("cap_span", "cap_scope", "times_span", "times_scope", "track", "effect", "evidence_kind")
        numbers = ("points", "points_to", "quantity_max", "cap_points")
        return cls.opening(
            seen,
            **{name: getattr(draft, name) for name in (*words, *ticked)},
            **{name: value.value if (value := getattr(draft, name)) else "" for name in chosen},
            **{name: _number(getattr(draft, name)) for name in numbers},
            times_max="" if draft.times_max is None else str(draft.times_max),
            **steps,
        )

    def offer_clauses(self, clauses: Sequence[Clause], stored: str) -> None:
        """The clauses to choose from. stored: the one that the rule names so far, which may be left as it is."""
        named = [SelectChoice(clause.code, f"第 {clause.code} 条 {_short(clause.text)}") for clause in clauses]
        if stored and all(clause.code != stored for clause in clauses):
            named.append(SelectChoice(stored, f"第 {stored} 条（现在的约里没有）"))
        self.clause_code.choices = [SelectChoice("", "没有写"), *named]

    @property
    def step_fields(self) -> list[SelectField]:
        """The fields of the steps in order."""
        return [self._fields[name] for name in STEP_FIELDS]

    def draft(self) -> RuleDraft:
        """What was filled in. Raises InvalidInputError with the field."""
        return RuleDraft(
            code=self.code.data,
            category=self.category.data,
            name=self.name.data,
            name_en=self.name_en.data,
            points=parse_points(self.points.data, what=LABELS["points"], field="points"),
            points_to=self._points("points_to"),
            unit=self.unit.data,
            quantity_max=self._quantity_max(),
            cap_points=self._points("cap_points"),
            cap_span=Span(self.cap_span.data) if self.cap_span.data else None,
            cap_scope=CapScope(self.cap_scope.data) if self.cap_scope.data else None,
            times_max=self._times_max(),
            times_span=Span(self.times_span.data) if self.times_span.data else None,
            times_scope=CapScope(self.times_scope.data) if self.times_scope.data else None,
            track=Track(self.track.data),
            effect=Effect(self.effect.data),
            evidence_kind=EvidenceKind(self.evidence_kind.data),
            evidence=self.evidence.data,
            keep_evidence=self.keep_evidence.data,
            steps=self._steps(),
            volunteer_hours=self.volunteer_hours.data,
            level_group=self.level_group.data,
            excludes_paid_duty=self.excludes_paid_duty.data,
            reminds_first=self.reminds_first.data,
            clause_code=self.clause_code.data,
        )

    def _points(self, name: str) -> int | None:
        text = self._fields[name].data
        return parse_points(text, what=LABELS[name], field=name) if text else None

    def _quantity_max(self) -> int | None:
        text, what = self.quantity_max.data, LABELS["quantity_max"]
        return parse_hundredths(text, what=what, units_max=QUANTITY_UNITS_MAX, field="quantity_max") if text else None

    def _times_max(self) -> int | None:
        text, what = self.times_max.data, LABELS["times_max"]
        return parse_whole(text, what=what, most=TIMES_MAX, field="times_max") if text else None

    def _steps(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        for field in self.step_fields:
            step = Step(field.data) if field.data else None
            if step in steps:
                raise InvalidInputError("同一步只能有一次，请换一个或空着。", field=field.name)
            if step is not None:
                steps.append(step)
        return tuple(steps)
