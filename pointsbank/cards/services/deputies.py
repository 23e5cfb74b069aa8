"""Who may collect for a household."""

from typing import Any

from sqlalchemy import select

from pointsbank.audit import services as audit
from pointsbank.cards.errors import DeputyExistsError, DeputyNotListedError, TooManyDeputiesError
from pointsbank.cards.models import Deputy
from pointsbank.cards.services.issuing import locked_household
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session, transaction
from pointsbank.foundation.errors import NotFoundError
from pointsbank.foundation.names import clean_name
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.places.models import Place

DEPUTIES_MAX = 5  # at a time; whoever needs more has them ended first
NOTE_LENGTH_MAX = 100


def add_deputy(village: Place, household_id: int, name: str, note: str, actor: Actor, key: str) -> dict[str, Any]:
    """Let somebody collect for a household. note: who that is and why.

    Gives {"deputy": id}. Raises InvalidInputError, DeputyExistsError, TooManyDeputiesError, NotFoundError.
    """
    name = clean_name(name, field="name")
    note = clean_text(note, what="说明", length_max=NOTE_LENGTH_MAX, required=True, field="note")

    def act() -> dict[str, Any]:
        household = locked_household(village.id, household_id)
        open_ones = select(Deputy.name).where(Deputy.household_id == household_id, Deputy.closed_at.is_(None))
        names = session().scalars(open_ones).all()
        if name in names:
            raise DeputyExistsError(f"{name}已经在名单上了。要改说明，请先停用再登记。", field="name")
        if len(names) >= DEPUTIES_MAX:
            raise TooManyDeputiesError(f"一户最多登记 {DEPUTIES_MAX} 个代领人。请先停用一个。", field="name")
        deputy = Deputy(
            village_id=village.id,
            household_id=household_id,
            name=name,
            note=note,
            since=clock.now(),
            actor=actor.key,
        )
        session().add(deputy)
        session().flush()
        audit.record(village.id, actor, "deputy.add", f"household:{household.serial}", f"{name}（{note}）")
        return {"deputy": deputy.id}

    content = {"household": household_id, "name": name, "note": note}
    return ledger.submit(village, key, "cards.add_deputy", content, actor, act)


def end_deputy(village: Place, household_id: int, deputy_id: int, actor: Actor) -> str:
    """From now on this person collects no more for the household; gives the name. Raises NotFoundError."""
    with transaction() as current:
        household = locked_household(village.id, household_id, closed_too=True)
        deputy = current.get(Deputy, deputy_id)
        if deputy is None or deputy.village_id != village.id or deputy.household_id != household_id:
            raise NotFoundError
        if deputy.closed_at is None:
            deputy.closed_at = clock.now()
            audit.record(village.id, actor, "deputy.end", f"household:{household.serial}", deputy.name)
        return deputy.name


def collecting_for(village_id: int, household_id: int, deputy_id: int | None) -> str:
    """The name of who collects for a locked household, "" with None: its own people. Raises DeputyNotListedError."""
    if deputy_id is None:
        return ""
    listed = (Deputy.village_id == village_id, Deputy.household_id == household_id, Deputy.closed_at.is_(None))
    name = session().scalar(select(Deputy.name).where(Deputy.id == deputy_id, *listed))
    if name is None:
        raise DeputyNotListedError
    return name
