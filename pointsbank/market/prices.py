"""Prices: the only module that sets what a good costs, and keeps everyone that was set in a chain of its own.

A price holds from a day on. The day may come: then the good has two prices, the one of now and the next one. Nothing
has to happen on that day; Good.price_on looks at the calendar, and whoever sets the following price puts the next one
in the place of the one before. Goods are locked first; the chain's head comes last.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session

from pointsbank.foundation import chain, clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import before_commit, table_of, transaction_notes
from pointsbank.market.models import Good, GoodPrice
from pointsbank.places.models import Place

CHAIN = "prices"
_PENDING = "market_prices"
_ADD = insert(table_of(GoodPrice))


class Prices(NamedTuple):
    """What a good costs, in units: now, and from a day to come if that is another price."""

    now: int
    next: int | None = None
    next_on: date | None = None

    @classmethod
    def of(cls, good: Good) -> "Prices":
        """Those in a good's row."""
        return cls(good.points_price, good.next_price, good.next_price_on)

    def on(self, day: date) -> int:
        """The price of a day from the last setting on."""
        return self.now if self.next is None or self.next_on is None or day < self.next_on else self.next

    def after(self, units: int, effective_on: date, today: date) -> "Prices":
        """What holds after this price was set on a day. One function for writer and verifier.

        A next price that is due is the price of now; one that is no other than the price of now is none.
        """
        now, following, day = self
        if day is not None and day <= today:
            now, following, day = self.on(today), None, None
        if effective_on <= today:
            now = units
        else:
            following, day = units, effective_on
        return Prices(now) if following == now else Prices(now, following, day)


def chained_fields(village_code: str, row: Mapping[str, Any]) -> tuple[chain.Field, ...]:
    """What of a price is chained, in order (the sequence goes before, see chain.Head.append).

    Village code, good's serial, units, effective_on, set_at, actor.
    """
    return (
        village_code,
        row["good_serial"],
        row["points_price"],
        row["effective_on"],
        row["set_at"],
        row["actor"],
    )


def first_price(village: Place, good: Good, units: int, actor: Actor) -> None:
    """Let a new good cost so many units from today on."""
    good.points_price = units
    _note(village, good, units, clock.today(), actor)


def set_price(village: Place, good: Good, units: int, effective_on: date, actor: Actor) -> None:
    """Let a locked good cost so many units from today or a later day on; what is ordered keeps its price."""
    prices = Prices.of(good).after(units, effective_on, clock.today())
    good.points_price, good.next_price, good.next_price_on = prices
    _note(village, good, units, effective_on, actor)


def _note(village: Place, good: Good, units: int, effective_on: date, actor: Actor) -> None:
    """Keep for the end of the transaction: an import locks one good after the other, the chain's head comes last."""
    pending: list[tuple[str, dict[str, Any]]] | None = transaction_notes().get(_PENDING)
    if pending is None:
        pending = transaction_notes()[_PENDING] = []
        before_commit(_write)
    row = {
        "village_id": village.id,
        "good_serial": good.serial,
        "points_price": units,
        "effective_on": effective_on,
        "set_at": clock.now(),
        "actor": actor.key,
    }
    pending.append((village.code, row))


def _write(session: Session) -> None:
    rows = []
    for code, row in transaction_notes().pop(_PENDING):
        head = chain.lock_head(session, row["village_id"], CHAIN)
        row["sequence"], row["previous_digest"], row["digest"] = head.append(chained_fields(code, row))
        rows.append(row)
    session.connection().execute(_ADD, rows)
