"""查积分, 我换的东西, 看榜."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pointsbank.boards import queries as boards
from pointsbank.cards import queries as cards
from pointsbank.cards.models import VillagerSession
from pointsbank.foundation import clock, periods
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.kiosk import queries
from pointsbank.kiosk.views.surface import blueprint, villager
from pointsbank.ledger import queries as ledger
from pointsbank.market import queries as market

RECEIPTS_PER_PAGE = 10


def _needs_pin(visit: VillagerSession) -> bool:
    """Who chose a PIN is asked for it before their lines are shown, once: that of the card, else of any of theirs."""
    if visit.with_pin:
        return False
    working = cards.working_cards(visit.village_id, visit.household_id)
    return any(card.pin_hash is not None for card in working if visit.card_id in (None, card.id))


@blueprint.get("/kiosk/month")
@villager
def month(visit: VillagerSession) -> ResponseReturnValue:
    """The lines of a month, this one unless another is asked for."""
    if _needs_pin(visit):
        return redirect(url_for("kiosk.pin", then="month"), 303)
    this_month = periods.period_of(clock.today())
    period = periods.parse_period(request.args.get("month", this_month))
    if period > this_month:
        raise InvalidInputError("这个月还没有到。请从头再来。")
    return render_template(
        "kiosk/month.html",
        period=period,
        this_month=this_month,
        earlier=periods.previous_period(period),
        later=periods.next_period(period) if period < this_month else None,
        lines=queries.month_lines(g.village.id, visit.household, period),
        balances=ledger.balances(g.village.id, visit.household.serial),
        honour=ledger.honour_score(g.village.id, visit.household.serial),
    )


@blueprint.get("/kiosk/lines/<int:sequence>")
@villager
def line(visit: VillagerSession, sequence: int) -> ResponseReturnValue:
    """Where one line of the household's own points comes from."""
    if _needs_pin(visit):
        return redirect(url_for("kiosk.pin", then="month"), 303)
    way = queries.plain_way(g.village, visit.household, sequence)
    return render_template("kiosk/line.html", way=way, month=periods.period_of(way.line.day))


def _serial(text: str) -> int:
    """A number that a database takes; ValueError for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(text)
    return int(text)


@blueprint.get("/kiosk/taken")
@villager
def taken(visit: VillagerSession) -> ResponseReturnValue:
    """What the household got for its points, and what waits at the counter."""
    if _needs_pin(visit):
        return redirect(url_for("kiosk.pin", then="taken"), 303)
    before = request.args.get("before", type=_serial)
    receipts = market.redemptions(g.village.id, household_id=visit.household_id, before=before, limit=RECEIPTS_PER_PAGE)
    return render_template(
        "kiosk/taken.html",
        receipts=receipts,
        order=market.waiting_order(g.village.id, visit.household_id) if before is None else None,
        older=receipts[-1].serial if len(receipts) == RECEIPTS_PER_PAGE else None,
    )


@blueprint.get("/kiosk/board")
@villager
def board(visit: VillagerSession) -> ResponseReturnValue:
    """The board that hangs on the wall; before the first one the running month. ?part=merits: its deeds of merit."""
    this_month = periods.period_of(clock.today())
    board = boards.newest_frozen(g.village.id) or boards.month_content(g.village, this_month)
    part = "merits" if request.args.get("part") == "merits" and board.merits else "ranking"
    return render_template("kiosk/board.html", board=board, part=part)
