"""What villagers would like the shop to have (想要的东西)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import STRICT, Base, Choice, Moment, Whole, choice_check, text_of
from pointsbank.foundation.identifiers import new_id
from pointsbank.people.models import Household


class WantedState(StrEnum):
    """A wish is open until it is answered, once."""

    OPEN = "open"
    TAKEN_UP = "taken_up"
    NOT_POSSIBLE = "not_possible"


class WantedGood(Base):
    """One wish in the words of who asked, and what became of it. serial: gapless in the village."""

    __tablename__ = "wanted_goods"
    __table_args__ = (
        choice_check("state", WantedState),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered_at"),
        CheckConstraint("state <> 'not_possible' OR answer <> ''", name="answer"),
        UniqueConstraint("village_id", "serial"),
        Index(None, "village_id", "state", "serial"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    words: Mapped[str] = mapped_column(text_of(100))
    household_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("households.id"))  # None: nobody said
    asked_at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    state: Mapped[WantedState] = mapped_column(Choice(WantedState), default=WantedState.OPEN)
    answer: Mapped[str] = mapped_column(text_of(100), default="")  # why not, or what comes when
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[str | None] = mapped_column(text_of(80))

    household: Mapped[Household | None] = relationship()
