"""Every version of the rules at the desk: what it says, what it changed, as a spreadsheet, once more in force."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import queries, services, sheets
from pointsbank.covenant.differences import differences
from pointsbank.covenant.forms.books import RestoreForm
from pointsbank.covenant.models import Subject
from pointsbank.covenant.views.desk import blueprint
from pointsbank.covenant.views.standing import Standing, drafts_of, names_above, sections_of, standing
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.places.models import Place
from pointsbank.web.downloads import spreadsheet
from pointsbank.web.messages import tell

VERSIONS_PER_PAGE = 30


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
    before = drafts_of(queries.book(village.id, version - 1)) if version > 1 else []
    after = drafts_of(line.book)
    places = names_above(village, before, after)
    return render_template(
        "covenant/version.html",
        line=line,
        is_newest=line.until is None,
        today=clock.today(),
        name=access.actor_names([line.book.actor])[line.book.actor],
        differences=differences(before, after, places) if version > 1 else [],
        sections=sections_of(after),
        places=places,
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
    """An earlier version's rules go into the draft once more: this is how a change is taken back."""
    if request.method == "GET":
        now = standing(village)
        return _restore_page(village, version, RestoreForm.opening(now.seen), now), 200
    form, status = RestoreForm(), 422
    if form.validate():
        try:
            services.restore_version(village, version, current_actor(), form.key.data, seen=form.seen)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell(f"第 {version} 版的细则放进草稿了。看过改动，再采用。")
            return redirect(url_for("covenant.rule_draft"), 303)
    return _restore_page(village, version, form, standing(village)), status


def _restore_page(village: Place, version: int, form: RestoreForm, now: Standing) -> str:
    book = queries.book(village.id, version)
    rules = drafts_of(book)
    form.has_seen(now.seen)
    return render_template(
        "covenant/restore.html",
        form=form,
        book=book,
        now=now,
        differences=differences(now.rules, rules, names_above(village, now.rules, rules)),
    )
