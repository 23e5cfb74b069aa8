"""The covenant's text: a draft is edited freely, then a meeting's vote makes it a version that stands for ever."""

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, insert

from config import ROOT
from pointsbank.audit import services as audit
from pointsbank.covenant import policies, queries
from pointsbank.covenant.errors import (
    CovenantRefusedError,
    DraftChangedError,
    DraftExistsError,
    UnknownCovenantError,
)
from pointsbank.covenant.models import (
    THEME_NAMES,
    THEME_TITLES,
    Adoption,
    Clause,
    Covenant,
    CovenantState,
    Subject,
    Theme,
)
from pointsbank.covenant.rule_drafts import clean_clause_code
from pointsbank.covenant.services.books import clean_reason, latest_day
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import table_of, transaction
from pointsbank.foundation.errors import EnvironmentProblemError, InvalidInputError
from pointsbank.foundation.identifiers import new_id
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place
from pointsbank.places.words import words_for

CLAUSES_MAX = 100  # of one version; a village has 10 to 40
CLAUSE_LENGTH_MAX = 600
TITLE_LENGTH_MAX = 40
NO_DRAFT = "现在没有草稿。请先起草一份。"
STANDARD_FILE = ROOT / "sample" / "covenant.csv"  # a text that villages may start from

# 第三条 · 3. · 3、 · （三） · 三、 at the beginning of a line
_NUMBERED = re.compile(
    r"第\s*(?P<a>[0-9一二三四五六七八九十百]{1,7})\s*条[\s:：、.]*|[(（](?P<b>[0-9一二三四五六七八九十]{1,5})[)）]\s*"
    r"|(?P<c>[0-9]{1,3})\s*[.．、]\s*(?![0-9])|(?P<d>[一二三四五六七八九十]{1,5})、\s*"
)
_HEADING_NUMBER = re.compile(r"^[\s【\[（(第]*[一二三四五六七八九十0-9]{0,3}[章部分、.．)）\s]*")
_HEADING_LENGTH_MAX = 12  # a line that only names a theme


@dataclass(frozen=True, slots=True)
class ClauseDraft:
    """A clause as somebody wants it. code: short, known by it from version to version."""

    code: str
    theme: Theme
    text: str


def clause_draft_of(clause: Clause) -> ClauseDraft:
    """A clause of a version as a clause of the next draft."""
    return ClauseDraft(clause.code, clause.theme, clause.text)


def standard_clauses(village: Place) -> list[ClauseDraft]:
    """The program's own text in the words of the kind of place. Raises EnvironmentProblemError."""
    words = asdict(words_for(village.kind))
    try:
        with STANDARD_FILE.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        themes = {name: theme for theme, name in THEME_NAMES.items()}
        return [ClauseDraft(row["编号"], themes[row["主题"]], row["条文"].format_map(words)) for row in rows]
    except (OSError, ValueError, KeyError) as wrong:
        raise EnvironmentProblemError(f"程序自带的底稿读不了（{STANDARD_FILE.name}），请重新安装程序。") from wrong


def parse_text(text: str) -> list[ClauseDraft]:
    """A whole text, each line a clause: 第三条, 3. or （三） before it is its code, a line that only says 学 its theme.

    A clause without a code gets the next free number; before the first theme a clause is one of 学. The clauses are
    not checked yet: save_draft does.
    """
    found: list[ClauseDraft] = []
    theme = Theme.STUDY
    for raw in text.splitlines():
        line = " ".join(raw.split())
        heading = _theme_of_heading(line)
        if heading is not None:
            theme = heading
        elif line:
            code, words = _split_code(line)
            taken = {clause.code for clause in found}
            if not code or code in taken:
                code = next(str(n) for n in range(len(found) + 1, 10**6) if str(n) not in taken)
            found.append(ClauseDraft(code, theme, words))
    return found


def _theme_of_heading(line: str) -> Theme | None:
    words = _HEADING_NUMBER.sub("", unicodedata.normalize("NFKC", line))
    if not words or len(line) > _HEADING_LENGTH_MAX or line.endswith(("。", "；", ";", ".")):
        return None
    alone = len(words) == 1 or not words[1].isalpha()
    for theme, name in THEME_NAMES.items():
        if words[0] == name and (alone or words.startswith(THEME_TITLES[theme][4:])):
            return theme
    return None


def _split_code(line: str) -> tuple[str, str]:
    found = _NUMBERED.match(line)
    if found is None or not line[found.end() :]:
        return "", line
    number = next(part for part in found.groups() if part)
    return unicodedata.normalize("NFKC", number), line[found.end() :]


def begin_draft(
    village: Place, actor: Actor, key: str, *, copy_of: int | None = None, standard: bool = False
) -> dict[str, Any]:
    """Begin the next version once per key: as a copy of the newest or of the version copy_of (0: empty).

    standard: begin with the program's own text instead. Gives {"version": number}.
    Raises DraftExistsError, UnknownCovenantError, EnvironmentProblemError.
    """

    def act() -> dict[str, Any]:
        lock_place(village.id)
        if queries.draft_covenant(village.id) is not None:
            raise DraftExistsError
        latest = queries.latest_covenant(village.id)
        source = latest if copy_of is None else queries.adopted_covenant(village.id, copy_of) if copy_of else None
        title = source.title if source else f"{village.name}{words_for(village.kind).covenant}"
        clauses = [clause_draft_of(clause) for clause in queries.clauses_of(source)] if source else []
        draft = Covenant(
            village_id=village.id,
            version=latest.version + 1 if latest else 1,
            title=title,
            state=CovenantState.DRAFT,
            actor=actor.key,
            created_at=clock.now(),
            revision=1,
        )
        with transaction() as current:
            current.add(draft)
            current.flush()
            _write_clauses(draft, standard_clauses(village) if standard else clauses)
            audit.record(village.id, actor, "covenant.begin_draft", f"covenant:{draft.version}", title)
        return {"version": draft.version}

    content = {"copy_of": copy_of, "standard": standard}
    return ledger.submit(village, key, "covenant.begin_draft", content, actor, act)


def save_draft(village: Place, title: str, clauses: Sequence[ClauseDraft], actor: Actor, *, seen: int) -> Covenant:
    """Make the draft say this. seen: its revision when the person began to edit.

    What says what is stored already is taken in silence, so that a resubmit does no harm.
    Raises UnknownCovenantError, DraftChangedError, InvalidInputError at title, code-N, theme-N or text-N (N from 1).
    """
    title = clean_text(title, what="标题", length_max=TITLE_LENGTH_MAX, required=True, field="title")
    clauses = _cleaned(clauses)
    with transaction() as current:
        lock_place(village.id)
        draft = _draft(village)
        stored = [clause_draft_of(clause) for clause in queries.clauses_of(draft)]
        if (draft.title, stored) == (title, clauses):
            return draft
        if draft.revision != seen:
            raise DraftChangedError
        draft.title, draft.revision = title, draft.revision + 1
        current.execute(delete(table_of(Clause)).where(Clause.covenant_id == draft.id))
        _write_clauses(draft, clauses)
        audit.record(
            village.id, actor, "covenant.save_draft", f"covenant:{draft.version}", f"{title}，{len(clauses)} 条"
        )
    return draft


def discard_draft(village: Place, actor: Actor, key: str, *, seen: int) -> dict[str, Any]:
    """Drop the draft and what was noted of its adoption, once per key; the trail keeps its words.

    Raises UnknownCovenantError, DraftChangedError.
    """

    def act() -> dict[str, Any]:
        lock_place(village.id)
        draft = _draft(village)
        if draft.revision != seen:
            raise DraftChangedError
        clauses = queries.clauses_of(draft)
        words = "\n".join(
            [draft.title, *(f"{clause.code}（{THEME_NAMES[clause.theme]}）{clause.text}" for clause in clauses)]
        )
        version = draft.version
        with transaction() as current:
            current.execute(delete(table_of(Clause)).where(Clause.covenant_id == draft.id))
            current.execute(
                delete(table_of(Adoption)).where(
                    Adoption.village_id == village.id,
                    Adoption.subject == Subject.COVENANT,
                    Adoption.subject_version == version,
                )
            )
            current.execute(delete(table_of(Covenant)).where(Covenant.id == draft.id))
            audit.record(village.id, actor, "covenant.discard_draft", f"covenant:{version}", words)
        return {"version": version}

    return ledger.submit(village, key, "covenant.discard_draft", {"seen": seen}, actor, act)


def adopt(village: Place, effective_on: date, reason: str, actor: Actor, key: str, *, seen: int) -> dict[str, Any]:
    """Make the draft a version in force from a day on, once per key: the resolution's day or a later one.

    The record of its adoption must hold the resolution's day and a vote that reaches the quorum. seen: the revision
    of the draft that the person looked at. Gives {"version": number}.
    Raises UnknownCovenantError, DraftChangedError, CovenantRefusedError.
    """
    reason = clean_reason(reason)

    def act() -> dict[str, Any]:
        lock_place(village.id)
        draft = _draft(village)
        if draft.revision != seen:
            raise DraftChangedError
        clauses = queries.clauses_of(draft)
        if not clauses:
            raise CovenantRefusedError("草稿里一条也没有。请先写好条文。")
        details = policies.details_of(queries.adoption(village.id, Subject.COVENANT, draft.version))
        for shortfall in policies.shortfalls(village.kind, Subject.COVENANT, details):
            if shortfall.forbids:
                raise CovenantRefusedError(f"{shortfall.sentence}请先补齐通过记录。")
        _check_day(effective_on, details.resolved_on, queries.latest_covenant(village.id))
        with transaction():
            draft.state, draft.effective_on, draft.reason = CovenantState.ADOPTED, effective_on, reason
            draft.actor, draft.adopted_at = actor.key, clock.now()
            audit.record(
                village.id,
                actor,
                "covenant.adopt_text",
                f"covenant:{draft.version}",
                f"{len(clauses)} 条 {reason}".strip(),
            )
        return {"version": draft.version}

    content = {"effective_on": effective_on.isoformat(), "reason": reason, "seen": seen}
    return ledger.submit(village, key, "covenant.adopt_text", content, actor, act)


def _check_day(effective_on: date, resolved_on: date | None, latest: Covenant | None) -> None:
    if effective_on > latest_day():
        raise CovenantRefusedError("生效日期太远了，最晚到明年年底。", field="effective_on")
    if resolved_on is not None and effective_on < resolved_on:
        raise CovenantRefusedError(f"生效日期不能早于会议决议的 {resolved_on:%Y-%m-%d}。", field="effective_on")
    if latest is not None and latest.effective_on is not None and effective_on < latest.effective_on:
        raise CovenantRefusedError(
            f"生效日期不能早于第{latest.version}版的 {latest.effective_on:%Y-%m-%d}。", field="effective_on"
        )


def _draft(village: Place) -> Covenant:
    found = queries.draft_covenant(village.id)
    if found is None:
        raise UnknownCovenantError(NO_DRAFT)
    return found


def _cleaned(clauses: Sequence[ClauseDraft]) -> list[ClauseDraft]:
    """The clauses as they are stored. Raises InvalidInputError at the field of the first that cannot be taken."""
    if len(clauses) > CLAUSES_MAX:
        raise InvalidInputError(f"最多 {CLAUSES_MAX} 条，请合并一些。")
    found: list[ClauseDraft] = []
    place_of: dict[str, int] = {}
    for number, clause in enumerate(clauses, start=1):
        code = clean_clause_code(clause.code, field=f"code-{number}")
        if not code:
            raise InvalidInputError("请填编号，例如 3。", field=f"code-{number}")
        if place_of.setdefault(code, number) != number:
            raise InvalidInputError(f"编号“{code}”在前面第 {place_of[code]} 条已经用过了。", field=f"code-{number}")
        text = clean_text(clause.text, what="条文", length_max=CLAUSE_LENGTH_MAX, required=True, field=f"text-{number}")
        found.append(ClauseDraft(code, clause.theme, text))
    return found


def _write_clauses(draft: Covenant, clauses: Sequence[ClauseDraft]) -> None:
    rows = [
        {
            "id": new_id(),
            "village_id": draft.village_id,
            "covenant_id": draft.id,
            "position": position,
            **asdict(clause),
        }
        for position, clause in enumerate(clauses, start=1)
    ]
    if rows:
        with transaction() as current:
            current.execute(insert(table_of(Clause)), rows)
