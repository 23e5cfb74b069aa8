"""Partner shops: ordinary shops that redeem for the village, from shelves of their own. Values in fen."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.access.models import Staff
from pointsbank.foundation.database import STRICT, Base, Flag, Moment, Whole, text_of
from pointsbank.foundation.identifiers import new_id
from pointsbank.market.models.goods import Good

PAY_PERCENT_MAX = 100


class PartnerShop(Base):
    """An ordinary shop that redeems for the village (合作商店). serial: its number in the village."""

    __tablename__ = "partner_shops"
    __table_args__ = (
        CheckConstraint(f"pay_percent BETWEEN 1 AND {PAY_PERCENT_MAX}", name="pay_percent"),
        CheckConstraint("revision >= 1", name="revision"),
        UniqueConstraint("village_id", "serial"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    name: Mapped[str] = mapped_column(text_of(60))
    keeper: Mapped[str] = mapped_column(text_of(40))
    phone: Mapped[str] = mapped_column(text_of(20), default="")
    pay_percent: Mapped[int] = mapped_column(Whole)  # of the agreed value, what the village pays
    active: Mapped[bool] = mapped_column(Flag)  # whether it redeems now
    since: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)  # the agreement has ended
    revision: Mapped[int] = mapped_column(Whole, default=1)  # of what people edit


def _one_open(name: str, *columns: str) -> Index:
    """At most one row that was not closed."""
    still_open = text("closed_at IS NULL")
    return Index(name, *columns, unique=True, sqlite_where=still_open, postgresql_where=still_open)


class PartnerStaff(Base):
    """A person who serves at a partner's counter; what they hand out is the partner's. Closed, never deleted."""

    __tablename__ = "partner_staff"
    __table_args__ = (
        _one_open("uq_partner_staff_open", "village_id", "staff_id"),
        Index(None, "partner_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    partner_id: Mapped[int] = mapped_column(Whole, ForeignKey("partner_shops.id"))
    staff_id: Mapped[int] = mapped_column(Whole, ForeignKey("staff.id"))
    since: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    partner: Mapped[PartnerShop] = relationship()
    staff: Mapped[Staff] = relationship()


class PartnerGood(Base):
    """A good that a partner gives, and the value agreed for one piece; a new value is a new row."""

    __tablename__ = "partner_goods"
    __table_args__ = (
        CheckConstraint("value_fen >= 1", name="value_fen"),
        _one_open("uq_partner_goods_open", "partner_id", "good_id"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    partner_id: Mapped[int] = mapped_column(Whole, ForeignKey("partner_shops.id"))
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), index=True)
    value_fen: Mapped[int] = mapped_column(Whole)
    since: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(text_of(80))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    partner: Mapped[PartnerShop] = relationship()
    good: Mapped[Good] = relationship()
