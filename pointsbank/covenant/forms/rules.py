"""What people fill in about the rules: one rule, from when and why it is changed, a file, which rules are listed."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Self

from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectChoice, SelectField, SubmitField
from wtforms.validators import InputRequired, Length

from pointsbank.covenant.errors import RuleBookChangedError
from pointsbank.covenant.models import (
    CAP_SCOPE_NAMES,
    EFFECT_NAMES,
    STEP_NAMES,
    TRACK_NAMES,
    CapScope,
    Clause,
    Effect,
    Step,
    Track,
)
from pointsbank.covenant.queries import SEARCH_LENGTH_MAX, VERSION_MAX
from pointsbank.covenant.services import LABELS, NAME_LENGTH_MAX, REASON_LENGTH_MAX, RuleDraft
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import SPAN_NAMES, Span
from pointsbank.foundation.points import format_points, parse_points
from pointsbank.foundation.texts import parse_whole
from pointsbank.ledger.services import KEY_LENGTH_MAX
from pointsbank.web.forms import Form, LineField, SheetFileForm

STEP_FIELDS = ("step_1", "step_2", "step_3", "step_4", "step_5")  # as many as there are steps
CLAUSE_SHOWN_MAX = 24  # of its text in a list to choose from
EXPIRED = "页面已经过期，请刷新后重新提交。"
HOLDS_FROM = "改动从生效日起算；那天以前的事，还按原来的细则。已经记的分不会重算。"
FIRST_HOLDS_FROM = (
    "第一版默认从年初起生效，这样补记以前的事也有细则可依。记事情按发生那天的细则，生效日以前的事不能记分。"
)

_NUMBER = Length(max=20, message="数字太长了。")
_NONE_CHOSEN = SelectChoice("", "不封顶")


def _choices(names: dict[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(value.value, name) for value, name in names.items()]


def _at_most(length: int) -> Length:
    return Length(max=length, message=f"太长了，最多 {length} 个字。")


def _short(text: str) -> str:
    return text if len(text) <= CLAUSE_SHOWN_MAX else f"{text[:CLAUSE_SHOWN_MAX]}……"


def _step(number: int) -> SelectField:
    return SelectField(f"第 {number} 步", choices=[SelectChoice("", "没有"), *_choices(dict(STEP_NAMES))], default="")


class FilterForm(Form):
    """Which rules are listed."""

    class Meta:
        csrf = False  # a question by GET

    words = LineField("编号、内容或拼音首字母", [_at_most(SEARCH_LENGTH_MAX)])
    category = SelectField("类别", choices=[], default="")

    def offer(self, categories: Sequence[str]) -> None:
        """The categories to choose from."""
        self.category.choices = [SelectChoice("", "全部类别"), *(SelectChoice(name, name) for name in categories)]


class ChangeForm(Form):
    """From when on a change holds and why; the version that the person saw."""

    effective_on = DateField("生效日期", [InputRequired("请填生效日期，例如 2026-01-01。")], description=HOLDS_FROM)
    reason = LineField(
        "修改说明",
        [InputRequired("请写明为什么改，以后查得到。"), _at_most(REASON_LENGTH_MAX)],
        description="例如：3 月 12 日村民代表会议通过。",
    )
    seen_version = HiddenField(validators=[InputRequired(EXPIRED), _NUMBER])
    key = HiddenField(validators=[InputRequired(EXPIRED), Length(max=KEY_LENGTH_MAX, message=EXPIRED)])

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.told_of_change = False
        if self.seen_version.data == "0":
            self.effective_on.description = FIRST_HOLDS_FROM

    def refuse(self, error: PointsBankError) -> int:
        """As all forms do; and remember that the person has been told of a newer version."""
        self.told_of_change = isinstance(error, RuleBookChangedError)
        return super().refuse(error)

    def has_seen(self, version: int) -> None:
        """Whoever was told of a newer version and is shown it may save over it; nobody else."""
        if self.told_of_change:
            self.seen_version.data = str(version)

    @classmethod
    def opening(cls, effective_on: date, seen_version: int, **details: Any) -> Self:
        """The form as it stands before anything is filled in, with a key of its own."""
        shown = {**details, "effective_on": effective_on, "seen_version": str(seen_version), "key": new_key()}
        return cls(formdata=None, data=shown)

    @property
    def seen(self) -> int:
        """The version that the person saw. Raises InvalidInputError."""
        return parse_whole(self.seen_version.data, what="版本", most=VERSION_MAX)


class RuleForm(ChangeForm):
    """One rule with all its columns. Step fields stand in order; an empty one is left out."""

    code = LineField(
        LABELS["code"], [InputRequired("请填写编号。"), _at_most(20)], description="字母加数字，例如 HS06。"
    )
    category = LineField(LABELS["category"], [InputRequired("请填写类别。"), _at_most(40)])
    name = LineField(LABELS["name"], [InputRequired("请填写内容。"), _at_most(NAME_LENGTH_MAX)])
    name_en = LineField(LABELS["name_en"], [_at_most(160)])
    points = LineField(
        LABELS["points"], [InputRequired("请填写分值。"), _NUMBER], description="每一单位几分；扣分写负数，例如 -2。"
    )
    unit = LineField(LABELS["unit"], [InputRequired("请填写单位。"), _at_most(20)], description="次、小时、人、月……")
    cap_points = LineField(LABELS["cap_points"], [_NUMBER], description="不封顶就空着；扣分条款写负数。")
    cap_span = SelectField(LABELS["cap_span"], choices=[_NONE_CHOSEN, *_choices(dict(SPAN_NAMES))])
    cap_scope = SelectField(LABELS["cap_scope"], choices=[_NONE_CHOSEN, *_choices(dict(CAP_SCOPE_NAMES))])
    track = RadioField(
        LABELS["track"], [InputRequired("请选一项。")], choices=_choices(dict(TRACK_NAMES)), default=Track.POINTS.value
    )
    effect = SelectField(LABELS["effect"], choices=_choices(dict(EFFECT_NAMES)), default=Effect.NONE.value)
    step_1, step_2, step_3, step_4, step_5 = _step(1), _step(2), _step(3), _step(4), _step(5)
    evidence = LineField(LABELS["evidence"], [_at_most(80)])
    keep_evidence = BooleanField("材料留存（不勾就是查验不留存）", default=True)
    volunteer_hours = BooleanField("计志愿时长")
    clause_code = SelectField(LABELS["clause_code"], choices=[], default="")
    submit = SubmitField("保存为新的一版")

    @classmethod
    def showing(cls, draft: RuleDraft, effective_on: date, seen_version: int) -> Self:
        """The form filled in with a rule as it stands."""
        steps = {name: step.value for name, step in zip(STEP_FIELDS, draft.steps, strict=False)}
        return cls.opening(
            effective_on,
            seen_version,
            code=draft.code,
            category=draft.category,
            name=draft.name,
            name_en=draft.name_en,
            points=format_points(draft.points),
            unit=draft.unit,
            cap_points="" if draft.cap_points is None else format_points(draft.cap_points),
            cap_span=draft.cap_span.value if draft.cap_span else "",
            cap_scope=draft.cap_scope.value if draft.cap_scope else "",
            track=draft.track.value,
            effect=draft.effect.value,
            evidence=draft.evidence,
            keep_evidence=draft.keep_evidence,
            volunteer_hours=draft.volunteer_hours,
            clause_code=draft.clause_code,
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
        cap = self.cap_points.data
        return RuleDraft(
            code=self.code.data,
            category=self.category.data,
            name=self.name.data,
            name_en=self.name_en.data,
            points=parse_points(self.points.data, what=LABELS["points"], field="points"),
            unit=self.unit.data,
            cap_points=parse_points(cap, what=LABELS["cap_points"], field="cap_points") if cap else None,
            cap_span=Span(self.cap_span.data) if self.cap_span.data else None,
            cap_scope=CapScope(self.cap_scope.data) if self.cap_scope.data else None,
            track=Track(self.track.data),
            effect=Effect(self.effect.data),
            evidence=self.evidence.data,
            keep_evidence=self.keep_evidence.data,
            steps=self._steps(),
            volunteer_hours=self.volunteer_hours.data,
            clause_code=self.clause_code.data,
        )

    def _steps(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        for field in self.step_fields:
            step = Step(field.data) if field.data else None
            if step in steps:
                raise InvalidInputError("同一步只能有一次，请换一个或空着。", field=field.name)
            if step is not None:
                steps.append(step)
        return tuple(steps)


class DropForm(ChangeForm):
    """A rule that is to go."""

    submit = SubmitField("删去这一条")


class RestoreForm(ChangeForm):
    """An earlier version that is to hold again."""

    submit = SubmitField("恢复这一版")


class StandardForm(ChangeForm):
    """The program's own rules as the village's first version."""

    submit = SubmitField("用通用细则")


class FileForm(SheetFileForm):
    """An .xlsx of rules to be looked at first; 500 rules have 60 kB."""

    what = "细则表"

    file = FileField("细则表（.xlsx）")
    submit = SubmitField("先看看会改什么")


class AdoptForm(ChangeForm, SheetFileForm):
    """The file that was looked at, from when on it holds and why."""

    what = "细则表"

    file = None
    submit = SubmitField("全部采用")
