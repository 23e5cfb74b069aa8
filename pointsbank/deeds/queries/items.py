"""The items of an agenda as a meeting sees them: what each would give, what shows it, who stands aside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from pointsbank.covenant.models import EVIDENCE_KIND_NAMES, EvidenceKind, Step
from pointsbank.deeds.models import Body, Claim, Evidence, Meeting
from pointsbank.deeds.policies import Assessment, assess_deed, not_ready
from pointsbank.deeds.queries.agenda import (
    evidence_of,
    given,
    held_over_reasons,
    tally_before,
)
from pointsbank.deeds.queries.duplicates import alike_claims
from pointsbank.deeds.queries.evidence import asked_for
from pointsbank.deeds.queries.panel import CLAIMED_IT, Panel
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.points import format_points
from pointsbank.places.settings import VillageSettings

OTHER_EVIDENCE = "其他材料"


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """A claim on the agenda. assessment: what it would give as things stand; recused: names with why.

    own_reason: why the person at the screen stands aside. passed_to: who decides where too few are left to vote.
    """

    claim: Claim
    assessment: Assessment
    points_span: str
    evidence: str
    look_alikes: list[int] = field(default_factory=list)
    recused: list[tuple[str, str]] = field(default_factory=list)
    own_reason: str = ""
    passed_to: Body | None = None
    not_ready: str = ""
    held_over: str = ""

    @property
    def can_be_decided(self) -> bool:
        """Whether the person at the screen may write down what the meeting says to it."""
        return not self.own_reason and not self.not_ready


def items_of(
    meeting: Meeting,
    panel: Panel,
    claims: Sequence[Claim],
    actor: Actor,
    today: date,
    settings: dict[date, VillageSettings],
) -> list[AgendaItem]:
    """These claims as items, in their order; caps count what was decided before and what stands above in the list.

    settings: those of the days on which the deeds happened.
    """
    village_id, body = meeting.village_id, meeting.body
    tally = tally_before(village_id, claims)
    evidence, alike = evidence_of(village_id, claims), alike_claims(village_id, claims)
    held_over = held_over_reasons(village_id, claims)
    own = panel.kin.get(actor.id, {}) if actor.id is not None else {}
    found = []
    for claim in claims:
        mine = own.get(claim.household_id) or (CLAIMED_IT if claim.claimed_by == actor.key else "")
        unready = not_ready(claim, today) or ""
        found.append(
            AgendaItem(
                claim=claim,
                assessment=assess_deed(
                    tally, claim.rule, settings[claim.occurred_on], given(claim, claim.points_asked)
                ),
                points_span=points_span(claim),
                evidence=evidence_words(claim, evidence.get(claim.id, [])),
                look_alikes=alike.get(claim.serial, []),
                recused=[(staff.name, why) for staff, why in panel.recused(body, claim)],
                own_reason=mine,
                passed_to=None if panel.can_decide(body, claim) else panel.higher_body(claim),
                not_ready=unready,
                held_over=held_over.get(claim.id, ""),
            )
        )
    return found


def points_span(claim: Claim) -> str:
    """From what to what points of one unit may be chosen: 3–5; of fixed points: 0–3."""
    rule = claim.rule
    first, last = (rule.points, rule.points_to) if rule.points_to is not None else (0, rule.points)
    return f"{format_points(first)}～{format_points(last)}" if first != last else format_points(first)


def evidence_words(claim: Claim, evidence: Sequence[Evidence]) -> str:
    """What shows that it was done, in a line; what the rule asks for where nothing is there.

    What is looked at and not kept cannot be there: nothing is said of it, unless a step of the rule is to check it.
    """
    if not evidence:
        is_kept = claim.rule.keep_evidence or Step.SIGNIN in claim.rule.step_list
        wanted = asked_for(claim.rule) if is_kept else ""
        return f"没有材料（要：{wanted}）" if wanted else ""
    kinds: dict[str, list[str]] = {}
    for one in evidence:
        name = OTHER_EVIDENCE if one.kind is EvidenceKind.NONE else EVIDENCE_KIND_NAMES[one.kind]
        kinds.setdefault(name, []).append(one.description)
    parts = []
    for name, descriptions in kinds.items():
        said = "、".join(text for text in descriptions if text)
        parts.append(f"{name}：{said}" if said else f"{name} {len(descriptions)} 份")
    return "；".join(parts)
