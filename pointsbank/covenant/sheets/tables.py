"""A rule table of a town, county or city as a spreadsheet: rules with the bounds of their points."""

from collections.abc import Sequence
from dataclasses import replace

from pointsbank.covenant.rule_drafts import LABELS, BoundRule
from pointsbank.covenant.services import RULES_MAX
from pointsbank.covenant.sheets.columns import RULE_COLUMNS, draft_of_row
from pointsbank.foundation.errors import InvalidInputError, PointsBankError, TooLargeError
from pointsbank.foundation.points import parse_points
from pointsbank.foundation.spreadsheets import FILE_FIELD, Column, RefusedRow, SheetRow, read_sheet

LOW, HIGH = "最低分", "最高分"
BOUND_COLUMNS = (Column(LOW, ("points_low",)), Column(HIGH, ("points_high",)))
TABLE_COLUMNS = (*RULE_COLUMNS, *BOUND_COLUMNS)


def read_table(content: bytes) -> tuple[list[BoundRule], list[RefusedRow]]:
    """The rules of a file with their bounds, and the rows that cannot be taken; without bounds points are fixed.

    Where a rule comes from and its clause are the village's to say and are left out. Raises what read_sheet raises.
    """
    rows = read_sheet(content, TABLE_COLUMNS)
    if len(rows) > RULES_MAX:
        raise TooLargeError(f"细则最多 {RULES_MAX} 条，请合并一些。", field=FILE_FIELD)
    rules: list[BoundRule] = []
    refused: list[RefusedRow] = []
    row_of_code: dict[str, int] = {}
    for row in rows:
        try:
            bound = _bound_rule(row)
            first = row_of_code.setdefault(bound.rule.code, row.number)
            if first != row.number:
                raise InvalidInputError(f"编号 {bound.rule.code} 在第 {first} 行已经有了，请删去一行。", field="code")
        except PointsBankError as wrong:
            column = LABELS.get(wrong.field or "", wrong.field or "")
            refused.append(RefusedRow(row.number, column, wrong.message))
            continue
        rules.append(bound)
    return rules, refused


def _bound_rule(row: SheetRow) -> BoundRule:
    rule = replace(draft_of_row(row, None), handed_down_by="", clause_code="")
    ends = [rule.points, rule.points if rule.points_to is None else rule.points_to]
    said = [_bound(row, column, end) for column, end in zip((LOW, HIGH), sorted(ends), strict=True)]
    if rule.points < 0:
        said.sort()  # of deductions people write either end first
    bound = BoundRule(rule, said[0], said[1], _says(row))
    _check(bound, ends)
    return bound


def _says(row: SheetRow) -> tuple[str, ...]:
    """The details that the sheet has a column for; the kind of evidence follows from its words too."""
    has = {detail for detail, name in LABELS.items() if row.has(name)}
    return tuple(detail for detail in LABELS if detail in has or (detail == "evidence_kind" and "evidence" in has))


def _bound(row: SheetRow, column: str, missing: int) -> int:
    text = row.text(column)
    return parse_points(text, what=column, field=column) if text else missing


def _check(bound: BoundRule, ends: Sequence[int]) -> None:
    if not all(bound.holds(end) for end in ends):
        raise InvalidInputError(f"分值要在{LOW}和{HIGH}之间，{LOW}不能比{HIGH}多，请核对。", field=LOW)
    if bound.low * bound.high < 0 or (0 in (bound.low, bound.high) and bound.low != bound.high):
        raise InvalidInputError(f"{LOW}和{HIGH}要一样是加分，或者一样是扣分，不能到 0。", field=LOW)
