"""Hash chains: each row carries the digest of the one before, so that history cannot be changed unseen.

One function (`link`) serves writer and verifier. A chain belongs to a place and has a name ("ledger", "audit", …).

Canonical encoding of a row (version 1): for each field in its documented order one tag byte, the length of the
content as four bytes big-endian, the content. Tags: n = nothing (length 0), i = whole number in decimal ASCII,
t = text in UTF-8, b = bytes, d = day YYYY-MM-DD, m = moment as milliseconds since 1970 UTC in decimal ASCII.
digest = SHA-256(b"pointsbank/1\\n" + chain name + b"\\n" + previous digest (32 bytes) + encoded fields).
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import LargeBinary, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from pointsbank.foundation.database import (
    STRICT,
    Base,
    Whole,
    before_commit,
    table_of,
    text_of,
    transaction_notes,
)

GENESIS = bytes(32)
Field = int | str | bytes | date | datetime | None
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _encode(field: Field) -> bytes:
    match field:
        case None:
            tag, content = b"n", b""
        case bool():
            raise TypeError("a flag has no place in a chain: write it as 0 or 1")
        case int():
            tag, content = b"i", str(field).encode()
        case str():
            tag, content = b"t", field.encode()
        case bytes():
            tag, content = b"b", field
        case datetime():
            tag, content = b"m", str(milliseconds(field)).encode()
        case date():
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


def lock_head(session: Session, place_id: int, name: str) -> Head:
    """The head of a chain, locked. Lock all other rows first: on PostgreSQL these are the last locks of a transaction.

    All chains of a place are locked together at the first call, so that two writers cannot wait for each other.
    The new heads are written as the last thing before the commit.
    """
    heads: dict[tuple[int, str], Head] = transaction_notes().setdefault(_HEADS, {})
    head = heads.get((place_id, name))
    if head is None:
        if not heads:
            before_commit(_write_heads, last=True)
        _lock_place(session, place_id, name, heads)
        head = heads[place_id, name]
    return head


def _lock_place(session: Session, place_id: int, name: str, heads: dict[tuple[int, str], Head]) -> None:
    postgres = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if postgres else sqlite.insert
    query = select(ChainHead.name, ChainHead.sequence, ChainHead.digest).where(ChainHead.place_id == place_id)
    query = query.order_by(ChainHead.name).with_for_update()
    rows = session.execute(query).all()
    if not any(row.name == name for row in rows):
        session.execute(
            insert(ChainHead).values(place_id=place_id, name=name, sequence=0, digest=GENESIS).on_conflict_do_nothing()
        )
        rows = session.execute(query).all()
    for row in rows:
        heads.setdefault((place_id, row.name), Head(place_id, row.name, row.sequence, row.digest))


def _write_heads(session: Session) -> None:
    heads: dict[tuple[int, str], Head] = transaction_notes().pop(_HEADS)
    table = table_of(ChainHead)
    session.execute(
        update(table)
        .where(table.c.place_id == bindparam("p"), table.c.name == bindparam("n"))
        .values(sequence=bindparam("s"), digest=bindparam("d")),
        [{"p": h.place_id, "n": h.name, "s": h.sequence, "d": h.digest} for h in heads.values()],
    )


def head_of(session: Session, place_id: int, name: str) -> tuple[int, bytes]:
    """The newest sequence and digest of a chain, read without a lock; (0, GENESIS) if it is empty."""
    row = session.execute(
        select(ChainHead.sequence, ChainHead.digest).where(ChainHead.place_id == place_id, ChainHead.name == name)
    ).first()
    return (row.sequence, row.digest) if row else (0, GENESIS)


@dataclass(frozen=True, slots=True)
class ChainedRow:
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
        place = f"{title}第{row.sequence}笔"
        if row.sequence != sequence + 1:
            yield f"{place}：前面缺了第{sequence + 1}笔"
        if row.previous != digest:
            yield f"{place}：与上一笔的校验码接不上"
        if link(name, row.previous, (row.sequence, *row.fields)) != row.digest:
            yield f"{place}：内容与校验码不符，被改动过"
        sequence, digest = row.sequence, row.digest
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
