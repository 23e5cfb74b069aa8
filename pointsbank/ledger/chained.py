"""What is chained of a transfer, and what it adds to its household's month: for the writer and the verifier alike."""

from collections.abc import Iterable, Mapping
from operator import itemgetter

from pointsbank.foundation import chain
from pointsbank.ledger.models import VILLAGE_OWNER, AccountKind, Book, TransferKind

CHAIN = "ledger"

# What a kind of transfer adds to the household's month: column and sign. Honour earnings count as honoured.
MONTH_EFFECTS: Mapping[tuple[Book, TransferKind], tuple[str, int]] = {
    (Book.POINTS, TransferKind.EARN): ("earned", 1),
    (Book.POINTS, TransferKind.EARN_REVERSAL): ("earned", -1),
    (Book.HONOUR, TransferKind.EARN): ("honoured", 1),
    (Book.HONOUR, TransferKind.EARN_REVERSAL): ("honoured", -1),
    (Book.POINTS, TransferKind.DEDUCT): ("deducted", 1),
    (Book.POINTS, TransferKind.DEDUCT_REVERSAL): ("deducted", -1),
    (Book.POINTS, TransferKind.SETTLE): ("spent", 1),
    (Book.POINTS, TransferKind.REDEEM): ("spent", 1),
    (Book.POINTS, TransferKind.REDEEM_REVERSAL): ("spent", -1),
    (Book.POINTS, TransferKind.RETURN): ("spent", -1),
}

AccountKey = tuple[int, Book, AccountKind]  # household serial (0: the village's own), book, kind


def has_stored_balance(key: AccountKey) -> bool:
    """Whether an account has a row with its balance: all of a household's, and of the village's own the fund."""
    return key[0] != VILLAGE_OWNER or key[2] is AccountKind.FUND


CHAINED_COLUMNS = (
    "book",
    "kind",
    "from_kind",
    "from_household",
    "to_kind",
    "to_household",
    "amount",
    "occurred_on",
    "period",
    "booked_at",
    "actor",
    "submission_key",
    "source_type",
    "source_serial",
    "source_digest",
    "refers_to",
    "text_digest",
)
chained_values = itemgetter(*CHAINED_COLUMNS)


def chained_fields(village_code: str, values: Iterable[chain.Field]) -> tuple[chain.Field, ...]:
    """What of a transfer is chained, in order (the sequence goes before, see chain.Head.append).

    The village's code, then the values of CHAINED_COLUMNS; a choice counts as the text it is stored as.
    """
    return (village_code, *values)
