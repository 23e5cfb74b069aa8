"""The columns of a sheet of rules: how each detail is read and written."""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pointsbank.covenant.models import (
    CAP_SCOPE_NAMES,
    EFFECT_NAMES,
    EVIDENCE_KIND_NAMES,
    STEP_NAMES,
    TRACK_NAMES,
    EvidenceKind,
    Step,
)
from pointsbank.covenant.rule_drafts import (
    LABELS,
    QUANTITY_UNITS_MAX,
    TIMES_MAX,
    RuleDraft,
    clean_clause_code,
    clean_code,
    cleaned,
    evidence_kind_of,
)
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.periods import SPAN_NAMES
from pointsbank.foundation.points import format_points, parse_hundredths, parse_points
from pointsbank.foundation.spreadsheets import Column, SheetRow
from pointsbank.foundation.texts import parse_whole

_YES_NO = {True: "是", False: "否"}
_YES_NO_READ = {"是": True, "留存": True, "√": True, "yes": True, "否": False, "不留存": False, "×": False, "no": False}
_STEP_OF = {name: step for step, name in STEP_NAMES.items()}
_NO_EVIDENCE = ("无", "不需要")  # other words for 不用


@dataclass(frozen=True, slots=True)
class Part:
    """A column with the detail it holds, and how to read and write it."""

    detail: str
    parse: Callable[[str], Any]
    write: Callable[[Any], str | Decimal | int | None]
    aliases: tuple[str, ...] = ()
    required: bool = False
    width: int = 12

    @property
    def column(self) -> Column:
        """The column as the spreadsheet has it."""
        return Column(LABELS[self.detail], self.aliases, self.required, self.width)


def _word(detail: str, words: dict[Any, str], *, none: str = "") -> Callable[[str], Any]:
    """Reads one of the Chinese words, or the value as the program calls it. none: a word that stands for nothing."""
    values: dict[str, Any] = {word: value for value, word in words.items()}
    values |= {value.value: value for value in words if isinstance(value, StrEnum)}
    if none:
        values[none] = None

    def parse(text: str) -> Any:
        if text not in values:
            raise InvalidInputError(f"{LABELS[detail]}要填{'、'.join(words.values())}中的一个。")
        return values[text]

    return parse


def _yes_no(detail: str) -> Callable[[str], bool]:
    def parse(text: str) -> bool:
        if text not in _YES_NO_READ:
            raise InvalidInputError(f"{LABELS[detail]}要填是或者否。")
        return _YES_NO_READ[text]

    return parse


def _written_word(words: dict[Any, str]) -> Callable[[Any], str]:
    return lambda value: "" if value is None else words[value]


def _steps(text: str) -> tuple[Step, ...]:
    for separator in "＋、，,→":
        text = text.replace(separator, "+")
    names = [name.strip() for name in text.split("+") if name.strip()]
    known = {**_STEP_OF, **{step.value: step for step in Step}}
    wrong = [name for name in names if name not in known]
    if wrong:
        raise InvalidInputError(f"程序里的“{wrong[0][:10]}”不认识，可填{'、'.join(_STEP_OF)}，用+连起来。")
    return tuple(known[name] for name in names)


def _points(detail: str) -> Callable[[str], int]:
    return lambda text: parse_points(text, what=LABELS[detail], field=detail)


def _decimal(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(format_points(units))


_SPANS: dict[Any, str] = dict(SPAN_NAMES)
_SCOPES: dict[Any, str] = dict(CAP_SCOPE_NAMES)
_TRACKS: dict[Any, str] = dict(TRACK_NAMES)
_EFFECTS: dict[Any, str] = dict(EFFECT_NAMES)
_EVIDENCES: dict[Any, str] = dict(EVIDENCE_KIND_NAMES)
_read_evidence_kind = _word("evidence_kind", _EVIDENCES)


def _evidence_kind(text: str) -> EvidenceKind:
    kind: EvidenceKind = EvidenceKind.NONE if text in _NO_EVIDENCE else _read_evidence_kind(text)
    return kind


def _quantity(text: str) -> int:
    return parse_hundredths(text, what=LABELS["quantity_max"], units_max=QUANTITY_UNITS_MAX, field="quantity_max")


def _times(text: str) -> int:
    return parse_whole(text, what=LABELS["times_max"], most=TIMES_MAX, field="times_max")


PARTS = (
    Part("code", clean_code, str, ("细则编号", "code"), required=True),
    Part("category", str, str, ("分类", "category"), required=True, width=18),
    Part("name", str, str, ("积分项目", "细则", "name_zh"), required=True, width=40),
    Part("name_en", str, str, ("name_en",), width=30),
    Part("points", _points("points"), _decimal, ("积分", "points"), required=True, width=8),
    Part("points_to", _points("points_to"), _decimal, ("points_to",), width=8),
    Part("unit", str, str, ("计分单位", "unit"), required=True, width=8),
    Part("quantity_max", _quantity, _decimal, ("每次数量上限", "quantity_max")),
    Part("cap_points", _points("cap_points"), _decimal, ("上限", "cap_points")),
    Part("cap_span", _word("cap_span", _SPANS, none="none"), _written_word(_SPANS), ("cap_period",)),
    Part("cap_scope", _word("cap_scope", _SCOPES), _written_word(_SCOPES), ("cap_scope",)),
    Part("times_max", _times, lambda times: times, ("限次数", "次数上限", "times_max"), width=8),
    Part("times_span", _word("times_span", _SPANS), _written_word(_SPANS), ("times_span",)),
    Part("times_scope", _word("times_scope", _SCOPES), _written_word(_SCOPES), ("times_scope",)),
    Part("track", _word("track", _TRACKS), _written_word(_TRACKS), ("track",)),
    Part("effect", _word("effect", _EFFECTS), _written_word(_EFFECTS), ("effect",)),
    Part("evidence_kind", _evidence_kind, _written_word(_EVIDENCES), ("evidence_kind",)),
    Part("evidence", str, str, ("evidence",), width=30),
    Part("keep_evidence", _yes_no("keep_evidence"), _written_word(_YES_NO), ("keep_evidence",)),
    Part("steps", _steps, lambda steps: "+".join(STEP_NAMES[step] for step in steps), ("steps",), width=16),
    Part("volunteer_hours", _yes_no("volunteer_hours"), _written_word(_YES_NO), ("volunteer_hours",)),
    Part("level_group", str, str, ("就高不重复", "level_group")),
    Part("excludes_paid_duty", _yes_no("excludes_paid_duty"), _written_word(_YES_NO), ("excludes_paid_duty",)),
    Part("reminds_first", _yes_no("reminds_first"), _written_word(_YES_NO), ("整改提醒", "reminds_first")),
    Part("handed_down_by", str, str, ("handed_down_by",)),
    Part("clause_code", clean_clause_code, str, ("条款", "依据", "clause_code")),
)
RULE_COLUMNS = tuple(part.column for part in PARTS)
_BLANK = {item.name: item.default for item in fields(RuleDraft) if item.default is not MISSING}


def code_of(row: SheetRow) -> str:
    """The code of a row. Raises InvalidInputError."""
    code: str = _detail(PARTS[0], row)
    return code


def draft_of_row(row: SheetRow, known: RuleDraft | None) -> RuleDraft:
    """A row as a rule. known: the rule as it stands, if any: a column that the sheet lacks leaves its detail.

    A blank cell gives the detail's default, but a blank 下发单位 leaves where a rule came from, and a blank 佐证方式
    follows from the words of 佐证材料. Raises PointsBankError with the detail as its field.
    """
    said = {part.detail: _detail(part, row) for part in PARTS if row.has(LABELS[part.detail])}
    if not row.text(LABELS["handed_down_by"]):
        said.pop("handed_down_by", None)
    if not row.text(LABELS["evidence_kind"]):
        said.pop("evidence_kind", None)
        words = said.get("evidence", known.evidence if known else "")
        blank = row.has(LABELS["evidence_kind"])
        if blank or known is None or words != known.evidence:
            said["evidence_kind"] = evidence_kind_of(words)
    return cleaned(replace(known, **said) if known else RuleDraft(**said))


def _detail(part: Part, row: SheetRow) -> Any:
    text = row.text(LABELS[part.detail])
    if not text and part.required:
        raise InvalidInputError(f"{LABELS[part.detail]}不能空着。", field=part.detail)
    try:
        return part.parse(text) if text else _BLANK[part.detail]
    except InvalidInputError as wrong:
        raise InvalidInputError(wrong.message, field=part.detail) from wrong
