"""Recording how a version came to be adopted. The program records, the village decides."""

from dataclasses import asdict, fields, replace
from datetime import date
from typing import Any

from pointsbank.audit import services as audit
from pointsbank.covenant import policies, queries
from pointsbank.covenant.errors import AdoptionChangedError, CovenantRefusedError
from pointsbank.covenant.models import SIGNATURE_NAMES, Adoption, Covenant, MeetingKind, SignatureState, Subject
from pointsbank.covenant.policies import STEPS, AdoptionDetails
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import transaction
from pointsbank.foundation.errors import InvalidInputError
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place, PlaceKind
from pointsbank.places.services import lock_place

PEOPLE_MAX = 100_000  # at one meeting: more is a slip of typing
REVIEWER_LENGTH_MAX = 40
FILING_LENGTH_MAX = 40
NOTE_LENGTH_MAX = 200
EARLIEST_RESOLUTION = date(1987, 11, 24)  # the first law on villagers' committees is of this day

COUNT_NAMES = {
    "expected": "应到",
    "present": "实到",
    "in_favour": "赞成",
    "against": "反对",
    "abstained": "弃权",
}
OTHER_DAYS = ("authorised_on", "legal_reviewed_on", "filed_on")


def detail_names(kind: PlaceKind) -> dict[str, str]:
    """What every detail is called at a kind of place."""
    return {
        **policies.step_names(kind),
        "meeting_kind": "会议",
        **COUNT_NAMES,
        "authorised_on": "授权日期",
        "legal_reviewed_on": "合法性审核日期",
        "legal_reviewer": "审核人",
        "filed_on": "备案日期",
        "filing_number": "备案号",
        "signature_state": "签名册",
        "note": "备注",
    }


def in_words(kind: PlaceKind, details: AdoptionDetails) -> dict[str, str]:
    """Everything that is known, by the name of the detail; what is not known is empty."""
    meetings = policies.meeting_names(kind)
    words = {}
    for name, label in detail_names(kind).items():
        value = getattr(details, name)
        if value is None:
            words[label] = ""
        elif isinstance(value, MeetingKind):
            words[label] = meetings[value]
        elif isinstance(value, SignatureState):
            words[label] = SIGNATURE_NAMES[value]
        else:
            words[label] = f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)
    return words


def cleaned_details(kind: PlaceKind, details: AdoptionDetails) -> AdoptionDetails:
    """What was filled in as it is stored. Raises InvalidInputError at the field that cannot be taken."""
    names = detail_names(kind)
    for name in (*STEPS, *OTHER_DAYS):
        day = getattr(details, name)
        if day is not None and not EARLIEST_RESOLUTION <= day <= clock.today():
            raise InvalidInputError(f"{names[name]}的日期不对：要填已经过去的日期，最晚是今天。", field=name)
    for name in COUNT_NAMES:
        number = getattr(details, name)
        if number is not None and not 0 <= number <= PEOPLE_MAX:
            raise InvalidInputError(f"{names[name]}要填 0 到 {PEOPLE_MAX:,} 之间的整数。", field=name)
    _check_counts(details)
    return replace(
        details,
        legal_reviewer=clean_text(
            details.legal_reviewer, what="审核人", length_max=REVIEWER_LENGTH_MAX, field="legal_reviewer"
        ),
        filing_number=clean_text(
            details.filing_number, what="备案号", length_max=FILING_LENGTH_MAX, field="filing_number"
        ),
        note=clean_text(details.note, what="备注", length_max=NOTE_LENGTH_MAX, field="note"),
    )


def _check_counts(details: AdoptionDetails) -> None:
    votes = [number for number in (details.in_favour, details.against, details.abstained) if number is not None]
    if details.present is None:
        if votes:
            raise InvalidInputError("写了票数，就要写实到的人数。", field="present")
        return
    if details.expected is None:
        raise InvalidInputError("写了实到，就要写应到的人数。", field="expected")
    if details.present > details.expected:
        raise InvalidInputError(f"实到 {details.present} 比应到 {details.expected} 还多，请核对。", field="present")
    if sum(votes) > details.present:
        raise InvalidInputError(
            f"赞成、反对、弃权一共 {sum(votes)}，比实到 {details.present} 还多，请核对。", field="in_favour"
        )


def record_adoption(
    village: Place, subject: Subject, version: int, details: AdoptionDetails, actor: Actor, key: str, *, seen: int
) -> dict[str, Any]:
    """Keep how a version was adopted, once per key. seen: the revision that the person looked at, 0 for none yet.

    What makes an adopted covenant valid cannot be taken out of its record again. Gives {"revision": number}.
    Raises UnknownCovenantError, UnknownRuleError, AdoptionChangedError, CovenantRefusedError, InvalidInputError.
    """
    details = cleaned_details(village.kind, details)

    def act() -> dict[str, Any]:
        lock_place(village.id)
        if subject is Subject.COVENANT:
            _check_adopted(village, queries.covenant(village.id, version), details)
        else:
            queries.book(village.id, version)
        existing = queries.adoption(village.id, subject, version)
        if seen != (existing.revision if existing else 0):
            raise AdoptionChangedError
        before = policies.details_of(existing)
        with transaction() as current:
            if existing is None:
                existing = Adoption(village_id=village.id, subject=subject, subject_version=version, revision=0)
                current.add(existing)
            for item in fields(AdoptionDetails):
                setattr(existing, item.name, getattr(details, item.name))
            existing.actor, existing.changed_at = actor.key, clock.now()
            existing.revision += 1
            said = _changes(village.kind, before, details)
            audit.record(village.id, actor, "adoption.record", f"{subject.value}:{version}", said)
        return {"revision": existing.revision}

    content = {"subject": subject.value, "version": version, "seen": seen, **_plain(details)}
    return ledger.submit(village, key, "covenant.record_adoption", content, actor, act)


def _check_adopted(village: Place, covenant: Covenant, details: AdoptionDetails) -> None:
    if covenant.effective_on is None:
        return
    for shortfall in policies.shortfalls(village.kind, Subject.COVENANT, details):
        if shortfall.forbids:
            raise CovenantRefusedError(f"第{covenant.version}版已经通过，记录不能改成这样：{shortfall.sentence}")
    if details.resolved_on is not None and details.resolved_on > covenant.effective_on:
        raise CovenantRefusedError(
            f"第{covenant.version}版从 {covenant.effective_on:%Y-%m-%d} 起生效，决议不能比它晚。", field="resolved_on"
        )


def _changes(kind: PlaceKind, before: AdoptionDetails, after: AdoptionDetails) -> str:
    old, new = in_words(kind, before), in_words(kind, after)
    return "；".join(
        f"{label}：{old[label] or '空'} → {words or '空'}" for label, words in new.items() if words != old[label]
    )


def _plain(details: AdoptionDetails) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(details).items()}
