"""Every version of the rules at the desk: what it says, what it changed, as a spreadsheet, once more in force."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries, services, sheets
from pointsbank.covenant.differences import differences
from pointsbank.covenant.forms.rules import ChangeForm, RestoreForm
from pointsbank.covenant.models import Rule, RuleBook, Subject
from pointsbank.covenant.services import RuleDraft, draft_of
from pointsbank.covenant.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.places.models import Place
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.filters import day as day_words
from pointsbank.web.messages import tell

VERSIONS_PER_PAGE = 30


def categories_of(found: Sequence[Rule] | Sequence[RuleDraft]) -> list[str]:
    """The categories in the order of the book."""
    return list(dict.fromkeys(rule.category for rule in found))


def sections_of(found: Sequence[Rule]) -> list[tuple[str, list[RuleDraft]]]:
    """The rules by category, both in the order of the book."""
    drafts = [draft_of(rule) for rule in found]
    return [(name, [draft for draft in drafts if draft.category == name]) for name in categories_of(found)]


def drafts_of(book: RuleBook | None) -> list[RuleDraft]:
    """The rules of a version in order; none where there is no version."""
    return [draft_of(rule) for rule in queries.rules_of(book)] if book else []


def tell_adopted(done: dict[str, Any], form: ChangeForm, sentence: str) -> ResponseReturnValue:
    """Tell what was done and show the new version."""
    new = done["version"]
    undo_url = url_for("covenant.restore", version=new - 1) if new > 1 else None
    tell(f"{sentence}第 {new} 版从 {day_words(form.effective_on.data)}起生效。", undo_url=undo_url)
    return redirect(url_for("covenant.version", version=new), 303)


@blueprint.get("/versions")
@requires(Permission.SEE_RULES)
def versions(village: Place) -> ResponseReturnValue:
    """Every version, the newest first; those to come too."""
    before = request.args.get("before", type=int)
    lines = queries.book_lines(
        village.id, before=before if before and 0 < before <= queries.VERSION_MAX else None, limit=VERSIONS_PER_PAGE + 1
    )
    more = lines[VERSIONS_PER_PAGE - 1].book.version if len(lines) > VERSIONS_PER_PAGE else None
    shown = lines[:VERSIONS_PER_PAGE]
    names = access.actor_names(line.book.actor for line in shown)
    return render_template("covenant/versions.html", lines=shown, more=more, names=names, today=clock.today())


@blueprint.get("/versions/<int:version>")
@requires(Permission.SEE_RULES)
def version(village: Place, version: int) -> ResponseReturnValue:
    """A version, and what it changed."""
    line = queries.book_line(village.id, version)
    found = queries.rules_of(line.book)
    before = drafts_of(queries.book(village.id, version - 1)) if version > 1 else []
    after = [draft_of(rule) for rule in found]
    return render_template(
        "covenant/version.html",
        line=line,
        is_newest=line.until is None,
        today=clock.today(),
        name=access.actor_names([line.book.actor])[line.book.actor],
        differences=differences(before, after) if version > 1 else [],
        sections=sections_of(found),
        clauses={clause.code: clause for clause in queries.clauses_on(village.id, clock.today())},
        adopted=queries.adoption(village.id, Subject.RULE_BOOK, version),
    )


@blueprint.get("/versions/<int:version>/rules.xlsx")
@requires(Permission.SEE_RULES)
def export(village: Place, version: int) -> ResponseReturnValue:
    """A version as a spreadsheet."""
    return spreadsheet(sheets.export_rules(village, version), f"rules-{village.code}-{version}")


@blueprint.route("/versions/<int:version>/restore", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def restore(village: Place, version: int) -> ResponseReturnValue:
    """An earlier version's rules once more, as the next version: this is how a change is taken back."""
    if request.method == "GET":
        latest = queries.latest_book(village.id)
        form = RestoreForm.opening(
            queries.day_offered(latest), latest.version if latest else 0, reason=f"恢复第{version}版"
        )
        return _restore_page(village, version, form), 200
    form, status = RestoreForm(), 422
    if form.validate():
        try:
            day, reason = form.effective_on.data, form.reason.data
            done = services.restore_rule_book(
                village, version, day, reason, current_actor(), form.key.data, seen_version=form.seen
            )
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            return tell_adopted(done, form, f"恢复了第 {version} 版的细则。")
    return _restore_page(village, version, form), status


def _restore_page(village: Place, version: int, form: RestoreForm) -> str:
    book, latest = queries.book(village.id, version), queries.latest_book(village.id)
    form.has_seen(latest.version if latest else 0)
    found = differences(drafts_of(latest), drafts_of(book))
    return render_template("covenant/restore.html", form=form, book=book, latest=latest, differences=found)
