"""The draft of the next rule book at the desk: beside the newest version, edited, thrown away, put in force."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries, services, sheets
from pointsbank.covenant.differences import differences
from pointsbank.covenant.errors import UnknownRuleDraftError
from pointsbank.covenant.forms.books import AdoptDraftForm, SeenForm
from pointsbank.covenant.services import Seen
from pointsbank.covenant.views.desk import blueprint
from pointsbank.covenant.views.standing import Standing, names_above, sections_of, standing
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.filters import day as day_words
from pointsbank.web.messages import tell


def seen_form(now: Standing) -> dict[str, object]:
    """What the small forms of a page carry: what the person saw, and the beginning of a key."""
    return {"seen_version": now.seen.version, "seen_revision": now.seen.revision, "key": new_key()}


def _posted() -> tuple[Seen, str]:
    """What a small form carries. Raises InvalidInputError."""
    form = SeenForm()
    if not form.validate():
        raise InvalidInputError("页面已经过期，请刷新后重新提交。")
    return form.seen, form.key.data


def _drafted(village: Place) -> Standing:
    """Where the rules stand, with a draft. Raises UnknownRuleDraftError."""
    now = standing(village)
    if now.draft is None:
        raise UnknownRuleDraftError
    return now


@blueprint.get("/draft")
@requires(Permission.MANAGE_RULES)
def rule_draft(village: Place) -> ResponseReturnValue:
    """The draft beside the newest version, and all of its rules."""
    now = standing(village)
    if now.draft is None:
        return render_template("covenant/no_rule_draft.html", now=now, key=new_key()), 200
    places = names_above(village, now.newest, now.draft.rules)
    return render_template(
        "covenant/rule_draft.html",
        now=now,
        draft=now.draft,
        who=access.actor_names([now.draft.actor])[now.draft.actor],
        differences=differences(now.newest, now.draft.rules, places),
        newest={rule.code: rule for rule in now.newest},
        sections=sections_of(now.draft.rules),
        clauses={clause.code: clause for clause in queries.clauses_on(village.id, clock.today())},
        places=places,
        carried=seen_form(now),
    )


@blueprint.get("/draft/rules.xlsx")
@requires(Permission.MANAGE_RULES)
def export_draft(village: Place) -> ResponseReturnValue:
    """The draft as a spreadsheet."""
    return spreadsheet(sheets.write_rules(_drafted(village).rules), f"rules-{village.code}-draft")


@blueprint.post("/draft/begin")
@requires(Permission.MANAGE_RULES)
def begin_rule_draft(village: Place) -> ResponseReturnValue:
    """The next version begins as a copy of the newest."""
    _, key = _posted()
    services.begin_rule_draft(village, current_actor(), key)
    tell("草稿起好了，随便改。采用以前，现行的一版不变。")
    return redirect(url_for("covenant.rule_draft"), 303)


@blueprint.post("/rules/<code>/drop")
@requires(Permission.MANAGE_RULES)
def drop_rule(village: Place, code: str) -> ResponseReturnValue:
    """One rule is taken out of the draft; the draft's page brings it back."""
    seen, key = _posted()
    services.drop_rule(village, code, current_actor(), key, seen=seen)
    tell(f"草稿里删去了 {code}。要放回，在下面点“放回”。采用以前，现行的一版不变。")
    return redirect(url_for("covenant.rule_draft"), 303)


@blueprint.post("/rules/<code>/revert")
@requires(Permission.MANAGE_RULES)
def revert_rule(village: Place, code: str) -> ResponseReturnValue:
    """One rule of the draft is again what it is in the newest version."""
    seen, key = _posted()
    services.revert_rule(village, code, current_actor(), key, seen=seen)
    tell(f"{code} 恢复成现有的一版那样了。")
    return redirect(url_for("covenant.rule_draft"), 303)


@blueprint.post("/draft/look-again")
@requires(Permission.MANAGE_RULES)
def look_again(village: Place) -> ResponseReturnValue:
    """The draft was compared with a version that somebody put in force meanwhile."""
    seen, key = _posted()
    services.look_again(village, current_actor(), key, seen=seen)
    tell(f"记下了：草稿和第 {seen.version} 版比过了，可以采用。")
    return redirect(url_for("covenant.rule_draft"), 303)


@blueprint.post("/draft/discard")
@requires(Permission.MANAGE_RULES)
def discard_rule_draft(village: Place) -> ResponseReturnValue:
    """The draft goes; the version in force stays."""
    seen, key = _posted()
    services.discard_rule_draft(village, current_actor(), key, seen=seen)
    tell("细则草稿删去了，现行的一版不变。草稿的内容留在操作记录里。")
    return redirect(url_for("covenant.rules"), 303)


@blueprint.route("/draft/adopt", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def adopt_rule_draft(village: Place) -> ResponseReturnValue:
    """What the draft changes, and from when on it holds."""
    if request.method == "GET":
        now = _drafted(village)
        return _adopt_page(village, AdoptDraftForm.from_day(queries.day_offered(now.latest), now.seen), now), 200
    form, status = AdoptDraftForm(), 422
    if form.validate():
        try:
            day, reason, key = form.effective_on.data, form.reason.data, form.key.data
            done = services.adopt_rule_draft(village, day, reason, current_actor(), key, seen=form.seen)
        except UnknownRuleDraftError:
            raise
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            return tell_adopted(done["version"], f"草稿已经采用。第 {done['version']} 版从 {day_words(day)}起生效。")
    return _adopt_page(village, form, _drafted(village)), status


def tell_adopted(version: int, sentence: str) -> ResponseReturnValue:
    """Tell what was done and show the new version, with the way back."""
    undo_url = url_for("covenant.restore", version=version - 1) if version > 1 else None
    tell(sentence, undo_url=undo_url)
    return redirect(url_for("covenant.version", version=version), 303)


def _adopt_page(village: Place, form: AdoptDraftForm, now: Standing) -> str:
    form.has_seen(now.seen)
    places = names_above(village, now.newest, now.rules)
    return render_template(
        "covenant/adopt_rules.html",
        now=now,
        form=form,
        differences=differences(now.newest, now.rules, places),
    )
