"""Whether a sanction may be reviewed: the household hears of it first and has days to answer."""

from datetime import date

from pointsbank.deeds.models import Claim


def not_ready(claim: Claim, today: date) -> str | None:
    """Why a claim cannot be reviewed on a day, as a sentence; None when it can."""
    if not claim.rule.is_sanction:
        return None
    if claim.told_on is None:
        return f"{'扣分' if claim.rule.is_deduction else '暂停资格'}前要先告知这一户，听他们说明。请先登记告知。"
    if claim.answered_on is None and claim.answer_by is not None and today <= claim.answer_by:
        return f"已告知这一户，{claim.answer_by.month}月{claim.answer_by.day}日以前可以说明；过了这天或有了说明再评议。"
    return None
