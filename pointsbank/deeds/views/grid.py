"""A group's paper sheet typed in as a grid: choose it, fill it in, look at what it gives, book it all at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant.models import Track
from pointsbank.deeds import queries, services
from pointsbank.deeds.errors import DeedRefusedError
from pointsbank.deeds.forms.grid import PERSON, QUANTITY, Cell, Sheet, SheetForm, SheetRow
from pointsbank.deeds.forms.recording import rule_worth
from pointsbank.deeds.models import ClaimOrigin, ClaimState
from pointsbank.deeds.policies import Assessment
from pointsbank.deeds.services.duplicates import alike_drafts, alike_words
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_points
from pointsbank.ledger.errors import SameKeyOtherContentError
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(NavigationItem("deeds.grid", "整组录入", "grid-3x3", Permission.RECORD_DEEDS, NavigationGroup.MONTH, 15))

RULES_KEPT = "deeds_grid_rules"  # in the session: the columns of the last sheet are those of the next
WEEKDAYS = "一二三四五六日"

Write = Callable[..., dict[str, Any]]  # services.record_many or keep_many


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A deed of the sheet with what it will give. again: one just like it is there already; alike: one like it is."""

    row: SheetRow
    cell: Cell
    assessment: Assessment
    again: bool
    alike: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """All deeds of a sheet with what they will give, in units."""

    lines: list[PreviewLine]

    def points(self, track: Track) -> int:
        """What the sheet gives on a track after caps."""
        return sum(line.assessment.points for line in self.lines if line.cell.rule.track is track)

    @property
    def cut(self) -> int:
        """How many deeds a cap cuts."""
        return sum(bool(line.assessment.cap_reason) for line in self.lines)

    @property
    def again(self) -> int:
        """How many deeds look like one that is recorded already."""
        return sum(line.again or bool(line.alike) for line in self.lines)

    @property
    def waiting(self) -> int:
        """How many deeds have steps to go before they are booked."""
        return sum(bool(line.cell.rule.steps) for line in self.lines)


@blueprint.route("/grid", methods=["GET", "POST"])
@requires(Permission.RECORD_DEEDS)
def grid(village: Place) -> ResponseReturnValue:
    """Choose group, day and rules, and with all three the empty sheet; then what was typed on it."""
    return _choose(village) if request.method == "GET" else _take(village)


def _choose(village: Place) -> ResponseReturnValue:
    form = SheetForm(village, request.args, meta={"csrf": False})
    if not form.groups:
        return render_template("deeds/grid_choose.html", form=form, choice=None), 200
    form.group.data = str(form.group_meant.number)
    if not form.validate() or "open" not in request.args:
        return _choose_page(village, form)
    sheet = form.sheet()
    if form.status == 200 and not sheet.rows:
        form.refuse(DeedRefusedError(f"{sheet.group.name}还没有住户。请先到“住户”登记，或换一个组。", field="group"))
    if form.status == 200 and not sheet.rules:
        told = "还没有选细则。请在这里勾上纸表上的那几条，再点“打开这张表”。"
        form.refuse(DeedRefusedError(told, field="rule"))
    if form.status != 200:
        return _choose_page(village, form)
    form.key.data = new_key()
    return _sheet_page(form, sheet), 200


def _take(village: Place) -> ResponseReturnValue:
    """The sheet as typed: looked at (act=preview), booked (book), kept (keep), else shown again to go on."""
    form = SheetForm(village)
    valid = form.validate()
    sheet = form.sheet()  # after validate, which forgets what was refused before it
    if not valid:
        return _sheet_page(form, sheet), 422
    wanted = request.form.get("act", "preview")
    if not form.key.data:  # what comes without one is only looked at: nothing could tell a second time from the first
        form.key.data, wanted = new_key(), "preview"
    acts: dict[str, Callable[[Place, SheetForm, Sheet], ResponseReturnValue]] = {
        "preview": _preview,
        "book": partial(_write, services.record_many),
        "keep": partial(_write, services.keep_many),
    }
    act = acts.get(wanted, _go_on)
    return act(village, form, sheet)


def _go_on(_village: Place, form: SheetForm, sheet: Sheet) -> ResponseReturnValue:
    """The sheet again with all that was typed."""
    return _sheet_page(form, sheet), form.status


def _preview(village: Place, form: SheetForm, sheet: Sheet) -> ResponseReturnValue:
    preview = _assessed(village, form, sheet)
    return (_sheet_page(form, sheet), form.status) if preview is None else (_preview_page(form, sheet, preview), 200)


def _assessed(village: Place, form: SheetForm, sheet: Sheet) -> Preview | None:
    """What the sheet gives; None when something cannot be taken: its cell says why, the form's status says how."""
    drafts = sheet.drafts()
    if not drafts and not sheet.has_errors:
        form.refuse(DeedRefusedError("表上还没有填数量。请至少填一格，再看分数。"))
    if sheet.has_errors:
        form.refuse(DeedRefusedError("有的格子不对，已经标出来了。改好以后再看分数，别的都还在。"))
    if form.status != 200:
        return None
    outcomes = services.preview_many(village, drafts)
    booked = queries.live_deeds(village.id, {draft.household_id for draft in drafts}, sheet.day, sheet.day)
    rules = [cell.rule for _, cell in sheet.filled()]
    like = alike_drafts(village.id, list(zip(drafts, rules, strict=True)))
    lines = []
    for at, ((row, cell), draft, outcome) in enumerate(zip(sheet.filled(), drafts, outcomes, strict=True)):
        if isinstance(outcome, PointsBankError):
            _refuse(form, cell, outcome)
            continue
        alike = (draft.household_id, draft.resident_id, draft.rule_code, draft.occurred_on, draft.quantity)
        again = alike in booked
        lines.append(PreviewLine(row, cell, outcome, again, "" if again else alike_words(like.get(at, []))))
    return Preview(lines) if form.status == 200 else None


def _refuse(form: SheetForm, cell: Cell, refusal: PointsBankError) -> None:
    """What the service refused, at its cell; what is wrong with the day stands at the day."""
    if refusal.field in ("occurred_on", "late_reason"):
        form.refuse(refusal)
    else:
        cell.error = refusal.message
        form.status = refusal.status if form.status == 200 else form.status


def _write(write: Write, village: Place, form: SheetForm, sheet: Sheet) -> ResponseReturnValue:
    """Record the sheet or keep it as drafts, all of it or nothing, once per key."""
    if sheet.has_errors or form.status != 200:
        return _preview(village, form, sheet)
    try:
        recorded = write(
            village,
            sheet.drafts(),
            current_actor(),
            form.key.data,
            ClaimOrigin.GRID,
            claimed_by=form.claimed_by.key,
        )
    except SameKeyOtherContentError as error:
        form.key.data = new_key()
        told = "这张表刚才已经记过，内容又改了。请看下面标着“已记过”的，只留要另记的，再记。"
        return _look_again(village, form, sheet, error.status, told)
    except PointsBankError as error:
        return _look_again(village, form, sheet, error.status, error.message)
    return _booked(form, sheet, recorded["claims"])


def _look_again(village: Place, form: SheetForm, sheet: Sheet, status: int, told: str) -> ResponseReturnValue:
    """The sheet was not booked: what it would give now, or which cells are refused."""
    preview = _assessed(village, form, sheet)
    form.form_errors.append(told)
    return (_sheet_page(form, sheet) if preview is None else _preview_page(form, sheet, preview)), status


def recorded_words(claims: Sequence[dict[str, Any]]) -> str:
    """What became of deeds that were just recorded: 已入账：2 件，已申报：3 件（评议、公示以后入账）."""
    booked, kept = (sum(claim["state"] == state for claim in claims) for state in (ClaimState.BOOKED, ClaimState.DRAFT))
    parts = [f"已入账：{booked} 件"] if booked or not claims else []
    if kept:
        parts.append(f"存成草稿：{kept} 件，还没交")
    if booked + kept < len(claims):
        parts.append(f"已申报：{len(claims) - booked - kept} 件（评议、公示以后入账）")
    return "，".join(parts)


def _booked(form: SheetForm, sheet: Sheet, claims: list[dict[str, Any]]) -> ResponseReturnValue:
    """Say what was booked, and go on with the next sheet of the same kind."""
    total, cut = sum(claim["points"] for claim in claims), sum(bool(claim["cap_reason"]) for claim in claims)
    told = f"{sheet.group.name}的表{recorded_words(claims)}，合计 {format_points(total)} 分"
    told += f"，其中 {cut} 件到了封顶。" if cut else "。"
    numbers = [group.number for group in form.groups]
    following = numbers[numbers.index(sheet.group.number) + 1 :]
    codes = [rule.code for rule in sheet.rules]
    if sheet.part < sheet.parts:
        group, part, told = sheet.group.number, sheet.part + 1, f"{told}接着是这个组的下一页。"
    elif following:
        group, part, told = following[0], None, f"{told}接着是下一个组。"
    else:
        tell(f"{told}最后一个组录完了。", undo_url=url_for("deeds.claims"))
        return redirect(url_for("deeds.grid", group=sheet.group.number, occurred_on=sheet.day), 303)
    tell(told, undo_url=url_for("deeds.claims"))
    kept = {name: form[name].data or None for name in ("event_name", "late_reason")}
    address = url_for("deeds.grid", group=group, occurred_on=sheet.day, rule=codes, part=part, open=1, **kept)
    return redirect(address, 303)


# --- the three pages ---


def _choose_page(village: Place, form: SheetForm) -> ResponseReturnValue:
    """Group, day and rules to choose; the columns of the last sheet, else what the group used most, are ticked."""
    day = form.read_day()
    codes = form.rule.data or ([] if request.args else session.get(RULES_KEPT, []))
    choice = form.choice(day, form.read_rules(day, codes))
    if not request.args and not choice.chosen:
        choice.chosen, choice.suggested = choice.suggested, []
    return render_template("deeds/grid_choose.html", form=form, choice=choice, rule_worth=rule_worth), form.status


def _sheet_page(form: SheetForm, sheet: Sheet) -> str:
    session[RULES_KEPT] = [rule.code for rule in sheet.rules]
    return render_template(
        "deeds/grid.html",
        form=form,
        sheet=sheet,
        choice=form.choice(sheet.day, sheet.rules),
        rule_worth=rule_worth,
        weekday=WEEKDAYS[sheet.day.weekday()],
        late=(clock.today() - sheet.day).days > places.settings_now(form.village.id).late_claim_days,
        QUANTITY=QUANTITY,
        PERSON=PERSON,
    )


def _preview_page(form: SheetForm, sheet: Sheet, preview: Preview) -> str:
    return render_template(
        "deeds/grid_preview.html",
        form=form,
        sheet=sheet,
        preview=preview,
        weekday=WEEKDAYS[sheet.day.weekday()],
        QUANTITY=QUANTITY,
        PERSON=PERSON,
        Track=Track,
    )
