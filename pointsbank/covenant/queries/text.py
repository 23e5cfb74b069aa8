"""Reading the covenant's text and how versions were adopted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from pointsbank.covenant.errors import UnknownCovenantError
from pointsbank.covenant.models import Adoption, Clause, Covenant, CovenantState, Subject, Theme
from pointsbank.covenant.queries.books import VERSION_MAX, VersionLine
from pointsbank.foundation.database import session

NO_SUCH_COVENANT = "没有这一版。请从版本列表里选。"


@dataclass(frozen=True, slots=True)
class CovenantLine(VersionLine):
    """An adopted version of the text in the list of versions. clauses: how many."""

    covenant: Covenant
    clauses: int


def covenant_on(village_id: int, day: date) -> Covenant | None:
    """The text in force on a day, None before the first one."""
    return session().scalar(_in_force(village_id, day))


def _in_force(village_id: int, day: date) -> Select[Covenant]:
    newest_first = (Covenant.effective_on.desc(), Covenant.version.desc())
    query = select(Covenant).where(Covenant.village_id == village_id, Covenant.effective_on <= day)
    return query.order_by(*newest_first).limit(1)


def latest_covenant(village_id: int) -> Covenant | None:
    """The newest adopted version, whether in force already or not."""
    return session().scalar(
        select(Covenant)
        .where(Covenant.village_id == village_id, Covenant.state == CovenantState.ADOPTED)
        .order_by(Covenant.version.desc())
        .limit(1)
    )


def draft_covenant(village_id: int) -> Covenant | None:
    """The draft, if somebody is writing one."""
    return session().scalar(
        select(Covenant).where(Covenant.village_id == village_id, Covenant.state == CovenantState.DRAFT)
    )


def covenant(village_id: int, version: int) -> Covenant:
    """A version of the text by its number, the draft too. Raises UnknownCovenantError."""
    found = None
    if 1 <= version <= VERSION_MAX:
        wanted = select(Covenant).where(Covenant.village_id == village_id, Covenant.version == version)
        found = session().scalar(wanted)
    if found is None:
        raise UnknownCovenantError(NO_SUCH_COVENANT)
    return found


def adopted_covenant(village_id: int, version: int) -> Covenant:
    """An adopted version of the text by its number. Raises UnknownCovenantError."""
    found = covenant(village_id, version)
    if found.is_draft:
        raise UnknownCovenantError(NO_SUCH_COVENANT)
    return found


def covenants(village_id: int) -> Sequence[tuple[Covenant, int]]:
    """All versions of the text in order, the draft last, with the number of their clauses."""
    clauses = select(func.count()).where(Clause.covenant_id == Covenant.id).scalar_subquery()
    query = select(Covenant, clauses).where(Covenant.village_id == village_id).order_by(Covenant.version)
    return [(row[0], row[1]) for row in session().execute(query)]


def covenant_lines(village_id: int, *, before: int | None = None, limit: int = 50) -> list[CovenantLine]:
    """Adopted versions of the text, the newest first, a page by key: pass the last one's version as before."""
    following = aliased(Covenant)
    until = (
        select(following.effective_on)
        .where(following.village_id == village_id, following.version == Covenant.version + 1)
        .scalar_subquery()
    )
    clauses = select(func.count()).where(Clause.covenant_id == Covenant.id).scalar_subquery()
    query = (
        select(Covenant, clauses, until)
        .where(Covenant.village_id == village_id, Covenant.state == CovenantState.ADOPTED)
        .order_by(Covenant.version.desc())
    )
    if before is not None:
        query = query.where(Covenant.version < before)
    rows = session().execute(query.limit(limit))
    return [CovenantLine(found.effective_on, until, found, clauses) for found, clauses, until in rows]


def covenant_line(village_id: int, version: int) -> CovenantLine:
    """An adopted version by its number as in the list of versions. Raises UnknownCovenantError."""
    lines = covenant_lines(village_id, before=version + 1, limit=1) if 1 <= version <= VERSION_MAX else []
    if not lines or lines[0].covenant.version != version:
        raise UnknownCovenantError(NO_SUCH_COVENANT)
    return lines[0]


def clauses_of(found: Covenant) -> Sequence[Clause]:
    """The clauses of a version in order."""
    return session().scalars(select(Clause).where(Clause.covenant_id == found.id).order_by(Clause.position)).all()


def clauses_on(village_id: int, day: date) -> Sequence[Clause]:
    """The clauses in force on a day in order; empty before the first version."""
    of_day = _in_force(village_id, day).with_only_columns(Covenant.id).scalar_subquery()
    return session().scalars(select(Clause).where(Clause.covenant_id == of_day).order_by(Clause.position)).all()


def by_theme(clauses: Sequence[Clause]) -> list[tuple[Theme, list[Clause]]]:
    """Clauses by theme, in the order 学 美 和 善 信; themes without any are left out."""
    themes = [(theme, [clause for clause in clauses if clause.theme is theme]) for theme in Theme]
    return [(theme, found) for theme, found in themes if found]


def clause_codes(village_id: int) -> frozenset[str]:
    """The codes that any version of the text has, the draft too: what a rule may name."""
    return frozenset(session().scalars(select(Clause.code).where(Clause.village_id == village_id).distinct()))


def adoption(village_id: int, subject: Subject, version: int) -> Adoption | None:
    """What is recorded of how a version was adopted."""
    return session().scalar(
        select(Adoption).where(
            Adoption.village_id == village_id, Adoption.subject == subject, Adoption.subject_version == version
        )
    )


def adoptions(village_id: int, subject: Subject) -> dict[int, Adoption]:
    """What is recorded of every version, by its number."""
    query = select(Adoption).where(Adoption.village_id == village_id, Adoption.subject == subject)
    return {found.subject_version: found for found in session().scalars(query)}
