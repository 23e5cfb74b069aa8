"""Orders are kept until a day and fetched in parts, so with several receipts; what villagers would like to have."""

import re

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import database as types
from pointsbank.foundation.schema import rebuild_sqlite

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was ordered before waited for the day it was placed on; what was handed over went as a whole."""
    _keep_orders_until_a_day()
    op.add_column(
        "order_lines",
        sa.Column(
            "handed",
            types.Whole,
            sa.CheckConstraint("handed BETWEEN 0 AND quantity", name=op.f("ck_order_lines_handed")),
            server_default="0",
            nullable=False,
        ),
    )
    op.execute(
        "UPDATE order_lines SET handed = quantity WHERE order_id IN (SELECT id FROM orders WHERE state = 'handed_over')"
    )
    _let_an_order_have_receipts()
    _make_wanted_list()


def _keep_orders_until_a_day() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        last = "placed_on TEXT NOT NULL"
        rebuild_sqlite(
            connection,
            "orders",
            lambda definition: definition.replace(last, f"{last}, expires_on TEXT NOT NULL", 1),
            {"expires_on": "placed_on"},
        )
        return
    op.add_column("orders", sa.Column("expires_on", types.Day(), nullable=True))
    op.execute("UPDATE orders SET expires_on = placed_on")
    op.alter_column("orders", "expires_on", nullable=False)


def _let_an_order_have_receipts() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        unique = re.compile(r",\s*CONSTRAINT uq_redemptions_order_id UNIQUE \(order_id\)")
        rebuild_sqlite(connection, "redemptions", lambda definition: unique.sub("", definition, count=1))
    else:
        op.drop_constraint("uq_redemptions_order_id", "redemptions")
    op.create_index(op.f("ix_redemptions_order_id"), "redemptions", ["order_id"])


def _make_wanted_list() -> None:
    op.create_table(
        "wanted_goods",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("words", types.text_of(100), nullable=False),
        sa.Column("household_id", types.Whole, nullable=True),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", types.text_of(100), nullable=False),
        sa.Column("answered_at", types.Moment(), nullable=True),
        sa.Column("answered_by", types.text_of(80), nullable=True),
        sa.CheckConstraint("state IN ('open', 'taken_up', 'not_possible')", name=op.f("ck_wanted_goods_state")),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_wanted_goods_answered_at")),
        sa.CheckConstraint("state <> 'not_possible' OR answer <> ''", name=op.f("ck_wanted_goods_answer")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_wanted_goods_household_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_wanted_goods_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wanted_goods")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_wanted_goods_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_wanted_goods_village_id_state_serial"), "wanted_goods", ["village_id", "state", "serial"])
