"""Writes of claims: recording deeds (draft → booked in one act) and undoing them by reversal."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select

from pointsbank.audit import services as audit
from pointsbank.covenant import queries as covenant
from pointsbank.covenant.models import Rule, Track
from pointsbank.deeds import queries
from pointsbank.deeds.errors import ClaimNotBookedError, DeedRefusedError, UnknownClaimError
from pointsbank.deeds.models import Claim, ClaimEvent, ClaimEventText, ClaimOrigin, ClaimState
from pointsbank.deeds.policies import Assessment, Given, Tally, assess
from pointsbank.foundation import chain, clock, points
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, table_of
from pointsbank.foundation.errors import NotFoundError, PointsBankError
from pointsbank.foundation.identifiers import new_salt
from pointsbank.foundation.periods import Span, span_of
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import queries as ledger_queries
from pointsbank.ledger import services as ledger
from pointsbank.ledger.booking import Booking, Source
from pointsbank.ledger.models import Book, TransferKind
from pointsbank.people.models import Household, Resident
from pointsbank.places import queries as places
from pointsbank.places.models import Place
from pointsbank.places.settings import VillageSettings

CHAIN = "claims"
SOURCE = "claim"
NOTE_LENGTH_MAX = 200
REASON_LENGTH_MAX = 200
DEEDS_MAX = 2_000  # in one act: a file or a grid
QUANTITY_UNITS_MAX = 999 * points.UNITS_PER_POINT
LATE_DAYS_MAX = 366  # a deed can be recorded for a year; what is older needs a correction in the books
UNITS_IN_PARTS = frozenset({"小时"})  # of these there are halves; half a time or half a book makes no sense


@dataclass(frozen=True, slots=True)
class DeedDraft:
    """A deed as somebody wants it recorded. quantity: hundredths of the rule's unit."""

    household_id: int
    rule_code: str
    quantity: int
    occurred_on: date
    resident_id: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Deed:
    """A draft with what it names, checked."""

    draft: DeedDraft
    household: Household
    resident: Resident | None
    rule: Rule


def preview(village: Place, draft: DeedDraft) -> Assessment:
    """What a deed would give as things stand. Raises what record raises."""
    named = _Named.by(village.id, [draft])
    deed = _checked(named, draft)
    return _assess(named, _tally(village.id, [deed]), deed)


def preview_many(village: Place, drafts: Sequence[DeedDraft]) -> list[Assessment | PointsBankError]:
    """What each deed of one act would give, caps counting what came before in it; for a refused one, why.

    At most DEEDS_MAX, as in record_many.
    """
    named = _Named.by(village.id, drafts)
    checked = [_checked_or_refused(named, draft) for draft in drafts]
    tally = _tally(village.id, [deed for deed in checked if isinstance(deed, _Deed)])
    return [_assess(named, tally, deed) if isinstance(deed, _Deed) else deed for deed in checked]


def record(
    village: Place, draft: DeedDraft, actor: Actor, key: str, origin: ClaimOrigin = ClaimOrigin.SINGLE
) -> dict[str, Any]:
    """Record one deed and book it. Gives {"claim": serial, "points": units, "cap_reason": sentence}.

    Raises DeedRefusedError, NotFoundError, NoRuleBookError, UnknownRuleError with the form's field.
    """
    [claim] = record_many(village, [draft], actor, key, origin)["claims"]
    result: dict[str, Any] = claim
    return result


def record_many(
    village: Place, drafts: Sequence[DeedDraft], actor: Actor, key: str, origin: ClaimOrigin
) -> dict[str, Any]:
    """Record deeds in their order and book them in one transaction; caps count what came before in the same act.

    Gives {"claims": [as record gives]}. Raises what record raises; then nothing is booked.
    """
    if not drafts:
        raise DeedRefusedError("还没有填要记的事。请至少填一件。")
    if len(drafts) > DEEDS_MAX:
        raise DeedRefusedError(f"一次最多记 {DEEDS_MAX:,} 件，请分几次办。")

    def act() -> dict[str, Any]:
        _lock_households(village.id, [draft.household_id for draft in drafts])
        named = _Named.by(village.id, drafts)
        deeds = [_checked(named, draft) for draft in drafts]
        tally = _tally(village.id, deeds)
        with ledger.booking(village, {deed.household.serial for deed in deeds}, actor, key) as batch:
            serial = queries.last_serial(village.id)
            claims = [
                _book(village, deed, _assess(named, tally, deed), serial + at, batch, origin)
                for at, deed in enumerate(deeds, start=1)
            ]
            _move_all(village, [(claim, ClaimState.BOOKED, claim.cap_reason) for claim in claims], actor)
        recorded = [{"claim": c.serial, "points": c.points, "cap_reason": c.cap_reason} for c in claims]
        audit.record(village.id, actor, "claim.book", f"claim:{recorded[0]['claim']}", f"{len(recorded)} 件")
        return {"claims": recorded}

    content = {"deeds": [_plain(draft) for draft in drafts], "origin": origin.value}
    return ledger.submit(village, key, "deeds.record", content, actor, act)


def reverse(village: Place, claim_serial: int, reason: str, actor: Actor, key: str) -> dict[str, Any]:
    """Undo a booked claim by reversals: what is left of its points, the rest becomes a debt. Once.

    Gives {"claim": serial, "points": units that are undone}. Raises UnknownClaimError, ClaimNotBookedError,
    InvalidInputError for a missing reason.
    """
    reason = clean_text(reason, what="撤销原因", length_max=REASON_LENGTH_MAX, required=True, field="reason")

    def act() -> dict[str, Any]:
        claim = session().scalar(
            select(Claim).where(Claim.village_id == village.id, Claim.serial == claim_serial).with_for_update()
        )
        if claim is None:
            raise UnknownClaimError
        if claim.state is not ClaimState.BOOKED:
            raise ClaimNotBookedError
        household = session().get_one(Household, claim.household_id)
        source = Source(SOURCE, claim.serial, digest_of(claim))
        with ledger.booking(village, [household.serial], actor, key) as batch:
            for transfer in ledger_queries.transfers_from(village.id, SOURCE, claim.serial):
                if transfer.kind is TransferKind.EARN:
                    batch.reverse_earning(transfer.sequence, source, f"更正：{reason}")
                elif transfer.kind is TransferKind.DEDUCT:
                    batch.reverse_deduction(transfer.sequence, source, f"更正：{reason}")
            _move_all(village, [(claim, ClaimState.CANCELLED, reason)], actor)
        claim.reversed_at = clock.now()
        audit.record(village.id, actor, "claim.reverse", f"claim:{claim.serial}", reason)
        return {"claim": claim.serial, "points": -claim.points}

    return ledger.submit(village, key, "deeds.reverse", {"claim": claim_serial, "reason": reason}, actor, act)


def _plain(draft: DeedDraft) -> list[Any]:
    day = draft.occurred_on.isoformat()
    return [draft.household_id, draft.resident_id, draft.rule_code, draft.quantity, day, draft.note]


def _lock_households(village_id: int, household_ids: Sequence[int]) -> None:
    """What a household has used of its caps does not change until the end of the transaction."""
    session().execute(
        select(Household.id)
        .where(Household.village_id == village_id, Household.id.in_(sorted(set(household_ids))))
        .order_by(Household.id)
        .with_for_update(key_share=True)
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """What the drafts of one act name, read once for all of them."""

    village_id: int
    households: dict[int, Household]
    residents: dict[int, Resident]
    rules: dict[tuple[date, str], Rule]  # by day and code
    settings: dict[date, VillageSettings]

    @classmethod
    def by(cls, village_id: int, drafts: Sequence[DeedDraft]) -> "_Named":
        """Look up what these drafts name; what is not of this village is left out."""
        household_ids = {draft.household_id for draft in drafts}
        resident_ids = {draft.resident_id for draft in drafts if draft.resident_id is not None}
        households = select(Household).where(Household.village_id == village_id, Household.id.in_(household_ids))
        residents = select(Resident).where(Resident.village_id == village_id, Resident.id.in_(resident_ids))
        days = {draft.occurred_on for draft in drafts}
        return cls(
            village_id,
            {household.id: household for household in session().scalars(households)},
            {resident.id: resident for resident in session().scalars(residents)} if resident_ids else {},
            _rules_by_day(village_id, days, {draft.rule_code for draft in drafts if draft.rule_code.isprintable()}),
            {day: places.settings_on(village_id, day) for day in days},
        )

    def household(self, draft: DeedDraft) -> Household:
        """Whose deed it is. Raises NotFoundError, DeedRefusedError."""
        household = self.households.get(draft.household_id)
        if household is None:
            raise NotFoundError("没有找到这一户。请按姓名首字母或户号重新选。", field="who")
        if household.closed_on is not None:
            raise DeedRefusedError("这一户已经注销，不能再记分。", field="who")
        return household

    def resident(self, draft: DeedDraft) -> Resident | None:
        """Who of the household did it, if the draft says. Raises NotFoundError, DeedRefusedError."""
        if draft.resident_id is None:
            return None
        resident = self.residents.get(draft.resident_id)
        if resident is None or resident.household_id != draft.household_id:
            raise NotFoundError("这一户没有这个人。请按姓名首字母或户号重新选。", field="who")
        if resident.closed_on is not None:
            raise DeedRefusedError("这个人已经不在册，不能再记分。", field="who")
        return resident

    def rule(self, draft: DeedDraft) -> Rule:
        """The rule of the day. Raises NoRuleBookError, UnknownRuleError."""
        rule = self.rules.get((draft.occurred_on, draft.rule_code))
        return rule or covenant.rule_on(self.village_id, draft.occurred_on, draft.rule_code)


def _rules_by_day(village_id: int, days: Set[date], codes: Set[str]) -> dict[tuple[date, str], Rule]:
    """The rules with these codes on each of the days; days share their book."""
    found: dict[tuple[date, str], Rule] = {}
    in_book: dict[int, Sequence[Rule]] = {}
    for day in days:
        book = covenant.book_on(village_id, day)
        if book is not None:
            if book.id not in in_book:
                wanted = select(Rule).where(Rule.rule_book_id == book.id, Rule.code.in_(codes))
                in_book[book.id] = session().scalars(wanted).all()
            found.update({(day, rule.code): rule for rule in in_book[book.id]})
    return found


def _checked(named: _Named, draft: DeedDraft) -> _Deed:
    """The draft with its household, person and rule. Raises what record raises."""
    household = named.household(draft)
    today = clock.today()
    if draft.occurred_on > today:
        raise DeedRefusedError("日期还没到，请填今天或以前。", field="occurred_on")
    if draft.occurred_on < today - timedelta(days=LATE_DAYS_MAX):
        raise DeedRefusedError("日期太早，只能补记一年以内的事。", field="occurred_on")
    rule = named.rule(draft)
    if not 1 <= draft.quantity <= QUANTITY_UNITS_MAX:
        raise DeedRefusedError("数量要大于 0，最多 999。", field="quantity")
    if draft.quantity % points.UNITS_PER_POINT and rule.unit not in UNITS_IN_PARTS:
        raise DeedRefusedError(f"这一条按“{rule.unit}”计，数量要填整数。", field="quantity")
    resident = named.resident(draft)
    if rule.needs_person and resident is None:
        raise DeedRefusedError("这一条按人计分，请选是这一户的哪一位。", field="who")
    clean_text(draft.note, what="备注", length_max=NOTE_LENGTH_MAX, field="note")
    return _Deed(draft, household, resident, rule)


def _checked_or_refused(named: _Named, draft: DeedDraft) -> _Deed | PointsBankError:
    try:
        return _checked(named, draft)
    except PointsBankError as refusal:
        return refusal


def _tally(village_id: int, deeds: Sequence[_Deed]) -> Tally:
    """What was given before within the spans that the caps of these deeds count in."""
    if not deeds:
        return Tally()
    days = [day for deed in deeds for day in span_of(deed.draft.occurred_on, Span.YEAR)]
    households = {deed.household.id for deed in deeds}
    people = {deed.resident.id for deed in deeds if deed.resident and deed.rule.needs_person}
    return queries.tally(village_id, households, people, min(days), max(days))


def _assess(named: _Named, tally: Tally, deed: _Deed) -> Assessment:
    """Rule × quantity, rounded once, then the caps of the day it happened; what is given is added to the tally."""
    draft = deed.draft
    settings = named.settings[draft.occurred_on]
    asked = points.times(deed.rule.points, draft.quantity)
    limits = tally.limits(deed.rule, settings, draft.household_id, draft.resident_id, draft.occurred_on)
    assessment = assess(asked, limits)
    tally.add(
        Given(
            draft.household_id,
            draft.resident_id,
            deed.rule.code,
            deed.rule.track,
            draft.occurred_on,
            assessment.points,
        )
    )
    return assessment


def _book(
    village: Place, deed: _Deed, assessment: Assessment, serial: int, batch: Booking, origin: ClaimOrigin
) -> Claim:
    """One claim, still a draft, with its transfer unless it gives 0 points."""
    draft, at = deed.draft, clock.now()
    claim = Claim(
        village_id=village.id,
        serial=serial,
        household=deed.household,
        resident=deed.resident,
        rule=deed.rule,
        quantity=draft.quantity,
        occurred_on=draft.occurred_on,
        period=batch.period_for(draft.occurred_on),
        points_asked=assessment.points_asked,
        points=assessment.points,
        cap_reason=assessment.cap_reason,
        note=clean_text(draft.note, what="备注", length_max=NOTE_LENGTH_MAX, field="note"),
        origin=origin,
        state=ClaimState.DRAFT,
        actor=batch.actor.key,
        submission_key=batch.submission_key,
        created_at=at,
        booked_at=at,
    )
    session().add(claim)
    _transfer(claim, batch)
    return claim


def _transfer(claim: Claim, batch: Booking) -> None:
    source = Source(SOURCE, claim.serial, digest_of(claim))
    household, text = claim.household.serial, in_words(claim.rule, claim.quantity)
    if claim.points < 0:
        batch.deduct(household, -claim.points, claim.occurred_on, source, text)
    elif claim.points > 0:
        book = Book.HONOUR if claim.rule.track is Track.HONOUR else Book.POINTS
        batch.earn(household, claim.points, claim.occurred_on, source, text, book=book)


def in_words(rule: Rule, quantity: int) -> str:
    """What happened, as a statement says it: 参加志愿服务活动（2.5小时）."""
    if quantity == points.UNITS_PER_POINT:
        return rule.name
    return f"{rule.name}（{points.format_points(quantity)}{rule.unit}）"


def digest_of(claim: Claim) -> bytes:
    """What the book keeps of a claim: serial, household, person (0: none), rule, version, quantity, day, points.

    One function for writer and verifier.
    """
    return chain.link(
        SOURCE,
        chain.GENESIS,
        (
            claim.serial,
            claim.household.serial,
            claim.resident.serial if claim.resident else 0,
            claim.rule.code,
            claim.rule.book.version,
            claim.quantity,
            claim.occurred_on,
            claim.points,
        ),
    )


def event_fields(
    claim_serial: int, from_state: ClaimState, to_state: ClaimState, at: Any, actor: str, text_digest: bytes | None
) -> tuple[chain.Field, ...]:
    """What of a move is chained, in order. One function for writer and verifier."""
    return (claim_serial, from_state.value, to_state.value, at, actor, text_digest)


def _move_all(village: Place, moves: Sequence[tuple[Claim, ClaimState, str]], actor: Actor) -> None:
    """Change the states of claims, each with its reason, and write the events.

    The chain head is locked already by the booking.
    """
    head, at = chain.lock_head(session(), village.id, CHAIN), clock.now()
    events, texts = [], []
    for claim, to_state, reason in moves:
        salt = new_salt() if reason else None
        text_digest = chain.text_digest(salt, reason) if salt else None
        sequence, previous, digest = head.append(
            event_fields(claim.serial, claim.state, to_state, at, actor.key, text_digest)
        )
        events.append(
            {
                "village_id": village.id,
                "sequence": sequence,
                "claim_serial": claim.serial,
                "from_state": claim.state,
                "to_state": to_state,
                "at": at,
                "actor": actor.key,
                "text_digest": text_digest,
                "previous_digest": previous,
                "digest": digest,
            }
        )
        if salt:
            texts.append({"village_id": village.id, "sequence": sequence, "salt": salt, "text": reason})
        claim.state = to_state
    session().execute(insert(table_of(ClaimEvent)), events)
    if texts:
        session().execute(insert(table_of(ClaimEventText)), texts)
