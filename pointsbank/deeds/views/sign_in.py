"""A sign-in sheet typed in: who was there gets one deed each, all in one act."""

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.deeds import services
from pointsbank.deeds.errors import DeedRefusedError
from pointsbank.deeds.forms.sign_in import Present, SignInForm
from pointsbank.deeds.models import ClaimOrigin
from pointsbank.deeds.policies import Assessment
from pointsbank.deeds.queries.checkers import lacking_words
from pointsbank.deeds.services.duplicates import alike_drafts, alike_words
from pointsbank.deeds.views.desk import blueprint
from pointsbank.deeds.views.grid import recorded_words
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.points import format_points
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(
    NavigationItem("deeds.sign_in_sheet", "签到表录入", "people", Permission.RECORD_DEEDS, NavigationGroup.MONTH, 16)
)


@dataclass(frozen=True, slots=True)
class SignInLine:
    """Somebody of the sheet with what it gives them. alike: the warning beside one that looks recorded already."""

    present: Present
    assessment: Assessment
    alike: str


@blueprint.route("/sign-in", methods=["GET", "POST"])
@requires(Permission.RECORD_DEEDS)
def sign_in_sheet(village: Place) -> ResponseReturnValue:
    """The sheet as it is filled in: names added (add), another group to tick (group), looked at, recorded (book)."""
    if request.method == "GET":
        form = SignInForm(village, formdata=None, key=new_key())
        return _sheet_page(form, []), 200
    form = SignInForm(village)
    valid = form.validate()
    try:
        present = form.ticked()
    except PointsBankError as error:
        form.who.data = []
        form.refuse(error)
        return _sheet_page(form, []), form.status
    added = form.typed()
    present = list({one.value: one for one in [*present, *added]}.values())
    if not valid:
        return _sheet_page(form, present), 422
    if request.form.get("act") in ("preview", "book") and form.status == 200:
        return _take(village, form, present)
    return _sheet_page(form, present), form.status


def _take(village: Place, form: SignInForm, present: list[Present]) -> ResponseReturnValue:
    """Look at the sheet, or record it once per key: all of it or nothing."""
    quantity = form.check()
    if not present:
        form.refuse(DeedRefusedError("还没有人签到。请先勾，或者一个一个写。", field="names"))
    if form.status != 200:
        return _sheet_page(form, present), form.status
    drafts = form.drafts(quantity, present)
    if request.form.get("act") == "book":
        try:
            done = services.record_many(
                village,
                drafts,
                current_actor(),
                form.key.data or "",
                ClaimOrigin.SIGN_IN_SHEET,
                claimed_by=form.claimed_by.key,
            )
        except PointsBankError as error:
            form.refuse(error)
            return _sheet_page(form, present), form.status
        total = sum(claim["points"] for claim in done["claims"])
        told = f"“{form.event_name.data}”的签到表{recorded_words(done['claims'])}，合计 {format_points(total)} 分。"
        tell(told, undo_url=url_for("deeds.claims"))
        return redirect(url_for("deeds.sign_in_sheet"), 303)
    return _preview(village, form, present)


def _preview(village: Place, form: SignInForm, present: list[Present]) -> ResponseReturnValue:
    drafts, rule = form.drafts(form.check(), present), form.rule_meant
    outcomes = services.preview_many(village, drafts)
    for one, outcome in zip(present, outcomes, strict=True):
        if isinstance(outcome, PointsBankError):
            form.refuse(DeedRefusedError(f"{one.meant.label}：{outcome.message}", field=outcome.field))
            if outcome.field != "who":
                break  # of the sheet as a whole: once is enough
    if form.status != 200 or rule is None:
        return _sheet_page(form, present), form.status
    alike = alike_drafts(village.id, [(draft, rule) for draft in drafts])
    lines = [
        SignInLine(one, outcome, alike_words(alike.get(at, [])))
        for at, (one, outcome) in enumerate(zip(present, outcomes, strict=True))
        if isinstance(outcome, Assessment)
    ]
    return render_template("deeds/sign_in_preview.html", form=form, rule=rule, lines=lines), 200


def _sheet_page(form: SignInForm, present: list[Present]) -> str:
    chosen = {one.value for one in present}
    late = (clock.today() - form.day).days > places.settings_now(form.village.id).late_claim_days
    return render_template(
        "deeds/sign_in.html",
        form=form,
        present=present,
        candidates=[one for one in form.candidates() if one.value not in chosen],
        group=form.group_meant,
        rule=form.rule_meant,
        late=late,
        unchecked=lacking_words(form.village.id, form.groups, form.rules.values(), current_actor())
        if not form.is_submitted()
        else "",
    )
