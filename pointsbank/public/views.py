"""The wall: what everybody may read. Frozen months hang here, with the names as they were frozen, and the covenant."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import open_to_all
from pointsbank.boards import queries
from pointsbank.boards.errors import UnknownBoardError
from pointsbank.covenant import policies
from pointsbank.covenant import queries as rules
from pointsbank.covenant.models import Subject
from pointsbank.covenant.services import draft_of
from pointsbank.foundation import clock
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.words import words_for

blueprint = Blueprint("public", __name__, url_prefix="/public", template_folder="templates")


@blueprint.get("/<village_code>/")
@open_to_all
def newest(village_code: str) -> ResponseReturnValue:
    """The newest board, or that there is none yet."""
    village = places.village_by_code(village_code)
    periods = queries.frozen_periods(village.id)
    if not periods:
        return render_template("public/no_board.html", village=village, words=words_for(village.kind))
    return _board_page(village, periods[0], periods)


@blueprint.get("/<village_code>/<period>")
@open_to_all
def month(village_code: str, period: str) -> ResponseReturnValue:
    """The board of a month."""
    village = places.village_by_code(village_code)
    periods = queries.frozen_periods(village.id)
    if period not in periods:
        raise UnknownBoardError("这个月还没有发榜。请看别的月份。")
    return _board_page(village, period, periods)


def _board_page(village: Place, period: str, periods: list[str]) -> ResponseReturnValue:
    board = queries.frozen_content(village.id, period)
    words = words_for(village.kind)
    return render_template("public/board.html", village=village, board=board, periods=periods, words=words)


@blueprint.get("/<village_code>/covenant")
@open_to_all
def covenant(village_code: str) -> ResponseReturnValue:
    """The covenant in force with how it was adopted, and the rules in force under it."""
    village, today = places.village_by_code(village_code), clock.today()
    text, book = rules.covenant_on(village.id, today), rules.book_on(village.id, today)
    clauses = rules.clauses_of(text) if text else []
    details = policies.details_of(rules.adoption(village.id, Subject.COVENANT, text.version) if text else None)
    drafts = [draft_of(rule) for rule in rules.rules_of(book)] if book else []
    categories = dict.fromkeys(draft.category for draft in drafts)
    return render_template(
        "public/covenant.html",
        village=village,
        words=words_for(village.kind),
        covenant=text,
        sections=rules.by_theme(clauses),
        places={clause.code: clause.position for clause in clauses},
        details=details,
        meetings=policies.meeting_names(village.kind),
        book=book,
        count=len(drafts),
        rules=[(name, [draft for draft in drafts if draft.category == name]) for name in categories],
    )
