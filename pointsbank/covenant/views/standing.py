"""Where the rules stand when a page is made: the newest version, the draft, what a person sees of both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pointsbank.covenant import queries
from pointsbank.covenant.models import Rule, RuleBook
from pointsbank.covenant.queries import DraftBook
from pointsbank.covenant.services import RuleDraft, Seen, draft_of
from pointsbank.places.models import Place


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest version and the draft. newest: the rules of that version, none before the first."""

    latest: RuleBook | None
    newest: list[RuleDraft]
    draft: DraftBook | None

    @property
    def rules(self) -> list[RuleDraft]:
        """What an edit begins from: the draft, else the newest version."""
        return self.draft.rules if self.draft else self.newest

    @property
    def version(self) -> int:
        """The number of the newest version, 0 for none."""
        return self.latest.version if self.latest else 0

    @property
    def seen(self) -> Seen:
        """What somebody has seen who looks now."""
        return Seen(self.version, self.draft.revision if self.draft else 0)

    @property
    def outdated(self) -> bool:
        """Whether another version came after the draft was last compared."""
        return self.draft is not None and self.draft.based_on != self.version

    def rule(self, code: str | None) -> RuleDraft | None:
        """The rule with a code as an edit begins from it."""
        return next((rule for rule in self.rules if rule.code == code), None)


def standing(village: Place) -> Standing:
    """Where the rules of a village stand now."""
    latest = queries.latest_book(village.id)
    return Standing(latest, drafts_of(latest), queries.draft_book(village.id))


def drafts_of(book: RuleBook | None) -> list[RuleDraft]:
    """The rules of a version in order; none where there is no version."""
    return [draft_of(rule) for rule in queries.rules_of(book)] if book else []


def categories_of(found: Sequence[Rule] | Sequence[RuleDraft]) -> list[str]:
    """The categories in the order of the book."""
    return list(dict.fromkeys(rule.category for rule in found))


def sections_of(drafts: Sequence[RuleDraft]) -> list[tuple[str, list[RuleDraft]]]:
    """The rules by category, both in the order of the book."""
    return [(name, [draft for draft in drafts if draft.category == name]) for name in categories_of(drafts)]


def names_above(village: Place, *books: Iterable[RuleDraft]) -> dict[str, str]:
    """The names of the places above by their code, where any of these rules was handed down."""
    if not any(rule.handed_down_by for book in books for rule in book):
        return {}
    return {place.code: place.name for place in queries.places_above(village)}
