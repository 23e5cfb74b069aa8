"""Hash chains: each row carries the digest of the one before, so that history cannot be changed unseen.

One function (`link`) serves writer and verifier. A chain belongs to a place and has a name ("ledger", "audit", …).

Canonical encoding of a row (version 1): for each field in its documented order one tag byte, the length of the
content as four bytes big-endian, the content. Tags: n = nothing (length 0), i = whole number in decimal ASCII,
t = text in UTF-8, b = bytes, d = day YYYY-MM-DD, m = moment as milliseconds since 1970 UTC in decimal ASCII.
digest = SHA-256(b"pointsbank/1\\n" + chain name + b"\\n" + previous digest (32 bytes) + encoded fields).
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import LargeBinary, bindparam, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

from pointsbank.foundation.database import (
    STRICT,
    Base,
    Whole,
    before_commit,
    inserts_by_dialect,
    table_of,
    text_of,
    transaction_notes,
)

GENESIS = bytes(32)
Field = int | str | bytes | date | datetime | None
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class ChainHead(Base):
    """The newest sequence and digest of a chain; the one row that every writer of a place updates, last."""

    __tablename__ = "chain_heads"
    __table_args__ = (STRICT,)

    place_id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(text_of(20), primary_key=True)
    sequence: Mapped[int] = mapped_column(Whole)
    digest: Mapped[bytes] = mapped_column(LargeBinary)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MILLISECOND


def _encode(field: Field) -> bytes:
    # An if per type, the most frequent first: every booking and every proof comes through here 18 times a row.
    if isinstance(field, str):
        tag, content = b"t", field.encode()
    elif isinstance(field, int):
        if isinstance(field, bool):
            raise TypeError("a flag has no place in a chain: write it as 0 or 1")
        tag, content = b"i", b"%d" % field
    elif field is None:
        tag, content = b"n", b""
    elif isinstance(field, bytes):
        tag, content = b"b", field
    elif isinstance(field, datetime):  # before date: a moment is a date to Python
        tag, content = b"m", b"%d" % milliseconds(field)
    else:
        tag, content = b"d", field.isoformat().encode()
    return tag + len(content).to_bytes(4, "big") + content


def link(name: str, previous: bytes, fields: Iterable[Field]) -> bytes:
    """The digest of a row, from the digest before it and its fields in documented order."""
    return hashlib.sha256(
        b"pointsbank/1\n" + name.encode() + b"\n" + previous + b"".join(map(_encode, fields))
    ).digest()


def text_digest(salt: bytes, text: str) -> bytes:
    """What stands in a chain for a free text that may be erased one day."""
    return hashlib.sha256(salt + text.encode()).digest()


class Head:
    """The head of one chain, locked until the end of the transaction."""

    def __init__(self, place_id: int, name: str, sequence: int, digest: bytes) -> None:
        self.place_id, self.name = place_id, name
        self.sequence, self.digest = sequence, digest

    def append(self, fields: Iterable[Field]) -> tuple[int, bytes, bytes]:
        """Take the next place: gives its sequence, the previous digest and the row's own digest.

        The sequence is put before the fields, so that no row can be moved to another place.
        """
        previous = self.digest
        self.sequence += 1
        self.digest = link(self.name, previous, (self.sequence, *fields))
        return self.sequence, previous, self.digest


_HEADS = "pointsbank_chain_heads"
_heads = table_of(ChainHead)
_HEADS_OF_PLACE = (
    select(_heads.c.name, _heads.c.sequence, _heads.c.digest)
    .where(_heads.c.place_id == bindparam("place"))
    .order_by(_heads.c.name)
    .with_for_update()
)
_ADD_HEAD = {name: insert.on_conflict_do_nothing() for name, insert in inserts_by_dialect(ChainHead).items()}
_WRITE_HEAD = (
    update(_heads)
    .where(_heads.c.place_id == bindparam("place"), _heads.c.name == bindparam("chain"))
    .values(sequence=bindparam("new_sequence"), digest=bindparam("new_digest"))
)


def lock_head(session: Session, place_id: int, name: str) -> Head:
    """The head of a chain, locked. Lock all other rows first: on PostgreSQL these are the last locks of a transaction.

    All chains of a place are locked together at the first call, so that two writers cannot wait for each other;
    what the session still holds back is written before. The new heads are written as the last thing before the commit.
    """
    heads: dict[tuple[int, str], Head] = transaction_notes().setdefault(_HEADS, {})
    head = heads.get((place_id, name))
    if head is None:
        if not heads:
            before_commit(_write_heads, last=True)
        session.flush()
        _lock_place(session.connection(), place_id, name, heads)
        head = heads[place_id, name]
    return head


def _lock_place(connection: Connection, place_id: int, name: str, heads: dict[tuple[int, str], Head]) -> None:
    rows = connection.execute(_HEADS_OF_PLACE, {"place": place_id}).all()
    if not any(row.name == name for row in rows):
        first = {"place_id": place_id, "name": name, "sequence": 0, "digest": GENESIS}
        connection.execute(_ADD_HEAD[connection.dialect.name], first)
        rows = connection.execute(_HEADS_OF_PLACE, {"place": place_id}).all()
    for row in rows:
        heads.setdefault((place_id, row.name), Head(place_id, row.name, row.sequence, row.digest))


def _write_heads(session: Session) -> None:
    heads: dict[tuple[int, str], Head] = transaction_notes().pop(_HEADS)
    session.connection().execute(
        _WRITE_HEAD,
        [
            {"place": head.place_id, "chain": head.name, "new_sequence": head.sequence, "new_digest": head.digest}
            for head in heads.values()
        ],
    )


def head_of(session: Session, place_id: int, name: str) -> tuple[int, bytes]:
    """The newest sequence and digest of a chain, read without a lock; (0, GENESIS) if it is empty."""
    row = session.execute(
        select(ChainHead.sequence, ChainHead.digest).where(ChainHead.place_id == place_id, ChainHead.name == name)
    ).first()
    return (row.sequence, row.digest) if row else (0, GENESIS)


class ChainedRow(NamedTuple):
    """A stored row of a chain as verification reads it back."""

    sequence: int
    previous: bytes
    digest: bytes
    fields: tuple[Field, ...]


def problems(rows: Iterable[ChainedRow], name: str, title: str, head: tuple[int, bytes]) -> Iterator[str]:
    """Walk a chain from its beginning and name every place where it does not hold.

    rows: in order of sequence. title: what people call a row, e.g. "积分账". After a bad row the walk goes on from
    the digest that is stored, so that one changed row is named alone.
    """
    sequence, digest = 0, GENESIS
    for row in rows:
        expected, before = sequence + 1, digest
        sequence, previous, digest, fields = row
        if sequence != expected:
            yield f"{title}第{sequence}笔：前面缺了第{expected}笔"
        if previous != before:
            yield f"{title}第{sequence}笔：与上一笔的校验码接不上"
        if link(name, previous, (sequence, *fields)) != digest:
            yield f"{title}第{sequence}笔：内容与校验码不符，被改动过"
    if (sequence, digest) != head:
        yield f"{title}：末尾是第{sequence}笔，与记录的第{head[0]}笔不符，可能被截去或添加"


def text_problem(place: str, digest: bytes | None, salt: bytes | None, text: str | None, *, erased: bool) -> str | None:
    """What is wrong with the free text beside a chained row, None if nothing.

    erased: whether the audit trail has an erasure of this text.
    """
    if digest is None:
        return None if salt is None else f"{place}：多出了不该有的文字"
    if salt is None:
        return f"{place}：文字不见了"
    if text is None:
        return None if erased else f"{place}：文字被清空，却没有清除记录"
    return None if text_digest(salt, text) == digest else f"{place}：文字被改动过"
