"""Rules for the tests of deeds, as villages have them: by person and household, both tracks, deductions, 0 points."""

from datetime import date

from pointsbank.covenant.models import CapScope, Effect, Track
from pointsbank.covenant.services import Change, RuleDraft
from pointsbank.foundation.actor import SYSTEM
from pointsbank.foundation.database import transaction
from pointsbank.foundation.periods import Span
from pointsbank.places.models import Place

VOLUNTEERING = RuleDraft(
    "GY01", "热心社会公益事业", "参加志愿服务活动", 200, "小时",
    cap_points=2_400, cap_span=Span.MONTH, cap_scope=CapScope.PERSON,
)  # fmt: skip
MEETING = RuleDraft(
    "GG01", "支持村级公共事业", "参加村民会议、村民小组会议", 200, "次",
    cap_points=400, cap_span=Span.QUARTER, cap_scope=CapScope.PERSON,
)  # fmt: skip
HELPING = RuleDraft(
    "HS06", "乐于做好人好事", "帮助独居、留守老人", 300, "次",
    cap_points=800, cap_span=Span.MONTH, cap_scope=CapScope.HOUSEHOLD,
)  # fmt: skip
READING = RuleDraft(
    "DS04", "勤于看书学习", "在农家书屋阅读", 100, "小时",
    cap_points=200, cap_span=Span.DAY, cap_scope=CapScope.PERSON,
)  # fmt: skip
LAND = RuleDraft(
    "GG05", "支持村级公共事业", "自愿让地支持公共建设", 2_000, "次",
    cap_points=6_000, cap_span=Span.YEAR, cap_scope=CapScope.HOUSEHOLD,
)  # fmt: skip
STUDENT = RuleDraft("ZY03", "积极创先争优", "家庭成员考上博士研究生", 2_000, "人")
BRAVERY = RuleDraft("HS02", "乐于做好人好事", "见义勇为", 3_000, "次", track=Track.HONOUR)
LITTER = RuleDraft(
    "KF01", "扣分项", "乱倒垃圾、乱排污水", -200, "次",
    cap_points=-500, cap_span=Span.MONTH, cap_scope=CapScope.HOUSEHOLD,
)  # fmt: skip
DAMAGE = RuleDraft("KF10", "扣分项", "损坏公共设施", -1_000, "次")
DETENTION = RuleDraft("KF14", "扣分项", "受治安拘留、刑事处罚", 0, "次", effect=Effect.SUSPEND_PERSON)
RULES = (VOLUNTEERING, MEETING, HELPING, READING, LAND, STUDENT, BRAVERY, LITTER, DAMAGE, DETENTION)

IN_FORCE = date(2025, 1, 1)


def make_rules(village: Place, *rules: RuleDraft, effective_on: date = IN_FORCE) -> None:
    """A rule book of these rules, all of the above without any.

    As an earlier release took it, when a deduction could be booked at once: such books go on.
    """
    with transaction():
        Change(village, effective_on, "", SYSTEM, None).adopt(rules or RULES)
