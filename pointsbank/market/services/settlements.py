"""Settlements with partner shops: opened, counted along, closed for good, signed by both sides."""

from datetime import date
from typing import Any

from sqlalchemy import func, insert, select

from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, table_of
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.periods import day_title
from pointsbank.foundation.points import format_yuan
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market.errors import SettlementMovedError
from pointsbank.market.models import PartnerShop, Redemption, Settlement, SettlementLine, SettlementState
from pointsbank.market.models.settlements import SETTLEMENT_STATE_NAMES
from pointsbank.market.queries.settlements import NOT_FOUND, Account, due_lines, first_day_of
from pointsbank.market.services.partners import locked_partner
from pointsbank.market.settling import CLOSE_ACTION, SIGN_ACTION, closing_words, signing_words
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

LINES_MAX = 20_000  # of one settlement: 300 receipts a day for a month, two lines each; paper and .xlsx end there
SIGNER_LENGTH_MAX = 40

_S = SettlementState


def open_settlement(village: Place, partner_serial: int, last_day: date, actor: Actor, key: str) -> dict[str, Any]:
    """Begin a settlement up to a day, or move the open one to that day. Gives {"settlement": serial}.

    Raises NotFoundError, InvalidInputError for a day that is not over yet or is settled already.
    """

    def act() -> dict[str, Any]:
        lock_place(village.id)
        partner = locked_partner(village.id, partner_serial)
        _check_last_day(partner, last_day)
        current = session()
        waiting = current.scalar(
            select(Settlement)
            .where(Settlement.partner_id == partner.id, Settlement.state == _S.OPEN)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        first_day = first_day_of(partner, last_day, due_lines(partner, last_day))
        if waiting is not None:
            waiting.first_day, waiting.last_day = first_day, last_day
            _note(village, actor, "move", waiting, f"结算到 {last_day.isoformat()}")
            return {"settlement": waiting.serial}
        newest = current.scalar(select(func.max(Settlement.serial)).where(Settlement.village_id == village.id)) or 0
        opened = Settlement(
            village_id=village.id,
            serial=newest + 1,
            partner_id=partner.id,
            state=_S.OPEN,
            first_day=first_day,
            last_day=last_day,
            opened_by=actor.key,
            opened_at=clock.now(),
        )
        current.add(opened)
        _note(village, actor, "open", opened, f"{partner.name}，结算到 {last_day.isoformat()}")
        return {"settlement": opened.serial}

    content = {"partner": partner_serial, "last_day": last_day.isoformat()}
    return ledger.submit(village, key, "market.settlement.open", content, actor, act)


def _check_last_day(partner: PartnerShop, last_day: date) -> None:
    if last_day > clock.today():
        raise InvalidInputError("只能结算到今天为止，请选今天或以前的日子。", field="last_day")
    settled = session().scalar(
        select(func.max(Settlement.last_day)).where(Settlement.partner_id == partner.id, Settlement.state != _S.OPEN)
    )
    since = settled or clock.day_of(partner.since)
    if last_day < since:
        raise InvalidInputError(f"{day_title(since)}以前的已经结算过，或还没有合作，请选以后的日子。", field="last_day")


def close_settlement(village: Place, serial: int, payable_seen: int, actor: Actor, key: str) -> dict[str, Any]:
    """Fix the figures for good. payable_seen: the amount in fen that the person saw.

    What comes back later goes into the next settlement. Gives {"settlement": serial, "payable_fen": fen}.
    Raises NotFoundError, SettlementMovedError when it is closed or counts otherwise by now, InvalidInputError.
    """

    def act() -> dict[str, Any]:
        opened = _locked(village.id, serial, _S.OPEN)
        partner = opened.partner
        _lock_redemptions([line.redemption_id for line in due_lines(partner, opened.last_day)])
        lines = due_lines(partner, opened.last_day)
        account = Account(opened, first_day_of(partner, opened.last_day, lines), lines)
        if not account.shown:
            raise InvalidInputError("这段时间没有要结算的兑换。请等有了兑换再结。")
        if len(lines) > LINES_MAX:
            raise InvalidInputError(f"一张结算单最多 {LINES_MAX:,} 行，请先结算到早一些的日子。", field="last_day")
        if account.payable_fen != payable_seen:
            raise SettlementMovedError(
                f"刚才又有兑换或退换：应付现在是 {format_yuan(account.payable_fen)} 元，"
                f"您看到的是 {format_yuan(payable_seen)} 元。请看清后再结算。"
            )
        _fix(account, actor)
        words = closing_words(opened, (line.numbers for line in lines))
        audit.record(village.id, actor, CLOSE_ACTION, f"settlement:{serial}", words)
        return {"settlement": serial, "payable_fen": account.payable_fen}

    content = {"settlement": serial, "payable_seen": payable_seen}
    return ledger.submit(village, key, "market.settlement.close", content, actor, act)


def _lock_redemptions(redemption_ids: list[int]) -> None:
    """Nothing of these comes back or is voided until the open transaction ends."""
    ids = sorted(set(redemption_ids))
    for start in range(0, len(ids), 500):  # SQLite takes so many values in one statement
        some = ids[start : start + 500]
        session().execute(
            select(Redemption.id).where(Redemption.id.in_(some)).order_by(Redemption.id).with_for_update()
        )


def _fix(account: Account, actor: Actor) -> None:
    """Write the lines, then the sums: a closed settlement takes no more lines."""
    current, settlement = session(), account.settlement
    rows = [
        {
            "settlement_id": settlement.id,
            "redemption_id": line.redemption_id,
            "redemption_position": line.position,
            "village_id": settlement.village_id,
            "is_deduction": line.is_deduction,
            "pieces": line.pieces,
            "points_price": line.points_price,
            "value_fen": line.value_fen,
            "pay_percent": line.percent,
        }
        for line in account.lines
    ]
    current.connection().execute(insert(table_of(SettlementLine)), rows)
    settlement.first_day = account.first_day
    settlement.redemptions, settlement.points = account.redemptions, account.points
    settlement.value_fen, settlement.payable_fen = account.value_fen, account.payable_fen
    settlement.state, settlement.closed_by, settlement.closed_at = _S.CLOSED, actor.key, clock.now()


def sign_settlement(
    village: Place, serial: int, partner_signer: str, village_signer: str, signed_on: date, actor: Actor, key: str
) -> dict[str, Any]:
    """Note that both sides signed the sheet: who, and on which day. Gives {"settlement": serial}.

    Raises NotFoundError, SettlementMovedError, InvalidInputError.
    """
    theirs = clean_text(
        partner_signer, what="合作商店签字人", length_max=SIGNER_LENGTH_MAX, required=True, field="partner_signer"
    )
    ours = clean_text(
        village_signer, what="爱心超市签字人", length_max=SIGNER_LENGTH_MAX, required=True, field="village_signer"
    )
    if theirs == ours:
        raise InvalidInputError("双方要各有一人签字，不能是同一个人。", field="village_signer")

    def act() -> dict[str, Any]:
        closed = _locked(village.id, serial, _S.CLOSED)
        closed_on = clock.day_of(closed.closed_at or closed.opened_at)
        if not closed_on <= signed_on <= clock.today():
            raise InvalidInputError("签字日期要在结算那天到今天之间。", field="signed_on")
        closed.state, closed.signed_on, closed.signed_by = _S.SIGNED, signed_on, actor.key
        closed.partner_signer, closed.village_signer = theirs, ours
        audit.record(village.id, actor, SIGN_ACTION, f"settlement:{serial}", signing_words(closed))
        return {"settlement": serial}

    content = {"settlement": serial, "theirs": theirs, "ours": ours, "signed_on": signed_on.isoformat()}
    return ledger.submit(village, key, "market.settlement.sign", content, actor, act)


def _locked(village_id: int, serial: int, state: SettlementState) -> Settlement:
    """A settlement in this state, locked. Raises NotFoundError, SettlementMovedError."""
    settlement = session().scalar(
        select(Settlement)
        .where(Settlement.village_id == village_id, Settlement.serial == serial)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if settlement is None:
        raise NotFoundError(NOT_FOUND)
    if settlement.state is not state:
        raise SettlementMovedError(
            f"{serial} 号结算单现在是“{SETTLEMENT_STATE_NAMES[settlement.state]}”，办不了这一步。请刷新页面看看。"
        )
    return settlement


def _note(village: Place, actor: Actor, verb: str, settlement: Settlement, text: str) -> None:
    audit.record(village.id, actor, f"settlement.{verb}", f"settlement:{settlement.serial}", text)
