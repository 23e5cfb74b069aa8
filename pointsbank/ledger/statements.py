"""The statements of a booking, built once: writing transfers is the hot path."""

from sqlalchemy import bindparam, func, insert, select, update

from pointsbank.foundation.database import inserts_by_dialect, table_of
from pointsbank.ledger.models import Account, ClosedMonth, Entry, HouseholdMonth, Transfer, TransferText

_accounts, _months, _transfers = table_of(Account), table_of(HouseholdMonth), table_of(Transfer)
LOCK_ACCOUNTS = (
    select(_accounts.c.household_serial, _accounts.c.book, _accounts.c.kind, _accounts.c.balance, _accounts.c.floor)
    .where(
        _accounts.c.village_id == bindparam("village"),
        _accounts.c.household_serial.in_(bindparam("households", expanding=True)),
    )
    .order_by(_accounts.c.household_serial, _accounts.c.book, _accounts.c.kind)
    .with_for_update()
)
ADD_ACCOUNT = {name: insert_.on_conflict_do_nothing() for name, insert_ in inserts_by_dialect(Account).items()}
CLOSED_THROUGH = select(func.max(ClosedMonth.period)).where(ClosedMonth.village_id == bindparam("village"))
TRANSFER = select(_transfers).where(
    _transfers.c.village_id == bindparam("village"), _transfers.c.sequence == bindparam("sequence")
)
REFERRING = select(func.coalesce(func.sum(_transfers.c.amount), 0)).where(
    _transfers.c.village_id == bindparam("village"), _transfers.c.refers_to == bindparam("sequence")
)
ADD_TRANSFER = insert(_transfers)
ADD_TEXT = insert(table_of(TransferText))
ADD_ENTRY = insert(table_of(Entry))
WRITE_BALANCE = (
    update(_accounts)
    .where(
        _accounts.c.village_id == bindparam("village"),
        _accounts.c.household_serial == bindparam("household"),
        _accounts.c.book == bindparam("of_book"),
        _accounts.c.kind == bindparam("of_kind"),
    )
    .values(balance=bindparam("new_balance"))
)
ADD_TO_MONTH = {
    name: insert_.on_conflict_do_update(
        index_elements=["village_id", "period", "household_serial"],
        set_={sum_: _months.c[sum_] + insert_.excluded[sum_] for sum_ in ("earned", "honoured", "deducted", "spent")},
    )
    for name, insert_ in inserts_by_dialect(HouseholdMonth).items()
}
