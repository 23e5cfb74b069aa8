"""Coverage in plain words: for the desk, its home and the terminal alike."""

from math import floor

from pointsbank.foundation.periods import day_title
from pointsbank.fund.queries import DRY_SOON_DAYS, Coverage


def yuan(fen: int) -> str:
    """Whole yuan, rounded down: 12,345."""
    return f"{fen // 100:,}"


def ratio_in_words(coverage: Coverage) -> str:
    """How much of the points can be honoured, rounded down: 75%, 1.3 倍."""
    ratio = coverage.ratio
    if ratio is None:
        return "没有待换的积分"
    if ratio < 1:
        return f"{floor(ratio * 100)}%"
    return f"{floor(ratio * 10) / 10:g} 倍" if ratio < 10 else f"{floor(ratio):,} 倍"


def daily_in_words(coverage: Coverage) -> str:
    """What is redeemed a day: 12.34 元."""
    return f"{floor(coverage.daily_fen) / 100:,.2f} 元"


def dry_in_words(coverage: Coverage) -> str:
    """When all is used up at this pace."""
    day = coverage.dry_on
    if day is not None:
        return day_title(day)
    return "还没有人兑换，算不出" if coverage.daily_fen <= 0 else "十年以上"


def warning(coverage: Coverage) -> str:
    """The same in one line, for a list of what waits; "" when nothing is wrong."""
    if coverage.is_short:
        return f"积分换不起了，差 {yuan(coverage.missing_fen)} 元：争取资金、申请补贴，少发些分"
    if coverage.dries_soon and coverage.dry_on is not None:
        return f"货和钱 {coverage.dry_on.month}月{coverage.dry_on.day}日就用完：进货、申请补贴"
    return ""


def advice(coverage: Coverage) -> str:
    """What is wrong and what to do about it; "" when all points can be honoured for a good while."""
    if coverage.is_short:
        return (
            f"积分换不起了：没换的积分值 {yuan(coverage.value_fen)} 元，货和钱只有 {yuan(coverage.reserves_fen)} 元，"
            f"差 {yuan(coverage.missing_fen)} 元。请尽快争取资金、申请积分补贴或接受捐赠，并商量这个月少发些分。"
        )
    if coverage.dries_soon:
        return (
            f"照现在换的快慢，货和钱到{dry_in_words(coverage)}就用完，不到 {DRY_SOON_DAYS} 天。"
            "请现在就进货，并申请积分补贴或争取资金。"
        )
    return ""
