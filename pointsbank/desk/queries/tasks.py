"""What waits for somebody to do it, by role: how many, and by when. All of it is figures of one row."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true

from pointsbank.access.models import GroupHead, Staff
from pointsbank.access.permissions import Permission
from pointsbank.covenant.models import Rule
from pointsbank.deeds.models import (
    Claim,
    ClaimState,
    Hanging,
    Notice,
    NoticeState,
    Objection,
    Question,
    Reminder,
    Sample,
    VisitRequest,
)
from pointsbank.deeds.queries.agenda import waits_for
from pointsbank.deeds.queries.deductions import is_sanction
from pointsbank.deeds.queries.oversight import waits_for_signature
from pointsbank.deeds.queries.panel import panel_of
from pointsbank.foundation import clock, periods
from pointsbank.market.models import DayClose, Purchase, PurchaseState, Redemption, Stocktake, StocktakeState
from pointsbank.people.models import Household

MONTHS_TO_SIGN_MAX = 3  # older ones nobody asks for any more
_UNDER_REVIEW = (ClaimState.SUBMITTED, ClaimState.CHECKED, ClaimState.RECHECK)


@dataclass(frozen=True, slots=True)
class Task:
    """What waits: its name for the list, what to do with it, how many, by when (None: no day), its page's endpoint."""

    name: str
    label: str
    act: str
    unit: str
    count: int
    due: date | None
    endpoint: str

    @property
    def is_late(self) -> bool:
        """Whether its day has passed."""
        return self.due is not None and self.due < clock.today()


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of task: who does it, what it is called in the list and on a button, and where its page is."""

    permission: Permission
    label: str
    act: str
    unit: str
    endpoint: str


KINDS = {
    "to_check": _Kind(Permission.CHECK_CLAIMS, "等初审", "初审申报", "件", "deeds.check"),
    "to_tell": _Kind(Permission.CHECK_CLAIMS, "扣分待告知", "告知扣分", "件", "deeds.deductions"),
    "reminders": _Kind(Permission.CHECK_CLAIMS, "整改到期待看", "看整改", "张", "deeds.reminders"),
    "visits": _Kind(Permission.RECORD_DEEDS, "请组长去问", "看谁请组长去问", "户", "deeds.visits"),
    "drafts": _Kind(Permission.RECORD_DEEDS, "草稿没交", "交草稿", "件", "deeds.drafts"),
    "returned": _Kind(Permission.RECORD_DEEDS, "退回给我补充", "补充退回的申报", "件", "deeds.returned"),
    "to_review": _Kind(Permission.REVIEW_CLAIMS, "等评议、复核", "评议申报", "件", "deeds.meetings"),
    "to_post": _Kind(Permission.MANAGE_NOTICES, "等公示", "出公示", "件", "deeds.notices"),
    "to_hang": _Kind(Permission.HANG_NOTICES, "公示待张贴", "张贴公示", "张", "deeds.notices"),
    "to_book": _Kind(Permission.MANAGE_NOTICES, "公示期满待入账", "把公示期满的入账", "件", "deeds.notices"),
    "to_examine": _Kind(Permission.EXAMINE_OBJECTIONS, "异议待处理", "处理异议", "件", "deeds.objections"),
    "to_close": _Kind(Permission.MANAGE_GOODS, "超市没有日结", "补日结", "天", "market.close_today"),
    "to_confirm": _Kind(Permission.CONFIRM_STOCKTAKE, "盘点等确认", "看盘点", "次", "market.stocktake_list"),
    "to_answer": _Kind(Permission.SEE_OVERSIGHT, "监督委的询问待答复", "答复监督委的询问", "条", "deeds.oversight"),
    "to_approve": _Kind(Permission.APPROVE_PURCHASES, "采购待批准", "批准采购", "张", "market.purchases"),
    "to_publish": _Kind(Permission.MANAGE_GOODS, "采购待公示", "公示采购", "张", "market.purchases"),
    "to_draw": _Kind(Permission.SUPERVISE, "可以抽查", "抽查评议通过的", "件", "deeds.oversight"),
    "to_remark": _Kind(Permission.SUPERVISE, "抽查待写意见", "写抽查意见", "件", "deeds.oversight"),
    "to_sign": _Kind(Permission.SUPERVISE, "月度待签字", "给月度签字", "个月", "deeds.oversight"),
}


def tasks(row: Mapping[Any, Any], permissions: Collection[str]) -> list[Task]:
    """What waits for a person with these permissions, only what there is some of. row: the figures as they came."""
    found = {name: (int(row[name] or 0), row.get(f"{name}_due")) for name in KINDS}
    return [
        Task(name, kind.label, kind.act, kind.unit, count, due, kind.endpoint)
        for name, kind in KINDS.items()
        for count, due in (found[name],)
        if count and kind.permission.value in permissions and _is_theirs(name, permissions)
    ]


def _is_theirs(name: str, permissions: Collection[str]) -> bool:
    """Who asks does not answer: the supervision committee is not told of its own questions."""
    return name != "to_answer" or Permission.SUPERVISE.value not in permissions


def works_for_all(permissions: Collection[str]) -> bool:
    """Whether a person is of the office, which works for every group and writes down every body's meetings."""
    return Permission.MANAGE_PEOPLE.value in permissions


def _of_groups(village_id: int, staff: Staff, permissions: Collection[str]) -> ColumnElement[bool]:
    """The households of a person's groups, as access.groups_headed says it; for a query that joins Household."""
    if works_for_all(permissions):
        return true()
    headed = select(GroupHead.group_id).where(
        GroupHead.village_id == village_id, GroupHead.staff_id == staff.id, GroupHead.closed_at.is_(None)
    )
    return or_(~headed.exists(), Household.group_id.in_(headed))


def _reviews(village_id: int, staff: Staff, permissions: Collection[str]) -> ColumnElement[bool]:
    """What waits for the bodies of which a person is a member, for the office for any; for a query that joins Rule."""
    if works_for_all(permissions) or Permission.REVIEW_CLAIMS.value not in permissions:
        return or_(
            Claim.state.in_((ClaimState.CHECKED, ClaimState.RECHECK)),
            and_(Claim.state == ClaimState.SUBMITTED, or_(Claim.steps_done > 0, ~_first_step_is_check())),
        )
    panel = panel_of(village_id)
    theirs = [body for body, members in panel.members.items() if any(member.id == staff.id for member in members)]
    return or_(false(), *(waits_for(body, panel) for body in theirs))


def _first_step_is_check() -> ColumnElement[bool]:
    return or_(Rule.steps.startswith("check"), Rule.steps.startswith("signin"))


def figures(village_id: int, staff: Staff, permissions: Collection[str]) -> dict[str, Select[Any]]:
    """Counts and earliest days by name, each a query of one value, to be read together as one row."""
    today, me = clock.today(), staff.actor.key
    of_groups = _of_groups(village_id, staff, permissions)
    mine = or_(Claim.claimed_by == me, Claim.actor == me)
    of_village = Claim.village_id == village_id
    checks = and_(of_village, Claim.state == ClaimState.SUBMITTED, Claim.steps_done == 0, _first_step_is_check())
    reviews = and_(of_village, Claim.state.in_(_UNDER_REVIEW), _reviews(village_id, staff, permissions))
    untold = and_(of_village, Claim.state.in_(_UNDER_REVIEW), is_sanction(), Claim.told_on.is_(None))
    over = and_(Notice.state == NoticeState.HANGING, Notice.last_day < today)
    books = and_(of_village, or_(Claim.state == ClaimState.UNOBJECTED, and_(Claim.state == ClaimState.ON_NOTICE, over)))
    sheets = and_(
        Hanging.village_id == village_id,
        Hanging.hung_on.is_(None),
        Notice.state.in_((NoticeState.PREPARED, NoticeState.HANGING)),
    )
    objections = and_(
        Objection.village_id == village_id,
        Objection.outcome.is_(None),
        or_(Objection.examiner_id.is_(None), Objection.examiner_id == staff.id),
    )
    to_draw = and_(
        of_village,
        Claim.state == ClaimState.APPROVED,
        ~select(Sample.id).where(Sample.claim_id == Claim.id).exists(),
    )
    questions = and_(Question.village_id == village_id, Question.answered_at.is_(None))
    reminders = and_(
        Reminder.village_id == village_id,
        Reminder.mended_on.is_(None),
        Reminder.claim_id.is_(None),
        Reminder.mend_by < today,
    )
    count = func.count
    closed = select(func.coalesce(func.max(DayClose.last_redemption), 0)).where(DayClose.village_id == village_id)
    unclosed = and_(
        Redemption.village_id == village_id,
        Redemption.partner_id.is_(None),
        Redemption.serial > closed.scalar_subquery(),
        Redemption.redeemed_on < today,
    )
    compared = and_(Stocktake.village_id == village_id, Stocktake.state == StocktakeState.COMPARED)
    return {
        "to_check": select(count()).select_from(Claim).join(Rule).join(Household).where(checks, of_groups),
        "to_tell": select(count()).select_from(Claim).join(Rule).where(untold),
        "reminders": select(count()).select_from(Reminder).where(reminders),
        "reminders_due": select(func.min(Reminder.mend_by)).where(reminders),
        "visits": select(count()).select_from(VisitRequest).join(Household).where(
            VisitRequest.village_id == village_id, VisitRequest.answered_at.is_(None), of_groups
        ),
        "drafts": select(count()).select_from(Claim).where(of_village, Claim.state == ClaimState.DRAFT, mine),
        "returned": select(count()).select_from(Claim).where(of_village, Claim.state == ClaimState.RETURNED, mine),
        "to_review": select(count()).select_from(Claim).join(Rule).where(reviews),
        "to_post": select(count()).select_from(Claim).where(of_village, Claim.state == ClaimState.APPROVED),
        "to_hang": select(count()).select_from(Hanging).join(Notice).where(sheets),
        "to_hang_due": select(func.min(Notice.planned_on)).select_from(Hanging).join(Notice).where(sheets),
        "to_book": select(count()).select_from(Claim).outerjoin(Notice).where(books),
        "to_examine": select(count()).select_from(Objection).where(objections),
        "to_examine_due": select(func.min(Objection.decide_by)).where(objections),
        "to_close": select(count(Redemption.redeemed_on.distinct())).where(unclosed),
        "to_close_due": select(func.min(Redemption.redeemed_on)).where(unclosed),
        "to_confirm": select(count()).where(compared),
        "to_answer": select(count()).select_from(Question).where(questions),
        "to_answer_due": select(func.min(Question.answer_by)).where(questions),
        "to_draw": select(count()).select_from(Claim).where(to_draw),
        "to_remark": select(count()).select_from(Sample).where(
            Sample.village_id == village_id, Sample.remarked_at.is_(None)
        ),
        "to_sign": _to_sign(village_id, staff),
        **_purchases(village_id, me),
    }  # fmt: skip


def _purchases(village_id: int, me: str) -> dict[str, Select[Any]]:
    """What others ask to buy, and what has come and does not hang yet."""
    of_village = select(func.count()).select_from(Purchase).where(Purchase.village_id == village_id)
    others = and_(Purchase.drafted_by != me, Purchase.quoted_by != me)
    return {
        "to_approve": of_village.where(Purchase.state == PurchaseState.QUOTED, others),
        "to_publish": of_village.where(Purchase.state == PurchaseState.RECEIVED),
    }


def _to_sign(village_id: int, staff: Staff) -> Select[Any]:
    """How many of the last months that are over have claims and wait for the person's signature."""
    waits, period = [], periods.period_of(clock.today())
    for _ in range(MONTHS_TO_SIGN_MAX):
        period = periods.previous_period(period)
        waits.append(case((waits_for_signature(village_id, staff.id, period), 1), else_=0))
    return select(sum(waits[1:], waits[0]))
