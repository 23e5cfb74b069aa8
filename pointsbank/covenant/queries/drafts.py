"""Reading the draft of the next rule book."""

import json
from dataclasses import dataclass
from datetime import datetime

from pointsbank.covenant.models import RuleBookDraft
from pointsbank.covenant.queries.books import latest_book
from pointsbank.covenant.queries.rules import rules_of
from pointsbank.covenant.rule_drafts import RuleDraft, draft_of, from_plain
from pointsbank.foundation.database import session


@dataclass(frozen=True, slots=True)
class DraftBook:
    """The next version while it is written. based_on: the newest version when somebody last looked, 0 for none.

    tables: the versions of the tables from above that were taken over into it, by the place's code.
    """

    based_on: int
    rules: list[RuleDraft]
    tables: dict[str, int]
    actor: str
    changed_at: datetime
    revision: int

    def rule(self, code: str) -> RuleDraft | None:
        """The rule with a code."""
        return next((rule for rule in self.rules if rule.code == code), None)


def draft_book(village_id: int) -> DraftBook | None:
    """The draft, if somebody is writing one."""
    row = session().get(RuleBookDraft, village_id)
    if row is None:
        return None
    content = json.loads(row.content)
    return DraftBook(
        row.based_on,
        [from_plain(values) for values in content["rules"]],
        content["tables"],
        row.actor,
        row.changed_at,
        row.revision,
    )


def draft_rules(village_id: int) -> list[RuleDraft] | None:
    """The rules of the draft in order; None where there is no draft."""
    found = draft_book(village_id)
    return found.rules if found else None


def newest_drafts(village_id: int) -> list[RuleDraft]:
    """The rules of the newest version, in force or to come; none before the first."""
    latest = latest_book(village_id)
    return [draft_of(rule) for rule in rules_of(latest)] if latest else []
