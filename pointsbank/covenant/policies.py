"""What a meeting needs to adopt a version, and what is still missing, in plain sentences with their source.

The quorums are data: quorums.csv beside this file, with the law they come from and the day it was read. The program
records and explains; only a vote that does not reach the quorum keeps a covenant from being adopted.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import ceil, floor
from pathlib import Path

from pointsbank.covenant.models import Adoption, MeetingKind, SignatureState, Subject
from pointsbank.foundation.errors import EnvironmentProblemError
from pointsbank.places.models import PlaceKind
from pointsbank.places.words import words_for

QUORUMS_FILE = Path(__file__).with_name("quorums.csv")
STEPS = (
    "proposed_on",
    "consulted_on",
    "deliberated_on",
    "resolved_on",
    "resolution_published_on",
    "result_published_on",
)  # 四议两公开 in its order
STEPS_SOURCE = "《中国共产党农村基层组织工作条例》第十九条“四议两公开”（2018-12-28）"
REVIEW_SOURCE = "民政部等七部门《关于做好村规民约和居民公约工作的指导意见》（2018-12）"
FILING_SOURCES = {
    PlaceKind.VILLAGE: "《村民委员会组织法》第三十一条（2025-10-28）",
    PlaceKind.COMMUNITY: "《城市居民委员会组织法》第三十一条（2025-10-28）",
}
SIGNING_SOURCE = "各地通行做法：户户签名，家家知晓"
_SHARE_WORDS = {Fraction(1, 2): "一半", Fraction(2, 3): "三分之二", Fraction(3, 4): "四分之三"}
_YES_NO = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class AdoptionDetails:
    """How a version was adopted, as far as it is known: days, the meeting and its vote, review, filing, signatures."""

    proposed_on: date | None = None
    consulted_on: date | None = None
    deliberated_on: date | None = None
    resolved_on: date | None = None
    resolution_published_on: date | None = None
    result_published_on: date | None = None
    meeting_kind: MeetingKind | None = None
    expected: int | None = None
    present: int | None = None
    in_favour: int | None = None
    against: int | None = None
    abstained: int | None = None
    authorised_on: date | None = None
    legal_reviewed_on: date | None = None
    legal_reviewer: str = ""
    filed_on: date | None = None
    filing_number: str = ""
    signature_state: SignatureState = SignatureState.NONE
    note: str = ""


def details_of(adoption: Adoption | None) -> AdoptionDetails:
    """What is known so far; nothing where nothing was recorded."""
    if adoption is None:
        return AdoptionDetails()
    return AdoptionDetails(**{item.name: getattr(adoption, item.name) for item in fields(AdoptionDetails)})


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a number of people that must be reached, or (more) exceeded."""

    share: Fraction
    more: bool

    def needed(self, of: int) -> int:
        """The smallest number of people that is enough."""
        return floor(of * self.share) + 1 if self.more else ceil(of * self.share)

    def __str__(self) -> str:
        words = _SHARE_WORDS.get(self.share, f"{self.share.denominator} 分之 {self.share.numerator}")
        return f"超过{words}" if self.more else f"{words}以上"


@dataclass(frozen=True, slots=True)
class Quorum:
    """What a kind of meeting needs: who must be there of those expected, who must agree of those present.

    authorised: whether the assembly must have left the matter to it. source and as_of: the law, and its state.
    """

    present: Share
    in_favour: Share
    authorised: bool
    source: str
    as_of: date

    @property
    def reference(self) -> str:
        """The source with its date."""
        return f"{self.source}（{self.as_of:%Y-%m-%d}）"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Something that is missing or not right. forbids: a covenant cannot be adopted before it is put right."""

    sentence: str
    source: str
    forbids: bool = False


QuorumKey = tuple[PlaceKind, Subject, MeetingKind]


@cache
def quorums() -> dict[QuorumKey, Quorum]:
    """What every kind of meeting needs. Raises EnvironmentProblemError when the file that says so is not whole."""
    found: dict[QuorumKey, Quorum] = {}
    try:
        with QUORUMS_FILE.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = (PlaceKind(row["place_kind"]), Subject(row["subject"]), MeetingKind(row["meeting_kind"]))
                if key in found:
                    raise ValueError(f"{key} stands twice")
                found[key] = Quorum(
                    _share(row["present_min"], row["present_more"]),
                    _share(row["in_favour_min"], row["in_favour_more"]),
                    _YES_NO[row["authorised"]],
                    row["source"],
                    date.fromisoformat(row["as_of"]),
                )
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise EnvironmentProblemError(
            f"程序自带的会议人数规定读不了（{QUORUMS_FILE.name}），请重新安装程序。"
        ) from wrong
    return found


def _share(share: str, more: str) -> Share:
    part = Fraction(share)
    if not 0 < part <= 1:
        raise ValueError(f"{share} is no part of a whole")
    return Share(part, _YES_NO[more])


def quorum(kind: PlaceKind, subject: Subject, meeting: MeetingKind) -> Quorum | None:
    """What a meeting needs to adopt a subject; None if it may not adopt it at all."""
    return quorums().get((kind, subject, meeting))


def may_be_authorised(kind: PlaceKind, subject: Subject) -> bool:
    """Whether the assembly may leave a subject to another meeting: a community's covenant, a village's never."""
    return any(of.authorised for (place, about, _), of in quorums().items() if (place, about) == (kind, subject))


def meeting_names(kind: PlaceKind) -> dict[MeetingKind, str]:
    """What the meetings are called at a kind of place, and who comes."""
    words = words_for(kind)
    return {
        MeetingKind.ASSEMBLY: f"{words.meeting}（全体十八周岁以上{words.resident}）",
        MeetingKind.HOUSEHOLDS: f"{words.meeting}（{words.households_meeting}，每户一人）",
        MeetingKind.REPRESENTATIVES: words.representatives,
    }


def step_names(kind: PlaceKind) -> dict[str, str]:
    """What the six steps are called at a kind of place, in their order."""
    words = words_for(kind)
    names = (
        f"{words.party}提议",
        f"{words.two_committees}商议",
        "党员大会审议",
        f"{words.meeting}或{words.representatives}决议",
        "决议公开",
        "结果公开",
    )
    return dict(zip(STEPS, names, strict=True))


def subject_name(kind: PlaceKind, subject: Subject) -> str:
    """What was adopted, in words."""
    return words_for(kind).covenant if subject is Subject.COVENANT else "积分细则"


def shortfalls(kind: PlaceKind, subject: Subject, details: AdoptionDetails) -> list[Shortfall]:
    """What is missing or not right, in the order of the steps: first the meeting, because it alone can forbid."""
    found = [*_of_meeting(kind, subject, details), *_of_steps(kind, details)]
    if subject is Subject.COVENANT:
        found += _of_filing(kind, details)
    return found


def _of_meeting(kind: PlaceKind, subject: Subject, details: AdoptionDetails) -> Iterator[Shortfall]:
    words = words_for(kind)
    at_assembly = quorums()[kind, subject, MeetingKind.ASSEMBLY]
    if details.resolved_on is None:
        yield Shortfall("还没有写会议作出决议的日期。", STEPS_SOURCE, forbids=True)
    if details.meeting_kind is None:
        yield Shortfall("还没有写是什么会议通过的。", at_assembly.reference, forbids=True)
        return
    wanted = quorum(kind, subject, details.meeting_kind)
    if wanted is None:
        yield Shortfall(
            f"{words.covenant}要由{words.meeting}通过（全体十八周岁以上{words.resident}参加，或每户一名代表参加），"
            f"{words.representatives}不能通过。",
            at_assembly.reference,
            forbids=True,
        )
        return
    if wanted.authorised and details.authorised_on is None:
        yield Shortfall(
            f"{words.representatives}通过{subject_name(kind, subject)}，"
            f"要先有{words.meeting}的授权；还没有写授权的日期。",
            wanted.reference,
            forbids=True,
        )
    if wanted.authorised and _later(details.authorised_on, details.resolved_on):
        yield Shortfall(
            f"{words.meeting}的授权（{details.authorised_on:%Y-%m-%d}）晚于决议，先后不对，请核对。", wanted.reference
        )
    yield from _of_vote(wanted, details)


def _later(first: date | None, second: date | None) -> bool:
    return first is not None and second is not None and first > second


def _of_vote(wanted: Quorum, details: AdoptionDetails) -> Iterator[Shortfall]:
    unit = "户" if details.meeting_kind is MeetingKind.HOUSEHOLDS else "人"
    expected, present, in_favour = details.expected, details.present, details.in_favour
    if not expected or present is None:
        yield Shortfall("还没有写应到和实到的人数。", wanted.reference, forbids=True)
        return
    needed = wanted.present.needed(expected)
    if present < needed:
        yield Shortfall(
            f"到会人数不够：应到 {expected} {unit}，{wanted.present}到会才有效，也就是至少 {needed} {unit}；"
            f"实到 {present} {unit}，还差 {needed - present} {unit}。",
            wanted.reference,
            forbids=True,
        )
    if in_favour is None:
        yield Shortfall("还没有写赞成的人数。", wanted.reference, forbids=True)
        return
    needed = wanted.in_favour.needed(present)
    if in_favour < needed:
        yield Shortfall(
            f"赞成的不够：实到 {present} {unit}，{wanted.in_favour}赞成才能通过，也就是至少 {needed} {unit}；"
            f"赞成 {in_favour} {unit}，还差 {needed - in_favour} {unit}。",
            wanted.reference,
            forbids=True,
        )
    if in_favour + (details.against or 0) + (details.abstained or 0) < present:
        left = present - in_favour - (details.against or 0) - (details.abstained or 0)
        yield Shortfall(f"赞成、反对、弃权加起来比实到少 {left} {unit}，请核对票数。", wanted.reference)


def _of_steps(kind: PlaceKind, details: AdoptionDetails) -> Iterator[Shortfall]:
    names = step_names(kind)
    days = {step: getattr(details, step) for step in STEPS}
    open_steps = [names[step] for step, day in days.items() if day is None and step != "resolved_on"]
    if open_steps:
        yield Shortfall(f"还没有写日期的：{'、'.join(open_steps)}。", STEPS_SOURCE)
    known = [(names[step], day) for step, day in days.items() if day is not None]
    for (before, first), (after, second) in pairwise(known):
        if second < first:
            yield Shortfall(
                f"“{after}”（{second:%Y-%m-%d}）早于“{before}”（{first:%Y-%m-%d}），先后不对，请核对。", STEPS_SOURCE
            )


def _of_filing(kind: PlaceKind, details: AdoptionDetails) -> Iterator[Shortfall]:
    if details.legal_reviewed_on is None:
        yield Shortfall("镇（街道）的合法性审核还没有写日期。", REVIEW_SOURCE)
    elif not details.legal_reviewer:
        yield Shortfall("还没有写合法性审核是谁审的。", REVIEW_SOURCE)
    if details.filed_on is None:
        yield Shortfall("还没有写向镇（街道）备案的日期。", FILING_SOURCES[kind])
    elif not details.filing_number:
        yield Shortfall("还没有写备案号。", FILING_SOURCES[kind])
    if _later(details.resolved_on, details.filed_on):
        yield Shortfall(
            f"备案（{details.filed_on:%Y-%m-%d}）早于决议（{details.resolved_on:%Y-%m-%d}），先后不对，请核对。",
            FILING_SOURCES[kind],
        )
    if details.signature_state is not SignatureState.COMPLETE:
        left = "还在签" if details.signature_state is SignatureState.CIRCULATING else "还没有开始签"
        yield Shortfall(f"各户的签名册{left}，没有签齐。", SIGNING_SOURCE)
