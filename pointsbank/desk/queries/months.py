"""The months that are open, each with its band of six steps: 申报 评议 公示 入账 发榜 归档.

A village reviews by the month, the quarter or the half-year: a band stands for one such period, whose months are
closed and frozen one after the other. The months before the period of today that were never frozen keep their band.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pointsbank.boards.queries import Month, MonthState
from pointsbank.covenant.models import Step as RuleStep
from pointsbank.deeds.models import ClaimState
from pointsbank.deeds.queries.months import Stage, stages_of_each
from pointsbank.foundation import clock, periods
from pointsbank.places import holidays
from pointsbank.places.settings import VillageSettings

RUNNING = "记分中"  # the state of a period that is not over

_CHECKS = (RuleStep.CHECK, RuleStep.SIGNIN)


@dataclass(frozen=True, slots=True)
class ReviewPeriod:
    """The months that are reviewed together, as YYYY-MM from first to last."""

    first: str
    last: str

    @property
    def title(self) -> str:
        """As people say it: 2026年3月, 2026年第1季度, 2026年上半年."""
        year, month = self.first[:4], int(self.first[5:])
        match _months_between(self.first, self.last):
            case 3:
                return f"{year}年第{(month + 2) // 3}季度"
            case 6:
                return f"{year}年{'上' if month == 1 else '下'}半年"
            case _:
                return periods.period_title(self.first)

    @property
    def days(self) -> tuple[date, date]:
        """First and last day."""
        return periods.days_of(self.first)[0], periods.days_of(self.last)[1]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the band: what is to be done, how much, by when. state: done, now or later.

    late: in words for how long its day has passed and it is not done; "" in time.
    """

    title: str
    count: str
    note: str
    state: str
    late: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many claims of a period stand where."""

    all: int
    to_check: int
    returned: int
    to_review: int
    approved: int
    on_notice: int
    objected: int
    unobjected: int
    booked: int

    @classmethod
    def of(cls, found: Sequence[Stage]) -> "Waiting":
        """From the stages of a period."""

        def count(*states: ClaimState) -> int:
            return sum(stage.claims for stage in found if stage.state in states)

        to_check = sum(
            stage.claims for stage in found if stage.state is ClaimState.SUBMITTED and stage.next_step in _CHECKS
        )
        submitted = count(ClaimState.SUBMITTED)
        dropped = count(ClaimState.DRAFT, ClaimState.CANCELLED, ClaimState.NOT_ACCEPTED, ClaimState.REJECTED)
        return cls(
            all=sum(stage.claims for stage in found) - dropped,
            to_check=to_check,
            returned=count(ClaimState.RETURNED),
            to_review=submitted - to_check + count(ClaimState.CHECKED, ClaimState.RECHECK),
            approved=count(ClaimState.APPROVED),
            on_notice=count(ClaimState.ON_NOTICE),
            objected=count(ClaimState.OBJECTED),
            unobjected=count(ClaimState.UNOBJECTED),
            booked=count(ClaimState.BOOKED),
        )


@dataclass(frozen=True, slots=True)
class Band:
    """A period of review with its steps. at: the step of today's work, 0 to 5. month: the one to close or freeze."""

    period: ReviewPeriod
    state: str  # 公示中, 记分中 …
    steps: tuple[Step, ...]
    at: int
    waiting: Waiting
    month: Month

    @property
    def title(self) -> str:
        """The period as people say it."""
        return self.period.title


def review_period(period: str, months: int) -> ReviewPeriod:
    """The period of review that a month belongs to: the month itself, its quarter or its half-year."""
    year, month = int(period[:4]), int(period[5:])
    first = (month - 1) // months * months + 1
    return ReviewPeriod(f"{year:04d}-{first:02d}", f"{year:04d}-{first + months - 1:02d}")


def closing_day(period: str, day_of_month: int) -> date:
    """By when a month is to be closed: this day of the month after."""
    first, last = periods.days_of(periods.next_period(period))
    return min(first + timedelta(days=day_of_month - 1), last)


def bands(village_id: int, months: Sequence[Month], settings: VillageSettings) -> list[Band]:
    """The bands of the open periods, the one to be worked on first; months come the newest first."""
    running = review_period(months[0].period, settings.review_months)
    unfinished = [month for month in months if month.state in (MonthState.ENDED, MonthState.CLOSED)]
    wanted = [running]
    if unfinished:
        oldest = review_period(unfinished[-1].period, settings.review_months)
        wanted = [oldest, running] if oldest != running else [running]
    found = stages_of_each(village_id, [(period.first, period.last) for period in wanted])
    return [_band(period, months, settings, stages) for period, stages in zip(wanted, found, strict=True)]


def _band(period: ReviewPeriod, months: Sequence[Month], settings: VillageSettings, found: Sequence[Stage]) -> Band:
    of_period = [month for month in months if period.first <= month.period <= period.last]
    month = next(
        (one for one in reversed(of_period) if one.state is not MonthState.FROZEN), of_period[0]
    )  # the oldest that is not frozen yet
    waiting, hanging = Waiting.of(found), max((stage.hangs_until for stage in found if stage.hangs_until), default=None)
    is_over = period.days[1] < clock.today()
    all_closed = is_over and all(one.state in (MonthState.CLOSED, MonthState.FROZEN) for one in of_period)
    all_frozen = is_over and all(one.state is MonthState.FROZEN for one in of_period)
    done = (
        is_over and not waiting.to_check and not waiting.returned,
        not waiting.to_review,
        not waiting.approved and not waiting.on_notice and not waiting.objected,
        not waiting.unobjected and all_closed,
        all_frozen,
        False,
    )
    at = done.index(False)
    words = _words(period, of_period, waiting, settings, hanging)
    steps = tuple(
        Step(
            name,
            count,
            note,
            "done" if position < at else "now" if position == at else "later",
            "" if done[position] else _late(due),
        )
        for position, (name, count, note, due) in enumerate(words)
    )
    return Band(period, _state(at, is_over), steps, at, waiting, month)


def _state(at: int, is_over: bool) -> str:
    if not is_over:
        return RUNNING
    return ("收尾申报", "评议中", "公示中", "待入账结账", "待发榜", "待归档")[at]


def _words(
    period: ReviewPeriod, months: Sequence[Month], waiting: Waiting, settings: VillageSettings, hanging: date | None
) -> tuple[tuple[str, str, str, date | None], ...]:
    """Name, count and note of each step, and the last day of its note where it is to be done by then."""
    last_day = period.days[1]
    closing = closing_day(period.last, settings.month_closes_on_day)
    hang_by = holidays.latest_start(closing, settings.notice_days, working=settings.notice_working_days)
    review_by = max(hang_by - timedelta(days=1), last_day)
    on_wall = waiting.on_notice + waiting.objected
    frozen = [month for month in months if month.issue is not None]
    to_check = waiting.to_check + waiting.returned
    post_by: date | None = max(hang_by, last_day)
    notice_note = f"{_short(max(hang_by, last_day))}前贴出"
    if on_wall and hanging is not None:
        notice_note, post_by = f"公示到{_short(hanging)}", None
    issue = f"第 {frozen[0].issue} 期" if frozen else "未定榜"
    if len(months) > 1:
        issue = f"{len(frozen)}/{_months_between(period.first, period.last)} 期"
    return (
        ("申报", f"{to_check} 件待审" if to_check else f"{waiting.all} 件", f"到{_short(last_day)}为止", None),
        (
            "评议",
            f"{waiting.to_review} 件待评" if waiting.to_review else "没有待评",
            f"{_short(review_by)}前",
            review_by,
        ),
        ("公示", _notice_count(waiting), notice_note, post_by),
        (
            "入账",
            f"{waiting.unobjected} 件待入" if waiting.unobjected else f"{waiting.booked} 笔",
            f"{_short(closing)}前结账",
            closing,
        ),
        ("发榜", issue, "选善举、定榜", None),
        ("归档", "可打印" if frozen else "未到", "打印、存档", None),
    )


def _late(due: date | None) -> str:
    """For how many days a day has passed: 已过 15 天; "" before its end."""
    days = (clock.today() - due).days if due is not None else 0
    return f"已过 {days} 天" if days > 0 else ""


def _notice_count(waiting: Waiting) -> str:
    """What is to be posted, else what hangs; and what was objected to beside it."""
    parts = []
    if waiting.approved:
        parts.append(f"{waiting.approved} 件待公示")
    elif waiting.on_notice:
        parts.append(f"{waiting.on_notice} 件")
    if waiting.objected:
        parts.append(f"异议 {waiting.objected}")
    return "，\n".join(parts) or "没有"  # a line each: a step is narrow


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _months_between(first: str, last: str) -> int:
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
