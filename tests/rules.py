"""Makes rules and sheets of rules for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook

from pointsbank.covenant.models import CapScope, Effect, EvidenceKind, Step, Track
from pointsbank.covenant.services import RuleDraft, adopt_rule_book
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.identifiers import new_key
from pointsbank.foundation.periods import Span
from pointsbank.places.models import Place

NEW_YEAR = date(2026, 1, 1)

# Every detail of these differs from its default, so that one that is lost is seen.
VOLUNTEERING = RuleDraft(
    code="GY01",
    category="热心社会公益事业",
    name="参加志愿服务活动",
    points=2_00,
    unit="小时",
    name_en="Volunteer service",
    cap_points=24_00,
    cap_span=Span.MONTH,
    cap_scope=CapScope.PERSON,
    quantity_max=8_00,
    times_max=20,
    times_span=Span.YEAR,
    times_scope=CapScope.HOUSEHOLD,
    evidence_kind=EvidenceKind.SIGN_IN_SHEET,
    evidence="签到签退",
    keep_evidence=False,
    steps=(Step.SIGNIN, Step.REVIEW),
    volunteer_hours=True,
    level_group="志愿",
    excludes_paid_duty=True,
    clause_code="3",
)
HONOUR = RuleDraft("XJ01", "被评选为先进典型", "获国家级表彰", 50_00, "次", track=Track.HONOUR)
RUBBISH = RuleDraft(
    "KF01", "扣分项", "乱倒垃圾", -2_00, "次", cap_points=-10_00, cap_span=Span.MONTH, cap_scope=CapScope.HOUSEHOLD,
    reminds_first=True, steps=(Step.CHECK, Step.REVIEW),
)  # fmt: skip
SUSPENSION = RuleDraft(
    "KF14", "扣分项", "受刑事处罚", 0, "次", effect=Effect.SUSPEND_PERSON, steps=(Step.REVIEW, Step.RECHECK)
)
NURSING = RuleDraft(
    "HS05", "乐于做好人好事", "照护重病邻居", 5_00, "次", points_to=10_00, steps=(Step.CHECK, Step.REVIEW)
)  # a range, from which the review chooses
RULES = (HONOUR, VOLUNTEERING, RUBBISH, SUSPENSION)


def make_rules(
    village: Place, *drafts: RuleDraft, effective_on: date = NEW_YEAR, reason: str = "村民代表会议通过"
) -> int:
    """Adopt rules, those above unless given; returns the version."""
    done = adopt_rule_book(village, drafts or RULES, effective_on, reason, SYSTEM, new_key())
    version: int = done["version"]
    return version


def changed(draft: RuleDraft, **details: Any) -> RuleDraft:
    """A rule with some details as given."""
    return replace(draft, **details)


ROW = {"编号": "GY01", "类别": "热心社会公益事业", "内容": "参加志愿服务活动", "分值": 2, "单位": "小时"}


def sheet(*rows: Mapping[str, object], columns: Sequence[str] = ()) -> bytes:
    """An .xlsx with these rows; the columns are those of the first row unless given."""
    names = columns or list(rows[0])
    book = Workbook()
    assert book.active is not None
    book.active.append(list(names))
    for row in rows:
        book.active.append([row.get(name) for name in names])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()
