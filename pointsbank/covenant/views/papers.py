"""一约 on paper: poster, scoring table and signature sheet."""

from flask import current_app
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import requires
from pointsbank.access.permissions import Permission
from pointsbank.covenant import documents, queries
from pointsbank.covenant.errors import UnknownRuleError
from pointsbank.covenant.views.desk import blueprint
from pointsbank.places.models import Place
from pointsbank.printing.fonts import Fonts
from pointsbank.printing.fonts import register as register_fonts
from pointsbank.web.downloads import pdf

# Which sizes a route takes, as the addresses are written.
_SIZES = "any(A2, A3, A4)"


@blueprint.get(f"/text/versions/<int:version>/poster-<{_SIZES}:size>.pdf")
@requires(Permission.SEE_RULES)
def poster(village: Place, version: int, size: str) -> ResponseReturnValue:
    """A version of the text to hang up; a draft says so."""
    shown = documents.poster_of(village, queries.covenant(village.id, version))
    content = documents.poster_pdf(shown, documents.POSTER_SIZES[size], _fonts())
    return pdf(content, f"covenant-{village.code}-{version}")


@blueprint.get("/text/versions/<int:version>/signatures.pdf")
@requires(Permission.MANAGE_RULES)
def signature_sheet(village: Place, version: int) -> ResponseReturnValue:
    """The sheet on which every household signs, with full names: it is filed, not hung."""
    sheet = documents.signature_sheet_of(village, queries.covenant(village.id, version))
    return pdf(documents.signature_sheet_pdf(sheet, _fonts()), f"signatures-{village.code}-{version}")


@blueprint.get(f"/versions/<int:version>/table-<{_SIZES}:size>.pdf")
@requires(Permission.SEE_RULES)
def scoring_table(village: Place, version: int, size: str) -> ResponseReturnValue:
    """The rules of a version as a table to hang beside the poster. Raises UnknownRuleError for one without rules."""
    book = queries.book(village.id, version)
    rules = queries.rules_of(book)
    if not rules:
        raise UnknownRuleError("这一版没有细则，没有表可印。")
    table = documents.scoring_table_of(village, rules, book.effective_on)
    content = documents.scoring_table_pdf(table, documents.POSTER_SIZES[size], _fonts())
    return pdf(content, f"rules-{village.code}-{version}")


def _fonts() -> Fonts:
    return register_fonts(current_app.config["POINTSBANK"].fonts_folder)
