"""Proof that partner shops are settled right: each redemption once, by its agreed value, and nothing left out."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from pointsbank.audit.queries import texts_of
from pointsbank.foundation import clock
from pointsbank.foundation.database import session
from pointsbank.market.models import (
    Good,
    PartnerGood,
    PartnerShop,
    Redemption,
    RedemptionLine,
    Settlement,
    SettlementLine,
    SettlementState,
)
from pointsbank.market.services.partners import PAUSED, agreement_words
from pointsbank.market.settling import (
    CLOSE_ACTION,
    GOOD_ACTION,
    SIGN_ACTION,
    LineNumbers,
    closing_words,
    payable_of,
    signing_words,
    value_of,
    value_words,
)
from pointsbank.places.models import Place

Key = tuple[int, int]  # a redemption's id, a line's position


def problems(village: Place) -> Iterator[str]:
    """What is wrong with a village's partner shops and settlements; every problem names its place."""
    given = _Given(village.id)
    yield from given.problems()
    yield from _agreement_problems(village.id)
    yield from _value_problems(village.id)
    closed, signed = texts_of(village.id, CLOSE_ACTION), texts_of(village.id, SIGN_ACTION)
    settled: dict[Key, int] = defaultdict(int)
    lines: dict[int, list[SettlementLine]] = defaultdict(list)
    for line in session().scalars(select(SettlementLine).where(SettlementLine.village_id == village.id)):
        lines[line.settlement_id].append(line)
        settled[line.redemption_id, line.redemption_position] += line.pieces
    query = select(Settlement).where(Settlement.village_id == village.id).order_by(Settlement.serial)
    last: dict[int, Settlement] = {}  # of each partner, the closed one that reaches farthest
    for expected, settlement in enumerate(session().scalars(query), start=1):
        place = f"结算单{settlement.serial}号"
        if settlement.serial != expected:
            yield f"{place}：前面缺了结算单"
        yield from _settlement_problems(place, settlement, lines[settlement.id], given)
        subject = f"settlement:{settlement.serial}"
        if settlement.state is not SettlementState.OPEN:
            numbers = [given.numbers(line) for line in lines[settlement.id]]
            if not _is_told(closed.get(subject), closing_words(settlement, numbers)):
                yield f"{place}：内容与留痕里结算时记下的不符"
        if settlement.state is SettlementState.SIGNED and not _is_told(signed.get(subject), signing_words(settlement)):
            yield f"{place}：签字与留痕里登记的不符"
        before = last.get(settlement.partner_id)
        if settlement.state is not SettlementState.OPEN and (before is None or settlement.last_day >= before.last_day):
            last[settlement.partner_id] = settlement
    yield from given.settled_problems(settled, last)


def _is_told(texts: list[str] | None, words: str) -> bool:
    """Whether the trail says so once; a text that was erased on purpose says nothing."""
    return texts is not None and len(texts) == 1 and texts[0] in ("", words)


def _agreement_problems(village_id: int) -> Iterator[str]:
    """Shops whose agreement is not what the trail said last; the end of one is said there too."""
    added, changed = texts_of(village_id, "partner.add"), texts_of(village_id, "partner.change")
    closed = texts_of(village_id, "partner.close")
    for shop in session().scalars(select(PartnerShop).where(PartnerShop.village_id == village_id)):
        subject = f"partner:{shop.serial}"
        told = [*added.pop(subject, []), *changed.get(subject, [])]
        words = agreement_words(shop)
        if shop.closed_at is not None:
            words, told = words.removesuffix(PAUSED), [text.removesuffix(PAUSED) for text in told]
        if not told or told[-1] not in ("", words) or (subject in closed) != (shop.closed_at is not None):
            yield f"合作商店{shop.serial}号：约定与留痕里记下的不符"
    for subject in added:
        yield f"合作商店：留痕里有 {subject}，登记却不见了"


def _value_problems(village_id: int) -> Iterator[str]:
    """Agreed values that the trail does not know."""
    told = texts_of(village_id, GOOD_ACTION)
    query = (
        select(PartnerShop.serial, Good.serial, PartnerGood.value_fen)
        .join(PartnerShop, PartnerShop.id == PartnerGood.partner_id)
        .join(Good, Good.id == PartnerGood.good_id)
        .where(PartnerGood.village_id == village_id)
        .order_by(PartnerShop.serial, Good.serial, PartnerGood.since)
    )
    for partner, good, value_fen in session().execute(query):
        texts = told.get(f"partner:{partner}", [])
        if value_words(good, value_fen) not in texts and "" not in texts:
            yield f"合作商店{partner}号：商品序号{good}的约定价值与留痕里记下的不符"


class _Given:
    """What partners handed out: their redemptions' lines."""

    def __init__(self, village_id: int) -> None:
        self.partners = set(session().scalars(select(PartnerShop.id).where(PartnerShop.village_id == village_id)))
        self.values: dict[tuple[int, int], set[int]] = defaultdict(set)  # ever agreed, by partner and good
        for good in session().scalars(select(PartnerGood).where(PartnerGood.village_id == village_id)):
            self.values[good.partner_id, good.good_id].add(good.value_fen)
        query = (
            select(RedemptionLine, Redemption)
            .join(Redemption, Redemption.id == RedemptionLine.redemption_id)
            .where(
                Redemption.village_id == village_id,
                Redemption.partner_id.is_not(None) | RedemptionLine.value_fen.is_not(None),
            )
            .order_by(Redemption.serial, RedemptionLine.position)
        )
        self.lines: dict[Key, tuple[Any, Any]] = {
            (line.redemption_id, line.position): (line, redemption) for line, redemption in session().execute(query)
        }

    def numbers(self, line: SettlementLine) -> LineNumbers:
        """A settlement's line as the trail holds it; 0 for a receipt that is not there."""
        found = self.lines.get((line.redemption_id, line.redemption_position))
        return (
            found[1].serial if found else 0,
            line.redemption_position,
            int(line.is_deduction),
            line.pieces,
            line.points_price,
            line.value_fen,
            line.pay_percent,
        )

    def problems(self) -> Iterator[str]:
        """Redemptions of a shop that is not there, or at a value that was never agreed."""
        for line, redemption in self.lines.values():
            place = f"兑换{redemption.serial}号"
            if redemption.partner_id not in self.partners:
                yield f"{place}：记的合作商店不是本村的"
            elif line.value_fen not in self.values[redemption.partner_id, line.good_id]:
                yield f"{place}：结算价值不是和合作商店约定过的"

    def settled_problems(self, settled: dict[Key, int], last: dict[int, Settlement]) -> Iterator[str]:
        """More or fewer pieces settled than were kept: what came back since is less, what was left out is missing."""
        for key, (line, redemption) in self.lines.items():
            kept = 0 if redemption.voided_at is not None else line.quantity - line.returned
            place = f"兑换{redemption.serial}号"
            if key in settled:
                if not kept <= settled[key] <= line.quantity:
                    yield f"{place}：结算的件数与换走的不符"
                continue
            closed = last.get(redemption.partner_id)
            if closed is None or closed.closed_at is None:
                continue
            if redemption.redeemed_on <= closed.last_day and redemption.redeemed_on < clock.day_of(closed.closed_at):
                yield f"{place}：结算单{closed.serial}号漏了它"
        for key in settled.keys() - self.lines.keys():
            yield f"结算单里有一行（{key[0]}，{key[1]}）不是合作商店的兑换"


def _settlement_problems(
    place: str, settlement: Settlement, lines: list[SettlementLine], given: _Given
) -> Iterator[str]:
    if (settlement.state is SettlementState.OPEN) == bool(lines):
        yield f"{place}：状态与明细不符"
    for line in lines:
        found = given.lines.get((line.redemption_id, line.redemption_position))
        if found is None:
            continue  # said with the lines that are no partner's
        of, redemption = found
        if (line.points_price, line.value_fen) != (of.points_price, of.value_fen):
            yield f"{place}：兑换{redemption.serial}号的分数或价值与兑换时不符"
        if redemption.partner_id != settlement.partner_id:
            yield f"{place}：兑换{redemption.serial}号是别家店的"
        if line.is_deduction and line.pieces >= 0:
            yield f"{place}：兑换{redemption.serial}号的扣减不是负数"
    if not lines:
        return
    parts = [(line.pieces, line.value_fen, line.pay_percent) for line in lines]
    first_time = {line.redemption_id for line in lines if line.pieces and not line.is_deduction}
    sums = (
        len(first_time),
        sum(line.pieces * line.points_price for line in lines),
        value_of(parts),
        payable_of(parts),
    )
    if sums != (settlement.redemptions, settlement.points, settlement.value_fen, settlement.payable_fen):
        yield f"{place}：合计与明细不符"
