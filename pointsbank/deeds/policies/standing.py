"""Where a claim stands and how it got there, in words for people."""

from pointsbank.covenant.models import Step
from pointsbank.deeds.models import STATE_NAMES, Claim, ClaimState

_S = ClaimState
WAITS_FOR = {
    Step.CHECK: "待初审",
    Step.SIGNIN: "待初审",
    Step.REVIEW: "待评议",
    Step.RECHECK: "待复核",
    Step.ASSEMBLY: "待上会",
}
_MOVES = {
    (_S.DRAFT, _S.BOOKED): "记下，当场入账",
    (_S.DRAFT, _S.SUBMITTED): "申报",
    (_S.DRAFT, _S.CANCELLED): "草稿不要了",
    (_S.SUBMITTED, _S.APPROVED): "通过，不用再评议",
    (_S.SUBMITTED, _S.RECHECK): "通过，还要复核",
    (_S.CHECKED, _S.RECHECK): "评议通过，还要复核",
    (_S.RECHECK, _S.RECHECK): "复核通过，还要上会",
    (_S.RECHECK, _S.APPROVED): "复核通过",
    **{
        (one, to): "评议结果收回，重新定"
        for one in (_S.APPROVED, _S.REJECTED)
        for to in (_S.SUBMITTED, _S.CHECKED, _S.RECHECK)
    },
    **{(_S.RECHECK, to): "评议结果收回，重新定" for to in (_S.SUBMITTED, _S.CHECKED)},
    (_S.RETURNED, _S.SUBMITTED): "补充好了，再次申报",
    (_S.APPROVED, _S.ON_NOTICE): "上墙公示",
    (_S.ON_NOTICE, _S.APPROVED): "公示撤下，重新排期",
    (_S.ON_NOTICE, _S.OBJECTED): "有人提出异议",
    (_S.ON_NOTICE, _S.UNOBJECTED): "公示期满，没有异议",
    (_S.OBJECTED, _S.ON_NOTICE): "异议办结，继续公示",
    (_S.OBJECTED, _S.UNOBJECTED): "异议办结",
    (_S.UNOBJECTED, _S.BOOKED): "入账",
    (_S.BOOKED, _S.CANCELLED): "撤销，账上已更正",
}
_WORDS = {
    _S.CHECKED: "初审通过",
    _S.RETURNED: "退回补充",
    _S.NOT_ACCEPTED: "不予受理",
    _S.APPROVED: "评议通过",
    _S.REJECTED: "评议未通过",
    _S.CANCELLED: "撤回，不再算数",
}


def state_words(claim: Claim) -> str:
    """The state of a claim, and what it waits for: 已申报，待初审."""
    name = STATE_NAMES[claim.state]
    if claim.state in (_S.SUBMITTED, _S.CHECKED) and claim.next_step is not None:
        return f"{name}，{WAITS_FOR[claim.next_step]}"
    return name


def move_words(from_state: ClaimState, to_state: ClaimState) -> str:
    """What a move was, as one tells it."""
    return _MOVES.get((from_state, to_state)) or _WORDS.get(to_state) or STATE_NAMES[to_state]
