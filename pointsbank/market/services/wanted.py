"""想要的东西: what villagers would like the shop to have, and what became of it."""

from typing import Any

from sqlalchemy import func, select

from pointsbank.audit import services as audit
from pointsbank.foundation import clock
from pointsbank.foundation.actor import Actor
from pointsbank.foundation.database import session
from pointsbank.foundation.errors import InvalidInputError, NotFoundError
from pointsbank.foundation.texts import clean_text
from pointsbank.ledger import services as ledger
from pointsbank.market.errors import ChangedMeanwhileError
from pointsbank.market.models import WantedGood, WantedState
from pointsbank.people.models import Household
from pointsbank.places.models import Place
from pointsbank.places.services import lock_place

WORDS_LENGTH_MAX = 100
OPEN_MAX = 500  # wishes without an answer; who has more should answer some


def want(village: Place, words: str, household_id: int | None, actor: Actor, key: str) -> dict[str, Any]:
    """Note what somebody would like to have. household_id: whose wish it is, None where nobody said.

    Gives {"wanted": serial}. Raises InvalidInputError, NotFoundError.
    """
    words = clean_text(words, what="想要什么", length_max=WORDS_LENGTH_MAX, required=True, field="words")

    def act() -> dict[str, Any]:
        lock_place(village.id)
        current = session()
        if household_id is not None:
            known = select(Household.id).where(Household.village_id == village.id, Household.id == household_id)
            if current.scalar(known) is None:
                raise NotFoundError("没有找到这一户，请重新查找。", field="whose")
        of_village = WantedGood.village_id == village.id
        waiting = select(func.count()).where(of_village, WantedGood.state == WantedState.OPEN)
        if (current.scalar(waiting) or 0) >= OPEN_MAX:
            raise InvalidInputError(f"还没答复的已经有 {OPEN_MAX} 条，请先答复一些，再记新的。", field="words")
        serial = (current.scalar(select(func.max(WantedGood.serial)).where(of_village)) or 0) + 1
        current.add(
            WantedGood(
                village_id=village.id,
                serial=serial,
                words=words,
                household_id=household_id,
                asked_at=clock.now(),
                actor=actor.key,
                state=WantedState.OPEN,
                answer="",
            )
        )
        audit.record(village.id, actor, "wanted.ask", f"wanted:{serial}", words)
        return {"wanted": serial}

    return ledger.submit(village, key, "market.want", {"words": words, "household": household_id}, actor, act)


def answer_wanted(
    village: Place, serial: int, state: WantedState, answer: str, actor: Actor, key: str
) -> dict[str, Any]:
    """Say what becomes of a wish, once. answer: why it is not possible, or when it comes.

    Gives {"wanted": serial}. Raises NotFoundError, ChangedMeanwhileError, InvalidInputError for a missing reason.
    """
    answer = clean_text(
        answer, what="原因", length_max=WORDS_LENGTH_MAX, required=state is WantedState.NOT_POSSIBLE, field="answer"
    )
    if state is WantedState.OPEN:
        raise InvalidInputError("请选“采纳”或“办不到”。", field="state")

    def act() -> dict[str, Any]:
        wanted = session().scalar(
            select(WantedGood)
            .where(WantedGood.village_id == village.id, WantedGood.serial == serial)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if wanted is None:
            raise NotFoundError("没有这一条，请刷新页面。")
        if wanted.state is not WantedState.OPEN:
            raise ChangedMeanwhileError("这一条已经答复过了，请刷新页面看。")
        wanted.state, wanted.answer = state, answer
        wanted.answered_at, wanted.answered_by = clock.now(), actor.key
        audit.record(village.id, actor, f"wanted.{state.value}", f"wanted:{serial}", f"{wanted.words}：{answer}")
        return {"wanted": serial}

    content = {"wanted": serial, "state": state.value, "answer": answer}
    return ledger.submit(village, key, "market.answer_wanted", content, actor, act)
