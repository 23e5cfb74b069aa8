"""How a version was adopted, at the desk: what is known, what is missing, and filling it in."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import policies, queries, services
from pointsbank.covenant.errors import UnknownCovenantError
from pointsbank.covenant.forms.adoption import AdoptionForm
from pointsbank.covenant.models import Covenant, RuleBook, Subject
from pointsbank.covenant.views.desk import blueprint
from pointsbank.foundation import clock
from pointsbank.foundation.errors import PointsBankError
from pointsbank.places.models import Place
from pointsbank.web.messages import tell

_ADDRESS = "/adoptions/<subject>/<int:version>"


def _subject(text: str) -> Subject:
    """What an address names. Raises UnknownCovenantError."""
    if text not in set(Subject):
        raise UnknownCovenantError(queries.NO_SUCH_COVENANT)
    return Subject(text)


def _version(village: Place, subject: Subject, version: int) -> Covenant | RuleBook:
    """The version that was adopted. Raises UnknownCovenantError, UnknownRuleError."""
    if subject is Subject.RULE_BOOK:
        return queries.book(village.id, version)
    found = queries.covenant(village.id, version)
    if found.is_draft and not _may_change():
        raise UnknownCovenantError(queries.NO_SUCH_COVENANT)
    return found


def _may_change() -> bool:
    """Whether the person writes at the covenant: only then do they see its draft."""
    return Permission.MANAGE_RULES in g.permissions


@blueprint.get(_ADDRESS)
@requires(Permission.SEE_RULES)
def adoption(village: Place, subject: str, version: int) -> ResponseReturnValue:
    """The six steps, the meeting and its vote, review, filing and signatures; what is missing with its source."""
    about = _subject(subject)
    found, recorded = _version(village, about, version), queries.adoption(village.id, about, version)
    details = policies.details_of(recorded)
    quorum = policies.quorum(village.kind, about, details.meeting_kind) if details.meeting_kind else None
    return render_template(
        "covenant/adoption.html",
        subject=about,
        found=found,
        recorded=recorded,
        details=details,
        quorum=quorum,
        name=policies.subject_name(village.kind, about),
        steps=policies.step_names(village.kind),
        meetings=policies.meeting_names(village.kind),
        shortfalls=policies.shortfalls(village.kind, about, details),
        who=access.actor_names([recorded.actor])[recorded.actor] if recorded else "",
    )


@blueprint.route(f"{_ADDRESS}/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_RULES)
def record_adoption(village: Place, subject: str, version: int) -> ResponseReturnValue:
    """Fill in what is known so far; the rest can follow."""
    about = _subject(subject)
    _version(village, about, version)
    recorded = queries.adoption(village.id, about, version)
    details = policies.details_of(recorded)
    if request.method == "GET":
        form = AdoptionForm.showing(village, about, details, recorded.revision if recorded else 0)
        return _record_page(village, about, version, form), 200
    form, status = AdoptionForm(village, about), 422
    if form.validate():
        try:
            said, key = form.details(details), form.key.data
            services.record_adoption(village, about, version, said, current_actor(), key, seen=form.seen)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("通过记录存好了。还差什么，看下面。")
            return redirect(url_for("covenant.adoption", subject=subject, version=version), 303)
    return _record_page(village, about, version, form), status


def _record_page(village: Place, subject: Subject, version: int, form: AdoptionForm) -> str:
    recorded = queries.adoption(village.id, subject, version)
    form.has_seen(recorded.revision if recorded else 0)
    quorums = {
        meeting: policies.quorum(village.kind, subject, meeting) for meeting in policies.meeting_names(village.kind)
    }
    return render_template(
        "covenant/record_adoption.html",
        subject=subject,
        version=version,
        form=form,
        name=policies.subject_name(village.kind, subject),
        meetings=policies.meeting_names(village.kind),
        quorums=quorums,
        stored=services.in_words(village.kind, policies.details_of(recorded)),
        today=clock.today(),
    )
