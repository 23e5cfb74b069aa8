"""请组长来问我: a household asks its group head to come, and somebody says what came of it."""

from typing import Any

from sqlalchemy import func, select

from pointsbank.audit import services as audit
from pointsbank.deeds.errors import NotWaitingError
from pointsbank.deeds.models import VisitRequest
from pointsbank.deeds.queries.visits import visit_request
from pointsbank.deeds.services.moves import lock_households, refuse_other_groups
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

ANSWER_LENGTH_MAX = 200


def ask_visit(village: Place, household: Household, actor: Actor, key: str) -> dict[str, Any]:
    """Ask the group head to come by. A household has one open request: asking again is the same one.

    Gives {"request": serial}.
    """

    def act() -> dict[str, Any]:
        lock_place(village.id)
        lock_households(village.id, [household.id])
        open_one = session().scalar(
            select(VisitRequest.serial).where(
                VisitRequest.village_id == village.id,
                VisitRequest.household_id == household.id,
                VisitRequest.answered_at.is_(None),
            )
        )
        if open_one is not None:
            return {"request": open_one}
        newest = session().scalar(select(func.max(VisitRequest.serial)).where(VisitRequest.village_id == village.id))
        made = VisitRequest(
            village_id=village.id,
            serial=(newest or 0) + 1,
            household_id=household.id,
            actor=actor.key,
            asked_at=clock.now(),
            answered_by="",
            answer="",
        )
        session().add(made)
        audit.record(village.id, actor, "visit.ask", f"household:{household.serial}")
        return {"request": made.serial}

    return ledger.submit(village, key, "deeds.ask_visit", {"household": household.serial}, actor, act)


def answer_visit(village: Place, serial: int, answer: str, actor: Actor, key: str) -> dict[str, Any]:
    """Say what came of a request: who went, what was written down.

    Gives {"request": serial}. Raises NotFoundError, NotWaitingError for one that is answered, NotYourGroupError,
    InvalidInputError without words.
    """
    text = clean_text(answer, what="办得怎样", length_max=ANSWER_LENGTH_MAX, required=True, field="answer")

    def act() -> dict[str, Any]:
        request = visit_request(village.id, serial, locked=True)
        refuse_other_groups(village.id, [request.household], actor)
        if request.answered_at is not None:
            raise NotWaitingError(serial, "办过了", "不用再办")
        request.answered_at, request.answered_by, request.answer = clock.now(), actor.key, text
        audit.record(village.id, actor, "visit.answer", f"household:{request.household.serial}", text)
        return {"request": serial}

    content = {"request": serial, "answer": text}
    return ledger.submit(village, key, "deeds.answer_visit", content, actor, act)
