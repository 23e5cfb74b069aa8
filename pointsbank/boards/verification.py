"""Proof that what was frozen is as it was: chain, content, the ledger's head, and the ranking of the closed month."""

import hashlib
from collections.abc import Iterator

from sqlalchemy import select

from pointsbank.boards import content
from pointsbank.boards.models import BoardSnapshot
from pointsbank.boards.queries import CHAIN
from pointsbank.boards.services import chained_fields
from pointsbank.foundation import chain
from pointsbank.foundation.database import session
from pointsbank.ledger import queries as ledger
from pointsbank.ledger.verification import head_problem
from pointsbank.places.models import Place

TITLE = "善行义举榜"


def problems(village: Place) -> list[str]:
    """What is wrong with a village's frozen boards; every problem names its place."""
    snapshots = (
        session()
        .scalars(select(BoardSnapshot).where(BoardSnapshot.village_id == village.id).order_by(BoardSnapshot.sequence))
        .all()
    )
    rows = (chain.ChainedRow(s.sequence, s.previous_digest, s.digest, chained_fields(s)) for s in snapshots)
    found = list(chain.problems(rows, CHAIN, TITLE, chain.head_of(session(), village.id, CHAIN)))
    return found + [problem for snapshot in snapshots for problem in _snapshot_problems(village, snapshot)]


def _snapshot_problems(village: Place, snapshot: BoardSnapshot) -> Iterator[str]:
    place = f"{TITLE}第{snapshot.sequence}期（{snapshot.period}）"
    if hashlib.sha256(snapshot.content.encode()).digest() != snapshot.content_digest:
        yield f"{place}：内容与校验码不符，被改动过"
        return
    board = content.from_json(snapshot.content)
    if (board.period, board.issue, board.head_sequence, board.head_digest) != (
        snapshot.period,
        snapshot.sequence,
        snapshot.head_sequence,
        snapshot.head_digest.hex(),
    ):
        yield f"{place}：榜上的月份、期号或账首与存档不符"
    problem = head_problem(village, snapshot.head_sequence, snapshot.head_digest)
    if problem:
        yield f"{place}：{problem}"
    if snapshot.period > (ledger.closed_through(village.id) or ""):
        yield f"{place}：已经定榜，月份却没有结账"
    # A closed month takes no more bookings, so its ranking stands for ever.
    shown = [(line.rank, line.points) for line in board.ranking]
    booked = [(row.rank, row.score) for row in ledger.ranking(village.id, snapshot.period, left_out=board.unranked)]
    if shown != booked[: len(shown)]:
        yield f"{place}：排名与积分账不符"
