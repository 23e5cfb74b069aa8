"""Applying to the town for a subsidy: what was redeemed in closed months, at the value of its points."""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.periods import days_of, parse_period, period_title
from pointsbank.foundation.points import FEN_MAX, format_points, format_yuan, worth_fen
from pointsbank.foundation.texts import clean_text
from pointsbank.fund.errors import (
    NothingRedeemedError,
    PeriodCoveredError,
    PeriodNotClosedError,
    SubsidyAnsweredError,
    UnknownSubsidyError,
)
from pointsbank.fund.models import EntryKind, Subsidy, SubsidyState
from pointsbank.fund.services import entries
from pointsbank.fund.services.entries import EntryDraft
from pointsbank.ledger import queries as book
from pointsbank.ledger import services as ledger
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

ANSWER_LENGTH_MAX = 200
APPLY_ACTION = "subsidy.apply"


def redeemed_in(village_id: int, first_period: str, last_period: str) -> tuple[int, int, int]:
    """What an application for these months is about: points redeemed less given back, points per yuan, fen.

    The value is that of the last day of the months. Raises InvalidInputError, PeriodNotClosedError,
    PeriodCoveredError, NothingRedeemedError.
    """
    parse_period(first_period, field="first_period")
    parse_period(last_period, field="last_period")
    if first_period > last_period:
        raise InvalidInputError("开始月份不能晚于结束月份。", field="last_period")
    if last_period > (book.closed_through(village_id) or ""):
        raise PeriodNotClosedError(
            f"{period_title(last_period)}还没有结账，数字还会变。请先到“一榜”里结账，再来申请。", field="last_period"
        )
    covering = _covering(village_id, first_period, last_period)
    if covering is not None:
        raise PeriodCoveredError(
            f"第 {covering} 号申请已经包括其中的月份，同一个月不能申请两次。", field="first_period"
        )
    for period in book.given_back_in(village_id, first_period):
        if _covering(village_id, period, period) is None:  # or what came back would never be taken off
            raise InvalidInputError(
                f"{period_title(period)}退回的比换的多，还没有扣。请从{period_title(period)}起一起申请。",
                field="first_period",
            )
    points = book.spent_in(village_id, first_period, last_period)
    points_per_yuan = places.settings_on(village_id, days_of(last_period)[1]).points_per_yuan
    amount = worth_fen(points, points_per_yuan)
    if amount <= 0:
        raise NothingRedeemedError("这些月份没有兑换，不用申请。请核对月份。", field="first_period")
    return points, points_per_yuan, amount


def _covering(village_id: int, first_period: str, last_period: str) -> int | None:
    """An application that stands and has one of these months, by its serial."""
    return session().scalar(
        select(Subsidy.serial)
        .where(
            Subsidy.village_id == village_id,
            Subsidy.state != SubsidyState.REFUSED,
            Subsidy.first_period <= last_period,
            Subsidy.last_period >= first_period,
        )
        .limit(1)
    )


def apply_for(
    village: Place, first_period: str, last_period: str, amount_seen: int, actor: Actor, key: str
) -> dict[str, Any]:
    """Apply for what was redeemed in these months, once for each month. amount_seen: fen that the person agreed to.

    Gives {"subsidy": serial, "amount_fen"}. Raises what redeemed_in raises, and InvalidInputError when the amount is
    another one now.
    """

    def act() -> dict[str, Any]:
        lock_place(village.id)
        points, points_per_yuan, amount = redeemed_in(village.id, first_period, last_period)
        if amount != amount_seen:
            raise InvalidInputError(f"金额有变动，现在是 {format_yuan(amount)} 元。请看清后重新提交。")
        last = session().scalar(select(func.max(Subsidy.serial)).where(Subsidy.village_id == village.id)) or 0
        now = clock.now()
        subsidy = Subsidy(
            village_id=village.id,
            serial=last + 1,
            first_period=first_period,
            last_period=last_period,
            points=points,
            points_per_yuan=points_per_yuan,
            amount_fen=amount,
            applied_on=clock.day_of(now),
            applied_at=now,
            actor=actor.key,
            submission_key=key,
            state=SubsidyState.APPLIED,
        )
        session().add(subsidy)
        session().flush()
        audit.record(village.id, actor, APPLY_ACTION, subject_of(subsidy.serial), in_words(subsidy))
        return {"subsidy": subsidy.serial, "amount_fen": amount}

    content = {"first_period": first_period, "last_period": last_period, "amount_seen": amount_seen}
    return ledger.submit(village, key, APPLY_ACTION, content, actor, act)


def receive(
    village: Place, serial: int, amount_fen: int, received_on: date, voucher: str, note: str, actor: Actor, key: str
) -> dict[str, Any]:
    """The money came: it goes into the register with the town's voucher. note: why it is another amount, if it is.

    Gives {"entry": serial, "balance_fen"}. Raises UnknownSubsidyError, SubsidyAnsweredError, InvalidInputError.
    """
    voucher = entries.clean_voucher(voucher)
    if not voucher:
        raise InvalidInputError("请填镇上代管账的凭证号。", field="voucher")
    note = clean_text(note, what="说明", length_max=ANSWER_LENGTH_MAX, field="answer")
    if not 1 <= amount_fen <= FEN_MAX:
        raise InvalidInputError("金额要大于 0。", field="amount")

    def act() -> dict[str, Any]:
        subsidy = _waiting(village.id, serial)
        if received_on < subsidy.applied_on:
            raise InvalidInputError("到账日期不能早于申请日期。", field="received_on")
        if amount_fen != subsidy.amount_fen and not note:
            raise InvalidInputError("到账金额和申请的不一样，请写明原因。", field="answer")
        purpose = f"第 {serial} 号补贴申请（{periods_in_words(subsidy)}）"
        line = EntryDraft(EntryKind.SUBSIDY, amount_fen, received_on, "镇财政", purpose, voucher)
        entry = entries.book(village, entries.cleaned(line), actor, key)
        subsidy.state, subsidy.entry_serial = SubsidyState.RECEIVED, entry.serial
        subsidy.answer, subsidy.answered_on = note, received_on
        audit.record(village.id, actor, "subsidy.receive", subject_of(serial), f"{format_yuan(amount_fen)} 元 {note}")
        return {"entry": entry.serial, "balance_fen": entry.balance_after_fen}

    content = {
        "subsidy": serial,
        "amount_fen": amount_fen,
        "received_on": received_on.isoformat(),
        "voucher": voucher,
        "note": note,
    }
    return ledger.submit(village, key, "subsidy.receive", content, actor, act)


def refuse(village: Place, serial: int, reason: str, actor: Actor) -> None:
    """The town said no; its months can be applied for again. Raises UnknownSubsidyError, SubsidyAnsweredError."""
    reason = clean_text(reason, what="镇上的答复", length_max=ANSWER_LENGTH_MAX, required=True, field="answer")
    with transaction():
        subsidy = _waiting(village.id, serial)
        subsidy.state, subsidy.answer, subsidy.answered_on = SubsidyState.REFUSED, reason, clock.today()
        audit.record(village.id, actor, "subsidy.refuse", subject_of(serial), reason)


def _waiting(village_id: int, serial: int) -> Subsidy:
    """An application that waits for an answer, locked. Raises UnknownSubsidyError, SubsidyAnsweredError."""
    subsidy = session().scalar(
        select(Subsidy)
        .where(Subsidy.village_id == village_id, Subsidy.serial == serial)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if subsidy is None:
        raise UnknownSubsidyError
    if subsidy.state is not SubsidyState.APPLIED:
        raise SubsidyAnsweredError
    return subsidy


def subject_of(serial: int) -> str:
    """What the trail calls an application."""
    return f"subsidy:{serial}"


def periods_in_words(subsidy: Subsidy) -> str:
    """The months of an application: 2026年1月, 2026年1月到2026年3月."""
    first, last = period_title(subsidy.first_period), period_title(subsidy.last_period)
    return first if first == last else f"{first}到{last}"


def in_words(subsidy: Subsidy) -> str:
    """What the trail keeps of an application. One function for writer and verifier."""
    return (
        f"{subsidy.first_period} {subsidy.last_period} {format_points(subsidy.points)} 分，"
        f"{format_points(subsidy.points_per_yuan)} 分一元，{format_yuan(subsidy.amount_fen)} 元"
    )
