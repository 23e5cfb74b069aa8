"""Two claims that look like one deed: who records is warned, and somebody says that both are meant."""

from collections.abc import Sequence
from typing import Any

from pointsbank.audit import services as audit
from pointsbank.covenant.models import Rule
from pointsbank.deeds.errors import ClaimChangedError, DeedRefusedError
from pointsbank.deeds.models import ClaimState
from pointsbank.deeds.queries.duplicates import Likeness, is_daily, known_alike, likeness_of
from pointsbank.deeds.queries.sheets import LIVE_STATES
from pointsbank.deeds.services.drafts import DeedDraft
from pointsbank.deeds.services.moves import locked, refuse_other_groups, refuse_own
from pointsbank.foundation.actor import Actor
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place

ALIKE_NAMED = 3  # in a warning


def alike_drafts(village_id: int, deeds: Sequence[tuple[DeedDraft, Rule]]) -> dict[int, list[Likeness]]:
    """What is claimed or booked already and looks like deeds about to be recorded, by their place in the list."""
    wanted = [
        Likeness(
            0,
            draft.household_id,
            draft.resident_id,
            rule.code,
            draft.occurred_on,
            " ".join(draft.event_name.split()),
            ClaimState.DRAFT,
            rule.needs_person,
            is_daily(rule),
        )
        for draft, rule in deeds
    ]
    return known_alike(village_id, wanted)


def alike_words(others: Sequence[Likeness]) -> str:
    """The warning beside a deed that looks like these; "" for none."""
    if not others:
        return ""
    named = "、".join(
        f"第 {one.serial} 号（{one.occurred_on.month}月{one.occurred_on.day}日）" for one in others[:ALIKE_NAMED]
    )
    return f"和{named}像是同一件事，请核对，免得记重。"


def keep_both(
    village: Place, serial: int, beside: int, actor: Actor, key: str, *, seen_revision: int | None = None
) -> dict[str, Any]:
    """Say that a claim and an earlier one that looks like it are two deeds; those before that one are meant with it.

    No state changes: the later claim keeps the serial of the other, and an audit event says who said so.
    Gives {"claim": serial, "beside": serial}. Raises UnknownClaimError, DeedRefusedError for two that are not alike
    (any more), ClaimChangedError, RecusedError, NotYourGroupError.
    """

    def act() -> dict[str, Any]:
        if serial == beside:
            raise DeedRefusedError("请选两件不同的事。")
        earlier, later = locked(village.id, [serial, beside])
        states = (earlier.state, later.state)
        if any(state not in LIVE_STATES for state in states) or not likeness_of(later).is_like(likeness_of(earlier)):
            raise DeedRefusedError("这两件现在不像是同一件事了，不用再选。请刷新页面。")
        if seen_revision is not None and later.revision != seen_revision:
            raise ClaimChangedError(later.serial)
        refuse_own(village.id, [later], actor, also_claimed=True)
        refuse_other_groups(village.id, [later.household], actor)
        later.kept_beside = max(earlier.serial, later.kept_beside or 0)
        later.revision += 1
        told = f"与第 {earlier.serial} 号不是同一件事，两件都算"
        audit.record(village.id, actor, "claim.keep_both", f"claim:{later.serial}", told)
        return {"claim": later.serial, "beside": earlier.serial}

    content = {"claims": sorted((serial, beside))}
    return ledger.submit(village, key, "deeds.keep_both", content, actor, act)
