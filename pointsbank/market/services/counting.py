"""The stock-take: counted blind while the shop goes on, compared with the book, confirmed by a second person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from pointsbank.access import queries as access
from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market import stock
from pointsbank.market.errors import (
    ChangedMeanwhileError,
    CountAgainError,
    CountedThemselvesError,
    NotCountedError,
    NotInStocktakeError,
    ReasonMissingError,
    StocktakeOpenError,
    StocktakeStepError,
)
from pointsbank.market.models import Good, Lot, MoveKind, StockMove, Stocktake, StocktakeLine, StocktakeState
from pointsbank.market.stocktaking import CONFIRM_ACTION, confirming_words, newest_moves, seen_of, to_count_again
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

COUNTS_MAX = 100  # goods in one act: a sheet has thirty
LINES_MAX = 2_000  # goods of one stock-take; a village has 35 to 150
REASON_LENGTH_MAX = 60
NOTE_LENGTH_MAX = 200
WITNESS_LENGTH_MAX = 40
NAMED_AT_MOST = 3  # goods that a refusal names

_STEPS = {
    StocktakeState.COUNTING: "还在数",
    StocktakeState.COMPARED: "已经对过账",
    StocktakeState.CONFIRMED: "已经确认",
    StocktakeState.CANCELLED: "已经作废",
}


@dataclass(frozen=True, slots=True)
class Count:
    """What somebody counted of a good. instead_of: the pieces written down before, as the page showed; None for none.

    adds: found at a second place, on top of what was counted at the first.
    """

    good_id: int
    pieces: int
    instead_of: int | None = None
    adds: bool = False


def open_stocktake(village: Place, category: str, actor: Actor, key: str) -> dict[str, Any]:
    """Begin a stock-take of all goods or of one category; services have no stock and are left out.

    Gives {"stocktake": serial, "goods": how many}. Raises StocktakeOpenError, InvalidInputError where there is nothing
    to count.
    """
    category = clean_text(category, what="类别", length_max=40, field="category")

    def act() -> dict[str, Any]:
        lock_place(village.id)
        current = session()
        newest = current.scalar(
            select(Stocktake).where(Stocktake.village_id == village.id).order_by(Stocktake.serial.desc()).limit(1)
        )
        if newest is not None and newest.is_open:
            raise StocktakeOpenError(f"{newest.serial} 号盘点还没有办完。请先办完或作废，再开新的。")
        goods = _goods_to_count(village.id, category)
        if not goods:
            raise InvalidInputError("没有可以盘点的商品。请先登记商品、入库，或换一个类别。", field="category")
        stock.lock_goods(village.id, [good.id for good in goods])  # in their order: lines have that of the shelf
        stocktake = Stocktake(
            id=new_id(),
            village_id=village.id,
            serial=newest.serial + 1 if newest else 1,
            category=category,
            state=StocktakeState.COUNTING,
            opened_at=clock.now(),
            opened_by=actor.key,
            opening_key=key,
        )
        current.add(stocktake)
        current.flush()
        current.add_all(
            StocktakeLine(stocktake_id=stocktake.id, position=position, village_id=village.id, good_id=good.id)
            for position, good in enumerate(goods, start=1)
        )
        audit.record(village.id, actor, "stocktake.open", f"stocktake:{stocktake.serial}", stocktake.scope)
        return {"stocktake": stocktake.serial, "goods": len(goods)}

    return ledger.submit(village, key, "market.open_stocktake", {"category": category}, actor, act)


def _goods_to_count(village_id: int, category: str) -> Sequence[Good]:
    """What may lie on the shelf, by category in the order the categories came up, then by serial."""
    firsts = (
        select(Good.category, func.min(Good.serial).label("first"))
        .where(Good.village_id == village_id)
        .group_by(Good.category)
        .subquery()
    )
    query = (
        select(Good)
        .join(firsts, firsts.c.category == Good.category)
        .where(Good.village_id == village_id, ~Good.is_service, Good.offered | (Good.on_hand > 0))
        .order_by(firsts.c.first, Good.serial)
        .limit(LINES_MAX)
    )
    if category:
        query = query.where(Good.category == category)
    return session().scalars(query).all()


# --- counting ---


def enter_counts(village: Place, serial: int, counts: Sequence[Count], actor: Actor, key: str) -> dict[str, Any]:
    """Write down what was counted; the server keeps beside it what the book says at this moment.

    After the comparison a good is counted a second time, the first count is kept. Gives {"stocktake": serial,
    "goods": how many}. Raises InvalidInputError, NotFoundError, StocktakeStepError, NotInStocktakeError,
    ChangedMeanwhileError when somebody else counted one of them, CountAgainError for pieces added after it moved.
    """
    if not 1 <= len(counts) <= COUNTS_MAX:
        raise InvalidInputError(f"一次记 1 到 {COUNTS_MAX} 样，请分几次记。")
    if len({count.good_id for count in counts}) < len(counts):
        raise InvalidInputError("同一样东西写了两次，请刷新页面再记。")
    if any(not 0 <= count.pieces <= stock.PIECES_MAX for count in counts):
        raise InvalidInputError(f"数到的数量要在 0 到 {stock.PIECES_MAX:,} 之间。", field="pieces")

    def act() -> dict[str, Any]:
        stocktake = _locked(village.id, serial, StocktakeState.COUNTING, StocktakeState.COMPARED)
        _write_down(stocktake, counts, actor)
        return {"stocktake": serial, "goods": len(counts)}

    content = {
        "stocktake": serial,
        "counts": [[count.good_id, count.pieces, count.instead_of, count.adds] for count in counts],
    }
    return ledger.submit(village, key, "market.enter_counts", content, actor, act)


def count_rest_as_none(village: Place, serial: int, actor: Actor, key: str) -> dict[str, Any]:
    """What nobody found is counted as 0. Gives what enter_counts gives. Raises NotFoundError, StocktakeStepError."""

    def act() -> dict[str, Any]:
        stocktake = _locked(village.id, serial, StocktakeState.COUNTING)
        rest = [Count(line.good_id, 0) for line in lines_of(stocktake) if line.counted is None]
        _write_down(stocktake, rest, actor)
        return {"stocktake": serial, "goods": len(rest)}

    return ledger.submit(village, key, "market.count_rest_as_none", {"stocktake": serial}, actor, act)


def _write_down(stocktake: Stocktake, counts: Sequence[Count], actor: Actor) -> None:
    goods = stock.lock_goods(stocktake.village_id, [count.good_id for count in counts])
    lines = {line.good_id: line for line in lines_of(stocktake)}
    newest = newest_moves(stocktake.village_id, goods.values())
    for count in counts:
        good = goods[count.good_id]
        line = lines.get(good.id) or _found_besides(stocktake, good, len(lines) + 1)
        lines[good.id] = line
        if line.counted != count.instead_of:
            raise ChangedMeanwhileError(f"“{good.title}”刚才有人数过、记过了。请看清记下的数，要改就重数。")
        through = newest.get(good.serial, 0)
        pieces = count.pieces
        if count.adds:
            pieces = min(pieces + _counted_at_first(stocktake, line, through), stock.PIECES_MAX)
        elif stocktake.state is StocktakeState.COMPARED and not line.is_recounted:
            line.first_counted, line.first_on_hand = line.counted, line.on_hand
            line.first_counted_by = line.counted_by
        line.counted, line.on_hand, line.through_sequence = pieces, good.on_hand, through
        line.counted_by, line.counted_at = actor.key, clock.now()
    said = "、".join(f"{goods[count.good_id].title} {lines[count.good_id].counted}" for count in counts)
    audit.record(stocktake.village_id, actor, "stocktake.count", f"stocktake:{stocktake.serial}", said)


def _found_besides(stocktake: Stocktake, good: Good, position: int) -> StocktakeLine:
    """A line for a good that was not on the sheet but lies on the shelf. Raises NotInStocktakeError."""
    if good.is_service:
        raise NotInStocktakeError(f"“{good.title}”是服务，没有库存，不用数。")
    if stocktake.category not in ("", good.category):
        raise NotInStocktakeError(f"这次只盘“{stocktake.category}”，“{good.title}”不在里面，请放到一边。")
    if stocktake.state is not StocktakeState.COUNTING:
        raise NotInStocktakeError(f"已经对过账了，不能再添“{good.title}”。请另开一次盘点，或到商品页上改数。")
    line = StocktakeLine(
        stocktake_id=stocktake.id, position=position, village_id=stocktake.village_id, good_id=good.id, good=good
    )
    session().add(line)
    return line


def _counted_at_first(stocktake: Stocktake, line: StocktakeLine, through: int) -> int:
    """The pieces of the first place, which hold as long as nothing went or came. Raises CountAgainError."""
    if stocktake.state is not StocktakeState.COUNTING or line.counted is None:
        raise StocktakeStepError("现在不能再加。请把几处的数合在一起，重数。")
    if line.through_sequence != through:
        raise CountAgainError(
            f"“{line.good.title}”数了第一处以后又有进出，两处的数合不到一起。请把几处一起重数。", field="pieces"
        )
    return line.counted


# --- comparing and explaining ---


def compare(village: Place, serial: int, actor: Actor) -> None:
    """Show what was counted beside the book: from here on nobody counts blind.

    Raises NotFoundError, StocktakeStepError, NotCountedError.
    """
    with transaction():
        stocktake = _locked(village.id, serial, StocktakeState.COUNTING)
        rest = [line for line in lines_of(stocktake) if line.counted is None]
        if rest:
            raise NotCountedError(f"还有 {len(rest)} 样没有数：{_named(rest)}。数完再对账；确实没有的，记成 0。")
        stocktake.state, stocktake.compared_at, stocktake.compared_by = StocktakeState.COMPARED, clock.now(), actor.key
        audit.record(village.id, actor, "stocktake.compare", f"stocktake:{serial}")


def explain(village: Place, serial: int, reasons: Mapping[int, str], actor: Actor) -> int:
    """Write down why goods differ, by the position of their lines; gives how many reasons are new.

    What does not differ is left out. Raises NotFoundError, StocktakeStepError, InvalidInputError.
    """
    with transaction():
        stocktake = _locked(village.id, serial, StocktakeState.COMPARED)
        changed = []
        for line in lines_of(stocktake):
            if line.position not in reasons or not line.difference:
                continue
            reason = clean_text(
                reasons[line.position], what=f"“{line.good.title}”的原因", length_max=REASON_LENGTH_MAX, field="reason"
            )
            if reason != line.reason:
                line.reason = reason
                changed.append(f"{line.good.title}：{reason}")
        if changed:
            audit.record(village.id, actor, "stocktake.explain", f"stocktake:{serial}", "；".join(changed))
    return len(changed)


# --- ending ---


def confirm(
    village: Place, serial: int, witness: str, witness_role: str, seen: str, actor: Actor, key: str
) -> dict[str, Any]:
    """A second person confirms the count with its witness: the differences are booked, all or none.

    seen: what stocktaking.seen_of said of the lines on the page. Gives {"stocktake": serial, "differences": goods,
    "moves": [sequences], "cost_fen": of what was booked, with its sign}. Raises NotFoundError, StocktakeStepError,
    InvalidInputError, ChangedMeanwhileError, CountedThemselvesError, ReasonMissingError, CountAgainError,
    OutOfStockError when a shortage would cut into what is put aside.
    """
    witness = clean_text(witness, what="见证人", length_max=WITNESS_LENGTH_MAX, required=True, field="witness")
    role = clean_text(witness_role, what="见证人的身份", length_max=WITNESS_LENGTH_MAX, required=True, field="role")

    def act() -> dict[str, Any]:
        stocktake = _locked(village.id, serial, StocktakeState.COMPARED)
        lines = lines_of(stocktake)
        if seen_of(lines) != seen:
            raise ChangedMeanwhileError("刚才有人重数过或改过原因。请看清新的数，再确认一次。")
        _check_other_people(lines, actor, witness)
        differing = [line for line in lines if line.difference]
        goods = stock.lock_goods(village.id, [line.good_id for line in differing])
        _check_settled(village.id, differing)
        moves: list[int] = []
        for line in differing:
            cause = stock.Cause(actor, key, clock.today(), f"盘点 {serial} 号：{line.reason}")
            written = stock.move(village, goods[line.good_id], MoveKind.COUNT, line.difference, cause)
            line.cost_fen = _cost_fen(village.id, written)
            moves += written
        session().flush()  # before the stock-take has ended: its lines are not changed after
        stocktake.witness, stocktake.witness_role = witness, role
        _end(stocktake, StocktakeState.CONFIRMED, actor, key)
        audit.record(village.id, actor, CONFIRM_ACTION, f"stocktake:{serial}", confirming_words(stocktake, lines))
        cost_fen = sum(line.cost_fen or 0 for line in differing)
        return {"stocktake": serial, "differences": len(differing), "moves": moves, "cost_fen": cost_fen}

    content = {"stocktake": serial, "witness": witness, "role": role, "seen": seen}
    return ledger.submit(village, key, "market.confirm_stocktake", content, actor, act)


def cancel_stocktake(village: Place, serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Give a stock-take up: nothing is booked. Gives {"stocktake": serial}.

    Raises NotFoundError, StocktakeStepError, InvalidInputError for a missing reason.
    """
    reason = clean_text(reason, what="作废原因", length_max=NOTE_LENGTH_MAX, required=True, field="note")

    def act() -> dict[str, Any]:
        stocktake = _locked(village.id, serial, StocktakeState.COUNTING, StocktakeState.COMPARED)
        stocktake.note = reason
        _end(stocktake, StocktakeState.CANCELLED, actor, key)
        audit.record(village.id, actor, "stocktake.cancel", f"stocktake:{serial}", reason)
        return {"stocktake": serial}

    content = {"stocktake": serial, "reason": reason}
    return ledger.submit(village, key, "market.cancel_stocktake", content, actor, act)


def _end(stocktake: Stocktake, state: StocktakeState, actor: Actor, key: str) -> None:
    stocktake.state, stocktake.ended_at = state, clock.now()
    stocktake.ended_by, stocktake.ending_key = actor.key, key


def _check_other_people(lines: Iterable[StocktakeLine], actor: Actor, witness: str) -> None:
    """Neither who confirms nor who witnesses has counted. Raises CountedThemselvesError."""
    counters = {who for line in lines for who in (line.counted_by, line.first_counted_by) if who}
    if actor.key in counters:
        raise CountedThemselvesError(
            "这次盘点您数过，不能自己确认。请没有数的文书、“两委”或监督委员用自己的账号登录来确认。"
        )
    if witness in access.actor_names(counters).values():
        raise CountedThemselvesError(f"{witness}数过，不能又当见证人。请写在场看着的另一个人。", field="witness")


def _check_settled(village_id: int, differing: Sequence[StocktakeLine]) -> None:
    """Every difference was counted twice, holds and has a reason. Raises CountAgainError, ReasonMissingError."""
    once = [line for line in differing if not line.is_recounted]
    if once:
        raise CountAgainError(f"有差异的要再数一次才能确认：{_named(once)}。")
    again = to_count_again(village_id, differing)
    if again:
        named = _named([line for line in differing if line.position in again])
        raise CountAgainError(f"数过以后又进过货、报损或单独改过数的要重数：{named}。")
    silent = [line for line in differing if not line.reason]
    if silent:
        raise ReasonMissingError(f"有差异的要写明原因：{_named(silent)}。")


def _cost_fen(village_id: int, moves: Sequence[int]) -> int:
    """What these moves were worth at the cost of their lots, with sign."""
    of_lot = (Lot.village_id == StockMove.village_id) & (Lot.serial == StockMove.lot_serial)
    query = (
        select(func.sum(StockMove.quantity * Lot.cost_fen))
        .join(Lot, of_lot)
        .where(StockMove.village_id == village_id, StockMove.sequence.in_(moves))
    )
    return int(session().scalar(query) or 0)


def _named(lines: Sequence[StocktakeLine]) -> str:
    names = "、".join(f"“{line.good.title}”" for line in lines[:NAMED_AT_MOST])
    return f"{names}等 {len(lines)} 样" if len(lines) > NAMED_AT_MOST else names


def lines_of(stocktake: Stocktake) -> Sequence[StocktakeLine]:
    """The lines with their goods, in the order of the count sheet."""
    query = (
        select(StocktakeLine)
        .join(StocktakeLine.good)
        .options(contains_eager(StocktakeLine.good))
        .where(StocktakeLine.stocktake_id == stocktake.id)
        .order_by(StocktakeLine.position)
    )
    return session().scalars(query).all()


def _locked(village_id: int, serial: int, *states: StocktakeState) -> Stocktake:
    """A stock-take at one of these steps, locked: counts are written down one after the other.

    Raises NotFoundError, StocktakeStepError.
    """
    stocktake = session().scalar(
        select(Stocktake)
        .where(Stocktake.village_id == village_id, Stocktake.serial == serial)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if stocktake is None:
        raise NotFoundError("没有这次盘点，请返回盘点列表。")
    if stocktake.state not in states:
        raise StocktakeStepError(f"{serial} 号盘点{_STEPS[stocktake.state]}，现在不能办这一步。请刷新页面看看。")
    return stocktake
