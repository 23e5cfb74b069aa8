"""The rules in force at the desk, and one of them added, changed or dropped."""

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries, services
from pointsbank.covenant.errors import UnknownRuleError
from pointsbank.covenant.forms.rules import DropForm, FilterForm, RuleForm, StandardForm
from pointsbank.covenant.models import Clause, RuleBook
from pointsbank.covenant.services import RuleDraft
from pointsbank.covenant.views.desk import blueprint
from pointsbank.covenant.views.importing import start_page
from pointsbank.covenant.views.versions import categories_of, drafts_of, sections_of, tell_adopted
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.places.models import Place

UNITS = ("次", "小时", "人", "月", "季度", "年", "本", "百元")  # offered while typing; any other is taken too


@blueprint.get("/")
@requires(Permission.SEE_RULES)
def rules(village: Place) -> ResponseReturnValue:
    """The rules in force today by category; the way to begin where there are none yet."""
    latest = queries.latest_book(village.id)
    if latest is None:
        return start_page(StandardForm.opening(queries.day_offered(None), 0, reason="采用通用细则")), 200
    today = clock.today()
    book = queries.book_on(village.id, today)
    in_force = queries.rules_of(book) if book else []
    form = FilterForm(request.args)
    form.offer(categories_of(in_force))
    valid = form.validate()
    shown = queries.matching(in_force, form.words.data, form.category.data) if valid else in_force
    newest = in_force if latest is book else queries.rules_of(latest)
    page = render_template(
        "covenant/rules.html",
        book=book,
        to_come=latest if latest.effective_on > today else None,
        form=form,
        sections=sections_of(shown),
        in_force=len(in_force),
        editable={rule.code for rule in newest},
        clauses={clause.code: clause for clause in queries.clauses_on(village.id, today)},
        has_covenant=queries.latest_covenant(village.id) is not None,
    )
    return page, 200 if valid else 422


@blueprint.route("/rules/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def add_rule(village: Place) -> ResponseReturnValue:
    """One more rule, at the end of its category."""
    if request.method == "GET":
        latest = queries.latest_book(village.id)
        form = RuleForm.opening(queries.day_offered(latest), latest.version if latest else 0)
        form.offer_clauses(_clauses_offered(village), "")
        return _rule_page(village, form, None), 200
    return _save_rule(village, None)


@blueprint.route("/rules/<code>", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def edit_rule(village: Place, code: str) -> ResponseReturnValue:
    """One rule of the newest version."""
    if request.method == "GET":
        latest, draft = _newest_rule(village, code)
        form = RuleForm.showing(draft, queries.day_offered(latest), latest.version)
        form.offer_clauses(_clauses_offered(village), draft.clause_code)
        return _rule_page(village, form, code), 200
    return _save_rule(village, code)


def _save_rule(village: Place, replaces: str | None) -> ResponseReturnValue:
    form, status = RuleForm(), 422
    stored = next((draft for draft in drafts_of(queries.latest_book(village.id)) if draft.code == replaces), None)
    clauses = _clauses_offered(village)
    # Before there is a covenant, a rule may name any clause, as in a sheet: what the form says is kept.
    form.offer_clauses(clauses, (stored.clause_code if stored else "") if clauses else form.clause_code.data)
    if form.validate():
        try:
            day, reason, draft = form.effective_on.data, form.reason.data, form.draft()
            done = services.change_rule(
                village, draft, day, reason, current_actor(), form.key.data, replaces=replaces, seen_version=form.seen
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            return tell_adopted(done, form, f"{'改好了' if replaces else '加上了'} {services.clean_code(draft.code)}。")
    return _rule_page(village, form, replaces), status


def _rule_page(village: Place, form: RuleForm, code: str | None) -> str:
    latest = queries.latest_book(village.id)
    drafts = drafts_of(latest)
    form.has_seen(latest.version if latest else 0)
    return render_template(
        "covenant/rule.html",
        form=form,
        code=code,
        latest=latest,
        stored=next((draft for draft in drafts if draft.code == code), None),
        categories=categories_of(drafts),
        units=list(dict.fromkeys((*UNITS, *(draft.unit for draft in drafts)))),
    )


def _clauses_offered(village: Place) -> Sequence[Clause]:
    """The clauses that a rule may name: those in force, else those to come."""
    latest = queries.latest_covenant(village.id)
    return queries.clauses_on(village.id, clock.today()) or (queries.clauses_of(latest) if latest else [])


def _newest_rule(village: Place, code: str) -> tuple[RuleBook, RuleDraft]:
    """The newest version and its rule with a code. Raises UnknownRuleError."""
    latest = queries.latest_book(village.id)
    for draft in drafts_of(latest):
        if latest is not None and draft.code == code:
            return latest, draft
    raise UnknownRuleError("最新的细则里没有这一条。请回到“一约”重新选。")


@blueprint.route("/rules/<code>/drop", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def drop_rule(village: Place, code: str) -> ResponseReturnValue:
    """The newest version without one rule."""
    if request.method == "GET":
        latest, _ = _newest_rule(village, code)
        return _drop_page(village, code, DropForm.opening(queries.day_offered(latest), latest.version)), 200
    form, status = DropForm(), 422
    if form.validate():
        try:
            day, reason = form.effective_on.data, form.reason.data
            done = services.drop_rule(
                village, code, day, reason, current_actor(), form.key.data, seen_version=form.seen
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            return tell_adopted(done, form, f"删去了 {code}。")
    return _drop_page(village, code, form), status


def _drop_page(village: Place, code: str, form: DropForm) -> str:
    latest, draft = _newest_rule(village, code)
    form.has_seen(latest.version)
    return render_template("covenant/drop.html", form=form, rule=draft, latest=latest)
