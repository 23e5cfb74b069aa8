"""Writes of the ledger: submissions, bookings, accounts, month close."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from pointsbank.audit import services as audit
from pointsbank.foundation import chain, clock, periods
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import inserts_by_dialect, table_of, transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.ledger import statements
from pointsbank.ledger.batch import open_batch
from pointsbank.ledger.booking import Booking, new_accounts
from pointsbank.ledger.chained import CHAIN
from pointsbank.ledger.errors import MonthNotClosableError, SameKeyOtherContentError
from pointsbank.ledger.fund_booking import FundBooking, new_fund_account
from pointsbank.ledger.models import VILLAGE_OWNER, Account, ClosedMonth, Submission
from pointsbank.places.models import Place

KEY_LENGTH_MAX = 64
CLOSE_ACTION = "month.close"

_submissions = table_of(Submission)
_ADD_SUBMISSION = {
    name: insert_.on_conflict_do_nothing().returning(_submissions.c.key)
    for name, insert_ in inserts_by_dialect(Submission).items()
}
_WRITE_RESULT = (
    update(_submissions)
    .where(_submissions.c.village_id == bindparam("village"), _submissions.c.key == bindparam("of_key"))
    .values(result=bindparam("new_result"))
)


def submit(
    village: Place,
    key: str,
    operation: str,
    content: dict[str, Any],
    actor: Actor,
    act: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Do an act once for ever under its key, in one transaction; a repeat gets the first result.

    content: what the caller sent (JSON values: the total the person saw, never server price or time).
    act: does the work inside the transaction and gives its result as JSON values.
    Raises SameKeyOtherContentError, InvalidInputError for an unusable key, and what act raises: then no key is left.
    """
    if not key or len(key) > KEY_LENGTH_MAX or not key.isascii() or not key.isprintable():
        raise InvalidInputError("页面已经过期，请刷新后重新提交。", field="key")
    encoded = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(encoded.encode("utf-8", "surrogatepass")).digest()
    with transaction() as session:
        connection = session.connection()
        asked = {
            "village_id": village.id,
            "key": key,
            "operation": operation,
            "content_digest": digest,
            "actor": actor.key,
            "at": clock.now(),
            "result": None,
        }
        if connection.execute(_ADD_SUBMISSION[connection.dialect.name], asked).first() is None:
            first = session.get_one(Submission, (village.id, key))
            if (first.operation, first.content_digest) != (operation, digest) or first.result is None:
                raise SameKeyOtherContentError
            repeated: dict[str, Any] = json.loads(first.result)
            return repeated
        result = act()
        written = json.dumps(result, ensure_ascii=False, sort_keys=True)
        connection.execute(_WRITE_RESULT, {"village": village.id, "of_key": key, "new_result": written})
        return result


@contextmanager
def booking(village: Place, households: Iterable[int], actor: Actor, submission_key: str) -> Iterator[Booking]:
    """Open a batch of transfers for these households (by serial) inside the open transaction; written at its end.

    Lock what else the act decides on (stock, claims, orders) before: the chain head is locked here, last.
    """
    with transaction() as session:
        batch = open_batch(Booking, session, village.id, village.code, households, actor, submission_key)
        yield batch
        batch.write()


@contextmanager
def fund_booking(village: Place, actor: Actor, submission_key: str) -> Iterator[FundBooking]:
    """Open a batch of the fund's transfers inside the open transaction; written at its end.

    The fund's account is made by its first booking. Lock what else the act decides on before, as for booking.
    """
    with transaction() as session:
        connection = session.connection()
        connection.execute(statements.ADD_ACCOUNT[connection.dialect.name], new_fund_account(village.id))
        owners = [VILLAGE_OWNER]
        batch = open_batch(FundBooking, session, village.id, village.code, owners, actor, submission_key)
        yield batch
        batch.write()


def open_accounts(village: Place, households: Iterable[int]) -> None:
    """Make the accounts of new households (by serial), all at 0."""
    rows = [row for household in households for row in new_accounts(village.id, household)]
    if rows:
        with transaction() as session:
            session.execute(insert(table_of(Account)), rows)


def close_month(village: Place, period: str, actor: Actor) -> ClosedMonth:
    """Close a period that has ended: later bookings of its days count for the earliest open one.

    Months close in order. Raises MonthNotClosableError.
    """
    periods.parse_period(period, field="month")
    with transaction() as session:
        head = chain.lock_head(session, village.id, CHAIN)
        last = session.scalar(select(func.max(ClosedMonth.period)).where(ClosedMonth.village_id == village.id))
        title = periods.period_title(period)
        if last is not None and period <= last:
            raise MonthNotClosableError(f"{title}已经结账，不用再结。")
        if last is not None and period != periods.next_period(last):
            due = periods.period_title(periods.next_period(last))
            raise MonthNotClosableError(f"要按月份顺序结账，请先结{due}。")
        if period >= periods.period_of(clock.today()):
            raise MonthNotClosableError(f"{title}还没有过完，下个月再结账。")
        closed = ClosedMonth(
            village_id=village.id,
            period=period,
            closed_at=clock.now(),
            actor=actor.key,
            head_sequence=head.sequence,
            head_digest=head.digest,
        )
        session.add(closed)
        audit.record(village.id, actor, CLOSE_ACTION, f"month:{period}", title)
    return closed
