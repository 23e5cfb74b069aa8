"""What was handed over for points. Points in hundredths, quantities in whole pieces."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from pointsbank.foundation.database import STRICT, Base, Day, Moment, Whole, text_of
from pointsbank.foundation.identifiers import new_id
from pointsbank.market.models.goods import Good
from pointsbank.market.models.orders import Order
from pointsbank.market.models.partners import PartnerShop
from pointsbank.people.models import Household


class Redemption(Base):
    """Goods handed over for points, with a receipt number. serial: gapless in the village, the receipt's number."""

    __tablename__ = "redemptions"
    __table_args__ = (
        UniqueConstraint("village_id", "serial"),
        ForeignKeyConstraint(["village_id", "submission_key"], ["submissions.village_id", "submissions.key"]),
        ForeignKeyConstraint(["village_id", "transfer_sequence"], ["transfers.village_id", "transfers.sequence"]),
        Index(None, "order_id"),
        Index(None, "village_id", "redeemed_on"),
        Index(None, "village_id", "household_id", "redeemed_on"),
        Index(None, "partner_id", "redeemed_on"),
        STRICT,
    )

    id: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False, default=new_id)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"))
    serial: Mapped[int] = mapped_column(Whole)
    household_id: Mapped[int] = mapped_column(Whole, ForeignKey("households.id"))
    order_id: Mapped[int | None] = mapped_column(Whole, ForeignKey("orders.id"))
    points: Mapped[int] = mapped_column(Whole)
    balance_after: Mapped[int] = mapped_column(Whole)  # for the receipt
    transfer_sequence: Mapped[int] = mapped_column(Whole)
    confirmed_by: Mapped[str] = mapped_column(text_of(20))  # "signature" or "pin"
    redeemed_at: Mapped[datetime] = mapped_column(Moment)
    redeemed_on: Mapped[date] = mapped_column(Day)
    actor: Mapped[str] = mapped_column(text_of(80))
    submission_key: Mapped[str] = mapped_column(text_of(64))
    voided_at: Mapped[datetime | None] = mapped_column(Moment)
    deputy_name: Mapped[str] = mapped_column(text_of(40), default="", server_default="")  # who collected for it
    # Which partner shop handed it out from its own shelves; None for the village's own counter. Without a foreign key,
    # for which SQLite would have to rebuild the table: verify looks.
    partner_id: Mapped[int | None] = mapped_column(Whole)

    household: Mapped[Household] = relationship()
    partner: Mapped[PartnerShop | None] = relationship(
        primaryjoin="foreign(Redemption.partner_id) == PartnerShop.id", viewonly=True
    )
    order: Mapped[Order | None] = relationship()
    lines: Mapped[list["RedemptionLine"]] = relationship(
        back_populates="redemption", order_by="RedemptionLine.position"
    )


class RedemptionLine(Base):
    """A good of a redemption at its price of the day; returned never exceeds quantity."""

    __tablename__ = "redemption_lines"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("returned BETWEEN 0 AND quantity", name="returned"),
        STRICT,
    )

    redemption_id: Mapped[int] = mapped_column(
        Whole, ForeignKey("redemptions.id"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    village_id: Mapped[int] = mapped_column(Whole, ForeignKey("places.id"), index=True)
    good_id: Mapped[int] = mapped_column(Whole, ForeignKey("goods.id"), index=True)
    quantity: Mapped[int] = mapped_column(Whole)
    points_price: Mapped[int] = mapped_column(Whole)
    returned: Mapped[int] = mapped_column(Whole, default=0)
    value_fen: Mapped[int | None] = mapped_column(Whole)  # of one piece, as agreed with the partner that gave it

    redemption: Mapped[Redemption] = relationship(back_populates="lines")
    good: Mapped[Good] = relationship()
