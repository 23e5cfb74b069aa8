"""Choosing the deeds of merit of a month, and freezing its board."""

import hashlib
from dataclasses import replace
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pointsbank.audit import services as audit
from pointsbank.boards import content, policies, queries
from pointsbank.boards.errors import AlreadyFrozenError, MeritRefusedError, MonthNotFreezableError
from pointsbank.boards.models import BoardSnapshot, Merit
from pointsbank.deeds.models import Claim
from pointsbank.foundation import chain, clock, periods
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import transaction
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import queries as ledger
from pointsbank.ledger import services as ledger_services
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

MERITS_MAX = 12  # what a poster shows in letters that read from three metres
SENTENCE_LENGTH_MAX = 60  # characters; three lines on the poster


def choose_merit(village: Place, period: str, claim_serial: int, sentence: str, actor: Actor) -> None:
    """Put a good deed of the month on its board, after those chosen before, in these words.

    Raises InvalidInputError, NotFoundError, MeritRefusedError, AlreadyFrozenError.
    """
    with transaction() as current:
        _open_board(village, period)
        sentence = _checked_sentence(village, period, sentence)
        claim = queries.good_deed(village.id, period, claim_serial)
        if claim is None:
            raise NotFoundError("本月没有这一笔善行，或已经更正。请从列表里重新选。")
        merits = select(func.count(), func.max(Merit.position)).where(
            Merit.village_id == village.id, Merit.period == period
        )
        count, last = current.execute(merits).one()
        if count >= MERITS_MAX:
            raise MeritRefusedError(f"善举最多上 {MERITS_MAX} 件，榜上放不下了。请先取下一件。")
        if _merit(current, village, period, claim_serial) is not None:
            raise MeritRefusedError("这件事已经选上了，请在上面的名单里改句子。")
        current.add(
            Merit(
                village_id=village.id,
                period=period,
                claim_id=claim.id,
                position=(last or 0) + 1,
                sentence=sentence,
                actor=actor.key,
                created_at=clock.now(),
            )
        )
        audit.record(village.id, actor, "merit.choose", f"claim:{claim_serial}", sentence)


def word_merit(village: Place, period: str, claim_serial: int, seen: str, sentence: str, actor: Actor) -> None:
    """Word a chosen deed anew. seen: the sentence the clerk saw, so that two clerks do not overwrite each other.

    Raises InvalidInputError, NotFoundError, MeritRefusedError, AlreadyFrozenError.
    """
    with transaction() as current:
        _open_board(village, period)
        sentence = _checked_sentence(village, period, sentence)
        merit = _chosen(current, village, period, claim_serial)
        if merit.sentence not in (seen, sentence):
            raise MeritRefusedError("这句话刚才被别人改过。请看看新的句子，再改一次。")
        merit.sentence = sentence
        audit.record(village.id, actor, "merit.word", f"claim:{claim_serial}", sentence)


def move_merit(village: Place, period: str, claim_serial: int, step: Literal[-1, 1], actor: Actor) -> None:
    """Move a chosen deed one place up (-1) or down (1); at the end of the list it stays.

    Raises NotFoundError, AlreadyFrozenError.
    """
    with transaction() as current:
        _open_board(village, period)
        merit = _chosen(current, village, period, claim_serial)
        in_order = Merit.position if step > 0 else Merit.position.desc()
        beyond = Merit.position > merit.position if step > 0 else Merit.position < merit.position
        neighbour = current.scalar(
            select(Merit)
            .where(Merit.village_id == village.id, Merit.period == period, beyond)
            .order_by(in_order)
            .limit(1)
        )
        if neighbour is not None:
            merit.position, neighbour.position = neighbour.position, merit.position
            audit.record(village.id, actor, "merit.move", f"claim:{claim_serial}")


def remove_merit(village: Place, period: str, claim_serial: int, actor: Actor) -> None:
    """Take a chosen deed off the board; the deed itself and its points stay.

    Raises NotFoundError, AlreadyFrozenError.
    """
    with transaction() as current:
        _open_board(village, period)
        merit = _chosen(current, village, period, claim_serial)
        current.delete(merit)
        audit.record(village.id, actor, "merit.remove", f"claim:{claim_serial}", merit.sentence)


def freeze(village: Place, period: str, actor: Actor) -> BoardSnapshot:
    """Freeze a month's board for ever, with the ledger's head; a month that is still open is closed first.

    Raises InvalidInputError, AlreadyFrozenError, MonthNotFreezableError, MonthNotClosableError.
    """
    periods.parse_period(period, field="month")
    title = periods.period_title(period)
    with transaction() as current:
        _open_board(village, period)
        head = chain.lock_head(current, village.id, queries.CHAIN)  # all heads of the village: no booking until the end
        if period >= periods.period_of(clock.today()):
            raise MonthNotFreezableError(f"{title}还没有过完，下个月再定榜。")
        if ledger.sequence_range(village.id, period) is None:
            raise MonthNotFreezableError(f"{title}没有记过分，没有可以上榜的内容。请核对月份。")
        if period > (ledger.closed_through(village.id) or ""):
            ledger_services.close_month(village, period, actor)
        board = replace(queries.month_content(village, period), draft=False)
        text = content.to_json(board)
        snapshot = BoardSnapshot(
            village_id=village.id,
            period=period,
            frozen_at=clock.now(),
            actor=actor.key,
            head_sequence=board.head_sequence,
            head_digest=bytes.fromhex(board.head_digest),
            content=text,
            content_digest=hashlib.sha256(text.encode()).digest(),
        )
        snapshot.sequence, snapshot.previous_digest, snapshot.digest = head.append(chained_fields(snapshot))
        current.add(snapshot)
        audit.record(village.id, actor, "board.freeze", f"board:{period}", title)
    return snapshot


def chained_fields(snapshot: BoardSnapshot) -> tuple[chain.Field, ...]:
    """What of a snapshot is chained, in order: period, frozen_at, actor, the ledger's head, digest of the content."""
    return (
        snapshot.period,
        snapshot.frozen_at,
        snapshot.actor,
        snapshot.head_sequence,
        snapshot.head_digest,
        snapshot.content_digest,
    )


def _open_board(village: Place, period: str) -> None:
    """Take turns with all who change boards of the village. Raises AlreadyFrozenError."""
    lock_place(village.id)
    frozen = queries.snapshot_of(village.id, period)
    if frozen is not None:
        raise AlreadyFrozenError(f"{periods.period_title(period)}的榜已经定了（第 {frozen.sequence} 期），不能再改。")


def _merit(current: Session, village: Place, period: str, claim_serial: int) -> Merit | None:
    return current.scalar(
        select(Merit)
        .join(Claim, Claim.id == Merit.claim_id)
        .where(Merit.village_id == village.id, Merit.period == period, Claim.serial == claim_serial)
    )


def _chosen(current: Session, village: Place, period: str, claim_serial: int) -> Merit:
    merit = _merit(current, village, period, claim_serial)
    if merit is None:
        raise NotFoundError("这件事不在榜上了，可能刚被取下。请刷新页面。")
    return merit


def _checked_sentence(village: Place, period: str, sentence: str) -> str:
    sentence = clean_text(sentence, what="事迹", length_max=SENTENCE_LENGTH_MAX, required=True, field="sentence")
    if policies.has_long_number(sentence):
        raise InvalidInputError("榜上不能写电话号码、证件号码，请去掉。", field="sentence")
    private = queries.names_in_public(village.id, periods.days_of(period)[1]).private_in(sentence)
    if private:
        raise InvalidInputError(
            f"“{private[0]}”没有签姓名公示同意书，或未满 14 岁，姓名不能上榜。请改写这句话。", field="sentence"
        )
    return sentence
