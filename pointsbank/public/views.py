"""The wall: what everybody may read. Only frozen months hang here, with the names as they were frozen."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from pointsbank.access.guard import open_to_all
from pointsbank.boards import queries
from pointsbank.boards.errors import UnknownBoardError
from pointsbank.places import queries as places
from pointsbank.places.models import Place

blueprint = Blueprint("public", __name__, url_prefix="/public", template_folder="templates")


@blueprint.get("/<village_code>/")
@open_to_all
def newest(village_code: str) -> ResponseReturnValue:
    """The newest board, or that there is none yet."""
    village = places.village_by_code(village_code)
    periods = queries.frozen_periods(village.id)
    if not periods:
        return render_template("public/no_board.html", village=village)
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
    return render_template("public/board.html", village=village, board=board, periods=periods)
