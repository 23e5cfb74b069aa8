"""The covenant's text at the desk: the version in force, every version, the draft and how it becomes one."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import policies, queries, services
from pointsbank.covenant.differences import clause_differences
from pointsbank.covenant.errors import UnknownCovenantError
from pointsbank.covenant.forms.text import (
    LIMITS,
    THEME_CHOICES,
    AdoptTextForm,
    BeginForm,
    DiscardForm,
    DraftForm,
    PasteForm,
)
from pointsbank.covenant.models import Covenant, Subject
from pointsbank.covenant.services import ClauseDraft, clause_draft_of
from pointsbank.covenant.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import InvalidInputError, PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.places.models import Place
from pointsbank.places.words import words_for
from pointsbank.web.filters import day as day_words
from pointsbank.web.messages import tell

VERSIONS_PER_PAGE = 30


def _drafts(covenant: Covenant | None) -> list[ClauseDraft]:
    return [clause_draft_of(clause) for clause in queries.clauses_of(covenant)] if covenant else []


# --- reading ---


@blueprint.get("/text")
@requires(Permission.SEE_RULES)
def text(village: Place) -> ResponseReturnValue:
    """The text in force today by theme; the way to begin where there is none yet."""
    today = clock.today()
    latest = queries.latest_covenant(village.id)
    shown = queries.covenant_on(village.id, today) or latest
    return render_template(
        "covenant/text.html",
        line=queries.covenant_line(village.id, shown.version) if shown else None,
        to_come=latest if latest and latest.effective_on and latest.effective_on > today else None,
        draft=queries.draft_covenant(village.id),
        key=new_key(),
        **_document(village, shown),
    )


def _document(village: Place, covenant: Covenant | None) -> dict[str, object]:
    """What the page of a version shows: its clauses, the rules that come from them, how it was adopted."""
    today = clock.today()
    version = covenant.version if covenant else 0
    adoption = queries.adoption(village.id, Subject.COVENANT, version)
    details = policies.details_of(adoption)
    rules_of: dict[str, list[str]] = {}
    for rule in queries.rules_on(village.id, today):
        rules_of.setdefault(rule.clause_code, []).append(rule.code)
    return {
        "today": today,
        "sections": queries.by_theme(queries.clauses_of(covenant)) if covenant else [],
        "rules_of": rules_of,
        "details": details,
        "meetings": policies.meeting_names(village.kind),
        "shortfalls": policies.shortfalls(village.kind, Subject.COVENANT, details) if covenant else [],
    }


@blueprint.get("/text/versions")
@requires(Permission.SEE_RULES)
def text_versions(village: Place) -> ResponseReturnValue:
    """Every adopted version, the newest first."""
    before = request.args.get("before", type=int)
    wanted = before if before and 0 < before <= queries.VERSION_MAX else None
    lines = queries.covenant_lines(village.id, before=wanted, limit=VERSIONS_PER_PAGE + 1)
    more = lines[VERSIONS_PER_PAGE - 1].covenant.version if len(lines) > VERSIONS_PER_PAGE else None
    shown = lines[:VERSIONS_PER_PAGE]
    names = access.actor_names(line.covenant.actor for line in shown)
    return render_template("covenant/text_versions.html", lines=shown, more=more, names=names, today=clock.today())


@blueprint.get("/text/versions/<int:version>")
@requires(Permission.SEE_RULES)
def text_version(village: Place, version: int) -> ResponseReturnValue:
    """An adopted version, and what it changed."""
    line = queries.covenant_line(village.id, version)
    before = _drafts(queries.adopted_covenant(village.id, version - 1)) if version > 1 else []
    found = clause_differences(before, _drafts(line.covenant)) if version > 1 else []
    return render_template(
        "covenant/text_version.html",
        line=line,
        name=access.actor_names([line.covenant.actor])[line.covenant.actor],
        differences=found,
        draft=queries.draft_covenant(village.id),
        key=new_key(),
        **_document(village, line.covenant),
    )


# --- the draft ---


@blueprint.post("/text/draft/begin")
@requires(Permission.MANAGE_RULES)
def begin_draft(village: Place) -> ResponseReturnValue:
    """The next version begins, as a copy or empty."""
    form = BeginForm()
    if not form.validate():
        raise InvalidInputError("页面已经过期，请刷新后重新提交。")
    done = services.begin_draft(
        village,
        current_actor(),
        form.key.data,
        copy_of=form.copy_of(),
        standard=form.origin.data == "standard",
    )
    tell(f"第 {done['version']} 版的草稿起好了，改好以后请保存。没有通过以前，现行的一版不变。")
    return redirect(url_for("covenant.draft"), 303)


@blueprint.route("/text/draft", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def draft(village: Place) -> ResponseReturnValue:
    """The draft with a block for each clause: added, moved and taken away on the page, then saved as a whole."""
    found = _draft_of(village)
    if request.method == "GET":
        return _draft_page(village, DraftForm.showing(found.title, _drafts(found), found.revision)), 200
    form, status = DraftForm.posted(), 422
    act = request.form.get("act", "")
    place = form.arrange(act)
    if place is not None:
        return _draft_page(village, form, go_on_at=place, unsaved=True), 200
    if form.validate():
        try:
            saved = services.save_draft(village, form.title.data, form.clauses(), current_actor(), seen=form.seen)
        except PointsBankError as error:
            status = form.refuse(error)
            form.has_seen(_draft_of(village).revision, error)
        else:
            tell(f"草稿存好了，一共 {len(form.blocks)} 条。通过以前，现行的一版不变。")
            to = "covenant.adopt_draft" if act == "next" else "covenant.draft"
            return redirect(url_for(to if saved else "covenant.draft"), 303)
    return _draft_page(village, form, unsaved=True), status


def _draft_of(village: Place) -> Covenant:
    """The draft. Raises UnknownCovenantError."""
    found = queries.draft_covenant(village.id)
    if found is None:
        raise UnknownCovenantError(services.NO_DRAFT)
    return found


def _draft_page(
    village: Place,
    form: DraftForm,
    *,
    go_on_at: int = 0,
    unsaved: bool = False,
    paste_form: PasteForm | None = None,
) -> str:
    found = _draft_of(village)
    if paste_form is None:
        paste_form = PasteForm(formdata=None, data={"seen_revision": str(found.revision)})
    return render_template(
        "covenant/draft.html",
        draft=found,
        form=form,
        paste_form=paste_form,
        themes=THEME_CHOICES,
        limits=LIMITS,
        clauses_max=services.CLAUSES_MAX,
        go_on_at=go_on_at,
        unsaved=unsaved,
        stored=_drafts(found),
        key=new_key(),
    )


@blueprint.post("/text/draft/paste")
@requires(Permission.MANAGE_RULES)
def paste_draft(village: Place) -> ResponseReturnValue:
    """A whole text becomes blocks to look through; nothing is saved yet."""
    found, form = _draft_of(village), PasteForm()
    if form.validate():
        try:
            clauses = services.parse_text(form.pasted.data)
            if not clauses:
                raise InvalidInputError("没有认出条文。请一行一条贴上。", field="pasted")
            if len(clauses) > services.CLAUSES_MAX:
                raise InvalidInputError(f"有 {len(clauses)} 行，最多 {services.CLAUSES_MAX} 条。", field="pasted")
            blocks = DraftForm.showing(found.title, clauses, form.seen)
        except PointsBankError as error:
            form.refuse(error)
        else:
            return _draft_page(village, blocks, go_on_at=1, unsaved=True), 200
    shown = DraftForm.showing(found.title, _drafts(found), found.revision)
    return _draft_page(village, shown, paste_form=form), 422


@blueprint.post("/text/draft/discard")
@requires(Permission.MANAGE_RULES)
def discard_draft(village: Place) -> ResponseReturnValue:
    """The draft goes; the version in force stays."""
    form = DiscardForm()
    if not form.validate():
        raise InvalidInputError("页面已经过期，请刷新后重新提交。")
    done = services.discard_draft(village, current_actor(), form.key.data, seen=form.seen)
    tell(f"第 {done['version']} 版的草稿删去了。它的全文留在操作记录里。")
    return redirect(url_for("covenant.text"), 303)


@blueprint.route("/text/draft/adopt", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def adopt_draft(village: Place) -> ResponseReturnValue:
    """What the draft changes, what is missing for its adoption, and from when on it holds."""
    if request.method == "GET":
        found = _draft_of(village)
        details = policies.details_of(queries.adoption(village.id, Subject.COVENANT, found.version))
        return _adopt_page(village, AdoptTextForm.opening(details.resolved_on, found.revision)), 200
    form, status = AdoptTextForm(), 422
    if form.validate():
        day, reason = form.effective_on.data, form.reason.data
        try:
            done = services.adopt(village, day, reason, current_actor(), form.key.data, seen=form.seen)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            name = words_for(village.kind).covenant
            tell(f"{name}第 {done['version']} 版已经采用，从 {day_words(day)}起生效。")
            return redirect(url_for("covenant.text_version", version=done["version"]), 303)
    return _adopt_page(village, form), status


def _adopt_page(village: Place, form: AdoptTextForm) -> str:
    found = _draft_of(village)
    latest = queries.latest_covenant(village.id)
    details = policies.details_of(queries.adoption(village.id, Subject.COVENANT, found.version))
    return render_template(
        "covenant/adopt.html",
        draft=found,
        latest=latest,
        form=form,
        clauses=_drafts(found),
        differences=clause_differences(_drafts(latest), _drafts(found)),
        shortfalls=policies.shortfalls(village.kind, Subject.COVENANT, details),
    )
