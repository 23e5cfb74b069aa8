"""How much of what was asked for is given: pure rules, without a database. Points in hundredths, with sign."""

from collections.abc import Iterable
from dataclasses import dataclass

from pointsbank.foundation.points import format_points


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that a deed runs against. most and used have the sign of the deed's points."""

    title: str  # what the limit is on, with its span: “参加志愿服务活动”每人每月
    most: int
    used: int

    @property
    def left(self) -> int:
        """What still fits, without sign."""
        return max(0, abs(self.most) - abs(self.used))


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a deed gives. cap_reason: the sentence that says why something was cut, "" when nothing was."""

    points_asked: int
    points: int
    cap_reason: str


def assess(points_asked: int, limits: Iterable[Limit]) -> Assessment:
    """The part that fits under all limits, and a sentence for each limit that cut it: limit, used, what is left."""
    sign = -1 if points_asked < 0 else 1
    given, reasons = abs(points_asked), []
    for limit in limits:
        if given > limit.left:
            given = limit.left
            reasons.append(_reason(limit, sign))
    return Assessment(points_asked, sign * given, "".join(reasons))


def _reason(limit: Limit, sign: int) -> str:
    verb = "扣" if sign < 0 else "记"
    most, used, left = (format_points(abs(units)) for units in (limit.most, limit.used, limit.left))
    if limit.left == 0:
        return f"{limit.title}最多{verb}{most}分，已{verb}{used}分，这次不再{verb}。"
    return f"{limit.title}最多{verb}{most}分，已{verb}{used}分，这次只{verb}{left}分。"
