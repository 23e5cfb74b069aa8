"""扣分告知单: what one household is told before a deduction is decided, and how it can answer."""

from datetime import timedelta

from pointsbank.deeds.documents.letter import Letter, letter_pdf
from pointsbank.deeds.models import Claim
from pointsbank.foundation import clock
from pointsbank.foundation.periods import day_title
from pointsbank.foundation.points import format_points
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.words import Words
from pointsbank.printing.fonts import Fonts

TITLE = "扣分告知单"


def deduction_notice(village: Place, words: Words, claim: Claim, clause: str) -> Letter:
    """What stands on the sheet. clause: the text of the covenant's clause that the rule comes from, "" for none.

    Before it is told the days to answer count from today.
    """
    told_on = claim.told_on or clock.today()
    settings = places.settings_now(village.id)
    answer_by = claim.answer_by or told_on + timedelta(days=settings.answer_days)
    rule, household = claim.rule, claim.household
    facts = [
        ("什么事", f"{rule.name}" + (f"（{claim.note}）" if claim.note else "")),
        ("哪一天", day_title(claim.occurred_on)),
        ("拟扣", f"{format_points(-claim.points)} 分"),
        ("依据", f"积分细则第 {rule.book.version} 版 {rule.code}"),
    ]
    if clause:
        facts.append((words.covenant, f"第 {rule.clause_code} 条　{clause}"))
    phone = f"，电话 {settings.shop_phone}" if settings.shop_phone else ""
    return Letter(
        village=village.name,
        office=f"{village.name}{words.committee.removeprefix(words.place)}",
        title=TITLE,
        number=f"第 {claim.serial} 号",
        household=f"{household.group.name} {household.number} {household.head_name}户",
        facts=facts,
        paragraphs=(
            f"这件事还没有定。您家认为不对，或者有难处，请在 {day_title(answer_by)}以前说明：找本组组长，"
            f"或者到{words.committee}办公室{phone}。您说的话会记下来，评议的人都看得到。",
            "过了这一天没有说明，积分评议小组就按现有情况评议；定了以后还要公示，公示期内仍可以提异议。",
            "扣分只扣积分，不罚钱，也不影响您家应得的待遇。",
        ),
        day=day_title(told_on),
        signers=("告知人", "签收人", "日期"),
    )


def deduction_pdf(notice: Letter, fonts: Fonts) -> bytes:
    """The sheet as a PDF."""
    return letter_pdf(notice, fonts)
