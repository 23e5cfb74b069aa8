"""The rules in force at the desk, and one rule of the draft added, changed or taken out."""

from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries, services
from pointsbank.covenant.errors import UnknownRuleError
from pointsbank.covenant.forms.books import StandardForm
from pointsbank.covenant.forms.rules import FilterForm, RuleForm
from pointsbank.covenant.models import Clause
from pointsbank.covenant.services import RuleDraft, Seen, draft_of
from pointsbank.covenant.views.desk import blueprint
from pointsbank.covenant.views.drafting import seen_form
from pointsbank.covenant.views.importing import start_page
from pointsbank.covenant.views.standing import Standing, categories_of, names_above, sections_of, standing
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.places.models import Place
from pointsbank.web.messages import tell

UNITS = ("次", "小时", "人", "月", "季度", "年", "本", "百元")  # offered while typing; any other is taken too


@blueprint.get("/")
@requires(Permission.SEE_RULES)
def rules(village: Place) -> ResponseReturnValue:
    """The rules in force today by category; the way to begin where there are none yet."""
    now = standing(village)
    if now.latest is None:
        form = StandardForm.from_day(queries.day_offered(None), Seen(0, 0), reason="采用通用细则")
        return start_page(form, now.draft), 200
    today = clock.today()
    book = queries.book_on(village.id, today)
    found = queries.rules_of(book) if book else []
    form = FilterForm(request.args)
    form.offer(categories_of(found))
    valid = form.validate()
    shown = queries.matching(found, form.words.data, form.category.data) if valid else found
    drafts = [draft_of(rule) for rule in shown]
    page = render_template(
        "covenant/rules.html",
        book=book,
        to_come=now.latest if now.latest.effective_on > today else None,
        draft=now.draft,
        form=form,
        sections=sections_of(drafts),
        in_force=len(found),
        editable={rule.code for rule in now.rules},
        clauses={clause.code: clause for clause in queries.clauses_on(village.id, today)},
        places=names_above(village, drafts),
    )
    return page, 200 if valid else 422


@blueprint.route("/rules/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def add_rule(village: Place) -> ResponseReturnValue:
    """One more rule, at the end of its category."""
    if request.method == "GET":
        now = standing(village)
        form = RuleForm.opening(now.seen)
        form.offer_clauses(_clauses_offered(village), "")
        return _rule_page(village, form, None, now), 200
    return _save_rule(village, None)


@blueprint.route("/rules/<code>", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def edit_rule(village: Place, code: str) -> ResponseReturnValue:
    """One rule of the draft; without a draft one of the newest version, which begins a draft when it is saved."""
    if request.method == "GET":
        now = standing(village)
        draft = _rule_of(now, code)
        form = RuleForm.showing(draft, now.seen)
        form.offer_clauses(_clauses_offered(village), draft.clause_code)
        return _rule_page(village, form, code, now), 200
    return _save_rule(village, code)


def _save_rule(village: Place, replaces: str | None) -> ResponseReturnValue:
    form, status = RuleForm(), 422
    stored = standing(village).rule(replaces)
    clauses = _clauses_offered(village)
    # Before there is a covenant, a rule may name any clause, as in a sheet: what the form says is kept.
    form.offer_clauses(clauses, (stored.clause_code if stored else "") if clauses else form.clause_code.data)
    if form.validate():
        try:
            draft, key = form.draft(), form.key.data
            services.save_rule(village, draft, current_actor(), key, replaces=replaces, seen=form.seen)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            code = services.clean_code(draft.code)
            tell(f"{'改好了' if replaces else '加上了'} {code}，在草稿里。采用以前，现行的一版不变。")
            return redirect(url_for("covenant.rule_draft"), 303)
    return _rule_page(village, form, replaces, standing(village)), status


def _rule_page(village: Place, form: RuleForm, code: str | None, now: Standing) -> str:
    stored = now.rule(code)
    form.has_seen(now.seen)
    handed_down = [stored] if stored and stored.handed_down_by else []
    tables = queries.bounding_tables(village, handed_down, now.draft.tables if now.draft else {})
    table = tables.get(stored.handed_down_by) if stored else None
    return render_template(
        "covenant/rule.html",
        form=form,
        code=code,
        now=now,
        stored=stored,
        table=table,
        bound=table.rule(stored.code) if table and stored else None,
        places={table.place.code: table.place.name} if table else names_above(village, handed_down),
        categories=categories_of(now.rules),
        units=list(dict.fromkeys((*UNITS, *(draft.unit for draft in now.rules)))),
        level_groups=sorted({draft.level_group for draft in now.rules if draft.level_group}),
        drop_form=seen_form(now),
    )


def _clauses_offered(village: Place) -> Sequence[Clause]:
    """The clauses that a rule may name: those in force, else those to come."""
    if in_force := queries.clauses_on(village.id, clock.today()):
        return in_force
    latest = queries.latest_covenant(village.id)
    return queries.clauses_of(latest) if latest else []


def _rule_of(now: Standing, code: str) -> RuleDraft:
    """The rule with a code as an edit begins from it. Raises UnknownRuleError."""
    found = now.rule(code)
    if found is None:
        raise UnknownRuleError(
            "草稿里没有这一条。请回到草稿重新选。" if now.draft else "最新的细则里没有这一条。请回到“一约”重新选。"
        )
    return found
