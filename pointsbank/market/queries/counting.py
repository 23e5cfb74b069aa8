"""Stock-takes: which there were, what was counted, and what does not agree. Quantities in whole pieces."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from pointsbank.foundation.database import session
from pointsbank.foundation.errors import NotFoundError
from pointsbank.market.models import Good, Stocktake, StocktakeLine, StocktakeState

SHEET_ROWS = 30  # goods on one page of the count sheet, and in one grid of the screen


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the count sheet: its number from 1, its first position, how many goods, how many of them counted."""

    number: int
    first: int
    goods: int
    counted: int


@dataclass(frozen=True, slots=True)
class StocktakeSummary:
    """A stock-take in the list: goods that differ and what the difference is worth, in fen with its sign."""

    stocktake: Stocktake
    goods: int
    differing: int
    cost_fen: int


def stocktake(village_id: int, serial: int) -> Stocktake:
    """A stock-take by its number. Raises NotFoundError."""
    found = session().scalar(select(Stocktake).where(Stocktake.village_id == village_id, Stocktake.serial == serial))
    if found is None:
        raise NotFoundError("没有这次盘点，请返回盘点列表。")
    return found


def open_stocktake(village_id: int) -> Stocktake | None:
    """The stock-take that is not finished: at most one."""
    return session().scalar(
        select(Stocktake).where(
            Stocktake.village_id == village_id,
            Stocktake.state.in_((StocktakeState.COUNTING, StocktakeState.COMPARED)),
        )
    )


def stocktakes(village_id: int, *, before: int | None = None, limit: int = 50) -> list[StocktakeSummary]:
    """Stock-takes, newest first, a page by key: pass the last serial as before."""
    query = select(Stocktake).where(Stocktake.village_id == village_id).order_by(Stocktake.serial.desc()).limit(limit)
    if before is not None:
        query = query.where(Stocktake.serial < before)
    found = session().scalars(query).all()
    differs = StocktakeLine.counted != StocktakeLine.on_hand
    sums = (
        select(
            StocktakeLine.stocktake_id,
            func.count(),
            func.count().filter(differs),
            func.sum(StocktakeLine.cost_fen),
        )
        .where(StocktakeLine.stocktake_id.in_([one.id for one in found]))
        .group_by(StocktakeLine.stocktake_id)
    )
    of = {row[0]: (row[1], row[2], int(row[3] or 0)) for row in session().execute(sums)}
    return [StocktakeSummary(one, *of.get(one.id, (0, 0, 0))) for one in found]


def stocktake_lines(taken: Stocktake, *, sheet: int | None = None) -> Sequence[StocktakeLine]:
    """The lines with their goods in the order of the count sheet; sheet: only those of one page of it."""
    query = (
        select(StocktakeLine)
        .join(StocktakeLine.good)
        .options(contains_eager(StocktakeLine.good))
        .where(StocktakeLine.stocktake_id == taken.id)
        .order_by(StocktakeLine.position)
    )
    if sheet is not None:
        first = (sheet - 1) * SHEET_ROWS
        query = query.where(StocktakeLine.position > first, StocktakeLine.position <= first + SHEET_ROWS)
    return session().scalars(query).all()


def stocktake_line(taken: Stocktake, good: Good) -> StocktakeLine | None:
    """The line of a good; None where it is not on the sheet."""
    return session().scalar(
        select(StocktakeLine).where(StocktakeLine.stocktake_id == taken.id, StocktakeLine.good_id == good.id)
    )


def sheets(lines: Sequence[StocktakeLine]) -> list[Sheet]:
    """How far each page of the count sheet is."""
    pages: list[Sheet] = []
    for first in range(0, len(lines), SHEET_ROWS):
        page = lines[first : first + SHEET_ROWS]
        counted = sum(line.counted is not None for line in page)
        pages.append(Sheet(first // SHEET_ROWS + 1, page[0].position, len(page), counted))
    return pages


def last_counted(taken: Stocktake, *, limit: int = 8) -> Sequence[StocktakeLine]:
    """What was written down last, the newest first."""
    query = (
        select(StocktakeLine)
        .join(StocktakeLine.good)
        .options(contains_eager(StocktakeLine.good))
        .where(StocktakeLine.stocktake_id == taken.id, StocktakeLine.counted_at.is_not(None))
        .order_by(StocktakeLine.counted_at.desc(), StocktakeLine.position.desc())
        .limit(limit)
    )
    return session().scalars(query).all()


def progress(taken: Stocktake) -> tuple[int, int]:
    """How many goods are counted, and how many there are."""
    counted, goods = (
        session()
        .execute(select(func.count(StocktakeLine.counted), func.count()).where(StocktakeLine.stocktake_id == taken.id))
        .one()
    )
    return counted, goods
