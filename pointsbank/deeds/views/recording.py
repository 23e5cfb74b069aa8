"""Recording one deed after another with the keyboard alone.

The page works without script. With it the same form is sent in the background, so that no key is lost between one deed
and the next; both ways carry a key of their own, under which a line is recorded once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Rule
from pointsbank.deeds import queries, services
from pointsbank.deeds.forms import recording as forms
from pointsbank.deeds.forms.claimant import groups_to_record
from pointsbank.deeds.forms.recording import Meant, RecordForm
from pointsbank.deeds.models import Claim, ClaimOrigin, ClaimState
from pointsbank.deeds.policies import Limit
from pointsbank.deeds.policies.standing import state_words
from pointsbank.deeds.queries.checkers import lacking_words
from pointsbank.deeds.queries.pending import counts_to_mend
from pointsbank.deeds.services import DeedDraft
from pointsbank.deeds.services.duplicates import alike_drafts, alike_words
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span, span_of
from pointsbank.foundation.points import format_points
from pointsbank.ledger import queries as ledger
from pointsbank.people import queries as people
from pointsbank.people.models import Household
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.web.errors import wants_json
from pointsbank.web.forms import clean_text
from pointsbank.web.messages import tell
from pointsbank.web.navigation import NavigationGroup, NavigationItem, register

register(
    NavigationItem(
        "deeds.record",
        "记分",
        "pencil-square",
        Permission.RECORD_DEEDS,
        NavigationGroup.MONTH,
        10,
        pages=("deeds.drafts",),
    )
)

KEEP = "keep"  # the button that keeps the line as a draft
LINES_SHOWN = 30  # of today; all of them stand in the list of claims
RULES_REMEMBERED = 6  # offered before anything is typed: what this person recorded last
CLAIMS_LOOKED_AT = 60
WEEKDAYS = "一二三四五六日"
OTHER_WAYS = (
    ("deeds.grid", "整组录入", "grid-3x3"),
    ("deeds.sign_in_sheet", "签到表", "people"),
    ("deeds.import_deeds", "导入表格", "upload"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A household while a deed is recorded for it: balances, and what is used of month, year and the rule's cap."""

    household: Household
    balances: ledger.Balances
    limits: list[Limit]


@blueprint.route("/record", methods=["GET", "POST"])
@requires(Permission.RECORD_DEEDS)
def record(village: Place) -> ResponseReturnValue:
    """One line: who, what, how often, which day."""
    form = RecordForm()
    if not form.is_submitted():
        day, event = (clean_text(request.args.get(name, ""))[:60] for name in ("day", "event"))
        form = RecordForm(formdata=None, occurred_on=day[:20] or forms.TODAY, event_name=event, key=new_key())
        return _page(village, form), 200
    valid, draft = form.validate(), form.read(village)
    if not valid or draft is None:
        return _refused(village, form, form.status if valid else 422)
    write = services.keep_many if request.form.get("act") == KEEP else services.record_many
    try:
        [done] = write(village, [draft], current_actor(), form.key.data, ClaimOrigin.SINGLE)["claims"]
    except PointsBankError as error:
        return _refused(village, form, form.refuse(error))
    return _recorded(village, form, queries.claim(village.id, done["claim"]))


def _refused(village: Place, form: RecordForm, status: int) -> ResponseReturnValue:
    if not wants_json():
        return _page(village, form), status
    choices = {
        "who": [meant.plain() for meant in form.who_choices],
        "rule": [forms.plain_rule(rule) for rule in form.rule_choices],
    }
    return jsonify(errors=_errors(form), choices=choices), status


def _errors(form: RecordForm) -> dict[str, list[str]]:
    """The sentences by field; what concerns the whole line under ""."""
    return {name or "": list(sentences) for name, sentences in form.errors.items()}


def _recorded(village: Place, form: RecordForm, claim: Claim) -> ResponseReturnValue:
    """Say what was recorded; the day and the event are kept for the next line."""
    who = Meant(claim.household, claim.resident)
    what = services.in_words(claim.rule, claim.quantity)
    points = forms.points_of(claim.rule, claim.points)
    sentence = f"{state_words(claim)}：{who.label}，{what}，{points}。{claim.cap_reason}"
    undo_url = url_for("deeds.claim", serial=claim.serial)
    if not wants_json():
        tell(sentence, undo_url=undo_url)
        event = form.event_name.data or None
        return redirect(url_for("deeds.record", day=form.occurred_on.data, event=event), 303)
    return jsonify(
        said=sentence,
        undo_url=undo_url,
        key=new_key(),
        lines=render_template("deeds/record_lines.html", **_lines(village)),
        beside=_beside(_standing(village, claim.household, form)),
    )


def _page(village: Place, form: RecordForm) -> str:
    lines, to_mend = _lines(village), counts_to_mend(village.id, current_actor().key)
    begins = not lines["claims"] and not form.is_submitted()  # the first line of the day: what is missing is said now
    household = form.who_meant.household if form.who_meant else None
    if household is None and lines["claims"] and not form.is_submitted():
        household = lines["claims"][0].household
    return render_template(
        "deeds/record.html",
        form=form,
        who_choices=form.who_choices,
        rule_choices=form.rule_choices,
        others=[way for way in OTHER_WAYS if way[0] in current_app.view_functions],
        rule_worth=forms.rule_worth,
        rule_label=forms.rule_label,
        standing=_standing(village, household, form) if household else None,
        lacks=_lacks(village) if begins else "",
        returned=to_mend[ClaimState.RETURNED],
        kept=to_mend[ClaimState.DRAFT],
        unchecked=_unchecked(village) if begins else "",
        **lines,
    )


def _lacks(village: Place) -> str:
    """What has to be there before a deed can be recorded: "households", "rules"; "" when all is."""
    if not people.counts(village.id)[0]:
        return "households"
    return "" if covenant.latest_book(village.id) else "rules"


def _unchecked(village: Place) -> str:
    """The warning that nobody could check what this person records; "" where somebody can."""
    rules = covenant.rules_on(village.id, clock.today())
    return lacking_words(village.id, groups_to_record(village), rules, current_actor())


def _lines(village: Place) -> dict[str, Any]:
    """What this person recorded today."""
    since = clock.start_of(clock.today())
    claims = queries.claims_by(village.id, current_actor().key, LINES_SHOWN, since=since)
    return {"claims": claims, "in_words": services.in_words, "state_words": state_words, "shown_max": LINES_SHOWN}


def _beside(standing: Standing) -> str:
    return render_template("deeds/record_beside.html", standing=standing)


def _standing(village: Place, household: Household, form: RecordForm) -> Standing:
    day = forms.recordable_or_today(form.day_meant)
    resident_id = form.who_meant.resident.id if form.who_meant and form.who_meant.resident else None
    settings, rule = places.settings_on(village.id, day), form.rule_meant
    people_meant = [resident_id] if rule is not None and rule.needs_person and resident_id is not None else []
    so_far = queries.tally(village.id, [household.id], people_meant, *span_of(day, Span.YEAR))
    totals = []
    for name, span, most in (
        (f"{day.month}月", Span.MONTH, settings.household_month_max),
        (f"{day.year}年", Span.YEAR, settings.household_year_max),
    ):
        given, booked = (
            so_far.earned(household.id, day, span),
            queries.earned_within(village.id, household.id, day, span),
        )
        totals.append(Limit(f"{name}得分{'' if given == booked else '（含待入账）'}", most, given))
    if rule is not None and (rule.cap_points is not None or rule.times_max is not None):
        totals += so_far.limits(rule, settings, household.id, resident_id, day)[:1]
    return Standing(household, ledger.balances(village.id, household.serial), totals)


# --- what a script asks for while the line is typed ---


@blueprint.get("/record/who")
@requires(Permission.RECORD_DEEDS)
def record_who(village: Place) -> ResponseReturnValue:
    """Who may be meant by q; or the people of a household chosen before (of)."""
    if of := request.args.get("of", ""):
        meant = forms.members_of(forms.chosen(village, of).household)
    else:
        meant = forms.people_meant(village, clean_text(request.args.get("q", ""))[: forms.WHO_LENGTH_MAX])
    return jsonify(choices=[one.plain() for one in meant])


@blueprint.get("/record/rules")
@requires(Permission.RECORD_DEEDS)
def record_rules(village: Place) -> ResponseReturnValue:
    """The rules of a day that may be meant by q; without it those this person used last."""
    try:
        day = forms.parse_day(request.args.get("day", "") or forms.TODAY)
    except PointsBankError:
        day = clock.today()  # the day is refused at its own field
    if words := clean_text(request.args.get("q", ""))[: forms.RULE_LENGTH_MAX]:
        rules: Sequence[Rule] = forms.rules_meant(village, day, words)
    else:
        rules = _used_last(village, day)
    return jsonify(choices=[forms.plain_rule(rule) for rule in rules])


def _used_last(village: Place, day: date) -> list[Rule]:
    of_day = {rule.code: rule for rule in covenant.rules_on(village.id, day)}
    claims = queries.claims_by(village.id, current_actor().key, CLAIMS_LOOKED_AT)
    codes = dict.fromkeys(claim.rule.code for claim in claims)
    return [of_day[code] for code in codes if code in of_day][:RULES_REMEMBERED]


@blueprint.get("/record/preview")
@requires(Permission.RECORD_DEEDS)
def record_preview(village: Place) -> ResponseReturnValue:
    """What the line would give as it stands, and how the household stands; 4xx when the line cannot be taken."""
    form = RecordForm(request.args, meta={"csrf": False})
    draft = None
    if form.rule.data:
        draft = form.read(village)
    else:
        form.read_beginning(village)
    answer: dict[str, Any] = {}
    if form.who_meant is not None:
        answer["beside"] = _beside(_standing(village, form.who_meant.household, form))
    if draft is not None and form.rule_meant is not None:
        try:
            answer["says"] = _promise(village, form.rule_meant, draft)
        except PointsBankError as error:
            form.refuse(error)
    choices = [meant.plain() for meant in form.who_choices]
    status = 200 if choices else form.status  # a choice is a question, not a refusal
    return jsonify(**answer, errors=_errors(form), choices={"who": choices}), status


def _promise(village: Place, rule: Rule, draft: DeedDraft) -> dict[str, str]:
    assessment, day = services.preview(village, draft), draft.occurred_on
    what = f"{format_points(draft.quantity)}{rule.unit} × {forms.rule_worth(rule).removeprefix('+')}"
    return {
        "points": forms.points_of(rule, assessment.points),
        "words": f"{what}，{day.month}月{day.day}日（星期{WEEKDAYS[day.weekday()]}）。",
        "cap_reason": assessment.cap_reason,
        "alike": alike_words(alike_drafts(village.id, [(draft, rule)]).get(0, [])),
    }
