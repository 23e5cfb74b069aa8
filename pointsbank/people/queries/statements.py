"""What a line of a household's account is called, in the words of the village."""

from collections.abc import Sequence
from dataclasses import dataclass

from pointsbank.ledger import queries as book
from pointsbank.ledger.models import TransferKind
from pointsbank.ledger.queries import StatementLine

# A reversal's own text says already that it is one ("更正：记错了户").
LINE_NAMES: dict[TransferKind, str] = {
    TransferKind.OPENING: "开户积分",
    TransferKind.EARN: "得分",
    TransferKind.EARN_REVERSAL: "收回得分",
    TransferKind.DEDUCT: "扣分",
    TransferKind.DEDUCT_REVERSAL: "退还扣分",
    TransferKind.REPAY: "抵扣待扣积分",
    TransferKind.HOLD: "换东西（下单，先留着）",
    TransferKind.RELEASE: "退回留着的积分",
    TransferKind.SETTLE: "换东西（领走）",
    TransferKind.REDEEM: "换东西",
    TransferKind.REDEEM_REVERSAL: "兑换作废",
    TransferKind.RETURN: "退货退分",
    TransferKind.BASE_GRANT: "基础积分",
    TransferKind.EXPIRE: "年终作废",
    TransferKind.EXPIRE_REVERSAL: "年终作废撤销",
}
_FETCHED, _GIVEN_BACK = "换东西（下单，已领走）", "换东西（下单，没领，已退回）"
_HELD_TEXT = "先留着："  # begins the text of every hold; the name says what became of it since


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A line of a statement with its name, and its text where that says more than the name."""

    line: StatementLine
    name: str
    text: str


def told_lines(village_id: int, lines: Sequence[StatementLine]) -> list[ToldLine]:
    """Lines of a household of the village in words; what became of points held for an order is looked up."""
    holds = [line.sequence for line in lines if line.kind is TransferKind.HOLD]
    became = book.became_of(village_id, holds)
    return [_told(line, became.get(line.sequence, frozenset())) for line in lines]


def _told(line: StatementLine, became: frozenset[TransferKind]) -> ToldLine:
    name, text = LINE_NAMES[line.kind], line.text
    if line.kind is TransferKind.HOLD:
        text = text.removeprefix(_HELD_TEXT)
        if TransferKind.SETTLE in became:
            name = _FETCHED
        elif TransferKind.RELEASE in became:
            name = _GIVEN_BACK
    return ToldLine(line, name, "" if text == name else text)
