"""Adopting rule books. A version is never edited: every change is a whole new version with its effective day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert

from pointsbank.audit import services as audit
from pointsbank.covenant import queries
from pointsbank.covenant.errors import RuleBookChangedError, RuleBookRefusedError
from pointsbank.covenant.models import Rule, RuleBook
from pointsbank.covenant.queries.tables import FOLLOW_ACTION, Table, subject_of
from pointsbank.covenant.rule_drafts import RuleDraft, cleaned, plain
from pointsbank.covenant.services.tables import check_bounds
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import table_of, transaction
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.names import pinyin_of_words
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

RULES_MAX = 500  # of one book; a village has 60 to 120
REASON_LENGTH_MAX = 200
INITIALS_LENGTH_MAX = 120  # of the column; one letter of a rare script can have two small ones
EARLIEST_DAY = date(2015, 1, 1)  # no village kept points before: a slip of typing


def adopt_rule_book(
    village: Place,
    drafts: Sequence[RuleDraft],
    effective_on: date,
    reason: str,
    actor: Actor,
    key: str,
    *,
    seen_version: int | None = None,
) -> dict[str, Any]:
    """Put a whole rule book in force from a day on, as the next version; earlier days keep theirs.

    seen_version: the newest version when the person began to write (0 for none); None does not ask.
    Gives {"version": number}. Raises RuleBookRefusedError, RuleBookChangedError, InvalidInputError.
    """
    drafts = [cleaned(draft) for draft in drafts]
    change = Change(village, effective_on, clean_reason(reason), actor, seen_version)
    content = {"rules": [plain(draft) for draft in drafts], **change.content()}
    return ledger.submit(village, key, "covenant.adopt", content, actor, lambda: change.adopt(drafts))


def check_effective_day(effective_on: date, latest: RuleBook | None) -> None:
    """Whether a version after this newest one may hold from a day on. Raises RuleBookRefusedError."""
    if not EARLIEST_DAY <= effective_on <= latest_day():
        raise RuleBookRefusedError("生效日期不对，请填最近的日期，最晚到明年年底。", field="effective_on")
    if latest is not None and effective_on < latest.effective_on:
        raise RuleBookRefusedError(
            f"生效日期不能早于现有第{latest.version}版的 {latest.effective_on:%Y-%m-%d}。", field="effective_on"
        )


def latest_day() -> date:
    """The last day that a version may be put in force from: the end of next year."""
    return date(clock.today().year + 1, 12, 31)


@dataclass(frozen=True, slots=True)
class Change:
    """What every new version of the rules carries: where, from when on, why, by whom, and the newest one they saw."""

    village: Place
    effective_on: date
    reason: str
    actor: Actor
    seen_version: int | None

    def content(self) -> dict[str, Any]:
        """What of it the submission is known by."""
        return {
            "effective_on": self.effective_on.isoformat(),
            "reason": self.reason,
            "seen_version": self.seen_version,
        }

    def newest(self) -> RuleBook | None:
        """The newest version, under the lock of the village. Raises RuleBookChangedError if it is another one."""
        lock_place(self.village.id)
        latest = queries.latest_book(self.village.id)
        if self.seen_version is not None and self.seen_version != (latest.version if latest else 0):
            raise RuleBookChangedError
        return latest

    def adopt(self, drafts: Sequence[RuleDraft], taken: Mapping[str, int] | None = None) -> dict[str, Any]:
        """Write the next version inside the open transaction.

        taken: the versions of tables from above that were taken over for it, by the place's code.
        """
        check_rules(drafts)
        latest = self.newest()
        check_effective_day(self.effective_on, latest)
        tables = queries.bounding_tables(self.village, drafts, taken or {})
        for draft in drafts:
            check_bounds(draft, tables)
        version = latest.version + 1 if latest else 1
        _write(self.village, version, drafts, self.effective_on, self.reason, self.actor)
        self._follow(tables)
        return {"version": version}

    def _follow(self, tables: Mapping[str, Table]) -> None:
        """Note in the trail which versions of tables the village follows from now on."""
        known = queries.followed(self.village, queries.table_lines([table.place for table in tables.values()]))
        for code, table in tables.items():
            if known.get(code) != table.version:
                subject = subject_of(code, table.version)
                audit.record(self.village.id, self.actor, FOLLOW_ACTION, subject, table.name)


def clean_reason(reason: str) -> str:
    """Why the rules are changed, as it is stored. Raises InvalidInputError."""
    return clean_text(reason, what="修改说明", length_max=REASON_LENGTH_MAX, field="reason")


def check_rules(drafts: Sequence[RuleDraft]) -> None:
    """Whether rules make a book: at least one, not too many, no code twice. Raises RuleBookRefusedError."""
    if not drafts:
        raise RuleBookRefusedError("细则里一条也没有。请至少保留一条。")
    if len(drafts) > RULES_MAX:
        raise RuleBookRefusedError(f"细则最多 {RULES_MAX} 条，请合并一些。")
    seen: set[str] = set()
    for draft in drafts:
        if draft.code in seen:
            raise RuleBookRefusedError(f"编号“{draft.code}”出现了两次，请改掉一个。", field="code")
        seen.add(draft.code)


def _write(
    village: Place, version: int, drafts: Sequence[RuleDraft], effective_on: date, reason: str, actor: Actor
) -> None:
    with transaction() as current:
        book = RuleBook(
            village_id=village.id,
            version=version,
            effective_on=effective_on,
            reason=reason,
            actor=actor.key,
            created_at=clock.now(),
        )
        current.add(book)
        current.flush()
        current.execute(
            insert(table_of(Rule)),
            [_row(village.id, book.id, position, draft) for position, draft in enumerate(drafts, start=1)],
        )
        audit.record(village.id, actor, "rule_book.adopt", f"rule_book:{version}", f"{len(drafts)} 条 {reason}".strip())


def _row(village_id: int, book_id: int, position: int, draft: RuleDraft) -> dict[str, Any]:
    """Every column of a rule: those of the draft by their names, and what follows from them."""
    pinyin, initials = pinyin_of_words(draft.name)
    values = {name: getattr(draft, name) for name in RuleDraft.__slots__ if name != "steps"}
    return {
        **values,
        "id": new_id(),
        "village_id": village_id,
        "rule_book_id": book_id,
        "position": position,
        "pinyin": pinyin,
        "initials": initials[:INITIALS_LENGTH_MAX],
        "steps": "+".join(draft.steps),
    }
