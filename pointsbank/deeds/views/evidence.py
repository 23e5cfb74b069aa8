"""Evidence of a claim: its page, adding and removing, and the files, for those who may see the claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.access import queries as access
from pointsbank.access.guard import current_actor, requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant.models import EVIDENCE_KIND_NAMES
from pointsbank.deeds import queries
from pointsbank.deeds.errors import UnknownEvidenceError
from pointsbank.deeds.forms.evidence import EvidenceForm, RemoveForm
from pointsbank.deeds.models import Claim, Evidence
from pointsbank.deeds.queries import evidence as evidence_queries
from pointsbank.deeds.services import evidence as evidence_services
from pointsbank.deeds.services.evidence_files import PDF, folder_of
from pointsbank.deeds.views.desk import blueprint
from pointsbank.foundation import stored_files
from pointsbank.foundation.errors import PointsBankError
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.pictures import FILE_BYTES_MAX
from pointsbank.places.models import Place
from pointsbank.web.messages import tell

FORM_BYTES_MAX = 64 * 1024  # of the other fields of a form with a file


@dataclass(frozen=True, slots=True)
class EvidenceShown:
    """What a page says about a claim's evidence. names: who brought each piece, by actor key."""

    asked_for: str
    keeps_files: bool
    is_there: bool
    pieces: Sequence[Evidence]
    names: dict[str, str]
    kind_names: dict[str, str]


@blueprint.app_template_global()
def claim_evidence(claim: Claim) -> EvidenceShown:
    """The evidence of a claim, for the part of a page that shows it; two queries."""
    pieces = evidence_queries.evidence_of(claim.village_id, claim.id)
    return EvidenceShown(
        evidence_queries.asked_for(claim.rule),
        evidence_services.keeps_files(claim.rule),
        evidence_queries.is_there(claim.rule, pieces),
        pieces,
        access.actor_names(piece.actor for piece in pieces),
        {kind.value: name for kind, name in EVIDENCE_KIND_NAMES.items()},
    )


@blueprint.url_value_preprocessor
def let_a_photo_in(endpoint: str | None, _values: object) -> None:
    """A photo may fill the limit of a request by itself; this runs before anything reads the form."""
    if endpoint in ("deeds.add_evidence", "deeds.put_photo"):
        request.max_content_length = FILE_BYTES_MAX + FORM_BYTES_MAX


def instance_folder() -> Path:
    """The folder of data, in which the files lie."""
    instance: Path = current_app.config["POINTSBANK"].instance
    return instance


@blueprint.get("/<int:serial>/evidence")
@requires(Permission.CHECK_CLAIMS)
def evidence(village: Place, serial: int) -> ResponseReturnValue:
    """What there is for a claim, and a form for one more."""
    claim = queries.claim(village.id, serial)
    return _page(claim, EvidenceForm(formdata=None, rule=claim.rule, key=new_key())), 200


@blueprint.post("/<int:serial>/evidence")
@requires(Permission.CHECK_CLAIMS)
def add_evidence(village: Place, serial: int) -> ResponseReturnValue:
    """One more piece."""
    form, status = EvidenceForm(rule=queries.claim(village.id, serial).rule), 422
    if form.validate():
        try:
            draft = form.draft()
            evidence_services.add(village, serial, draft, instance_folder(), current_actor(), form.key.data)
        except PointsBankError as error:
            status = form.refuse(error)
        else:
            tell("材料添上了。" if not draft.seen else "记下了：查验过，不留存。")
            return redirect(url_for("deeds.evidence", serial=serial), 303)
    return _page(queries.claim(village.id, serial), form), status


def _page(claim: Claim, form: EvidenceForm) -> str:
    return render_template("deeds/evidence.html", claim=claim, form=form)


@blueprint.get("/<int:serial>/evidence/<int:evidence_id>/file")
@requires(Permission.SEE_HOUSEHOLDS)
def evidence_file(village: Place, serial: int, evidence_id: int) -> ResponseReturnValue:
    """The stored file. A picture is shown, a PDF saved; no script of it could run, and no browser keeps it."""
    piece = evidence_queries.piece_of_evidence(village.id, serial, evidence_id)
    if not piece.file_name:
        raise UnknownEvidenceError
    path = stored_files.path_of(folder_of(instance_folder(), village.code), piece.file_name)
    answer = Response(evidence_queries.file_of(piece, path), mimetype=piece.media_type)
    way = "attachment" if piece.media_type == PDF else "inline"
    answer.headers["Content-Disposition"] = f'{way}; filename="claim-{serial}{path.suffix}"'
    return answer


@blueprint.post("/<int:serial>/evidence/<int:evidence_id>/remove")
@requires(Permission.CHECK_CLAIMS)
def remove_evidence(village: Place, serial: int, evidence_id: int) -> ResponseReturnValue:
    """Take a piece away, with a reason; its file is deleted."""
    form = RemoveForm()
    form.validate()  # an empty or over-long reason is refused by the service with its own sentence
    evidence_services.remove(village, serial, evidence_id, form.reason.data or "", instance_folder(), current_actor())
    tell("这份材料删掉了，谁删的、为什么删都记下了。")
    return redirect(url_for("deeds.evidence", serial=serial), 303)
