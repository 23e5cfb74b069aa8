"""The stock-take with what was counted, and the day's close with what went out and came back."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import database as types
from pointsbank.foundation.schema import statements_of

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('counting', 'compared')")


def upgrade() -> None:
    """Make the tables, then the triggers of this database: a village's first close covers all that went before."""
    _make_stocktakes()
    _make_closes()
    for statement in statements_of(Path(__file__).with_suffix(f".{op.get_bind().dialect.name}.sql")):
        op.get_bind().exec_driver_sql(statement)


def _make_stocktakes() -> None:
    op.create_table(
        "stocktakes",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("category", types.text_of(40), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("opened_by", types.text_of(80), nullable=False),
        sa.Column("opening_key", types.text_of(64), nullable=False),
        sa.Column("compared_at", types.Moment(), nullable=True),
        sa.Column("compared_by", types.text_of(80), nullable=False),
        sa.Column("witness", types.text_of(40), nullable=False),
        sa.Column("witness_role", types.text_of(40), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("ended_by", types.text_of(80), nullable=False),
        sa.Column("ending_key", types.text_of(64), nullable=True),
        sa.Column("note", types.text_of(200), nullable=False),
        sa.CheckConstraint(
            "state IN ('counting', 'compared', 'confirmed', 'cancelled')", name=op.f("ck_stocktakes_state")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (state IN ('counting', 'compared'))", name=op.f("ck_stocktakes_ended")
        ),
        sa.CheckConstraint(
            "state = 'cancelled' OR (state = 'counting') = (compared_at IS NULL)", name=op.f("ck_stocktakes_compared")
        ),
        sa.CheckConstraint("state <> 'confirmed' OR witness <> ''", name=op.f("ck_stocktakes_witness")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_stocktakes_village_id")),
        sa.ForeignKeyConstraint(
            ["village_id", "opening_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_stocktakes_village_id_opening_key"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "ending_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_stocktakes_village_id_ending_key"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktakes")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_stocktakes_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_stocktakes_open", "stocktakes", ["village_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "stocktake_lines",
        sa.Column("stocktake_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("position", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("good_id", types.Whole, nullable=False),
        sa.Column("counted", types.Whole, nullable=True),
        sa.Column("on_hand", types.Whole, nullable=True),
        sa.Column("through_sequence", types.Whole, nullable=True),
        sa.Column("counted_by", types.text_of(80), nullable=False),
        sa.Column("counted_at", types.Moment(), nullable=True),
        sa.Column("first_counted", types.Whole, nullable=True),
        sa.Column("first_on_hand", types.Whole, nullable=True),
        sa.Column("first_counted_by", types.text_of(80), nullable=False),
        sa.Column("reason", types.text_of(60), nullable=False),
        sa.Column("cost_fen", types.Whole, nullable=True),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_stocktake_lines_counted")),
        sa.CheckConstraint("(counted IS NULL) = (on_hand IS NULL)", name=op.f("ck_stocktake_lines_on_hand")),
        sa.CheckConstraint("(counted IS NULL) = (counted_at IS NULL)", name=op.f("ck_stocktake_lines_counted_at")),
        sa.CheckConstraint(
            "(counted IS NULL) = (through_sequence IS NULL)", name=op.f("ck_stocktake_lines_through_sequence")
        ),
        sa.CheckConstraint(
            "(first_counted IS NULL) = (first_on_hand IS NULL)", name=op.f("ck_stocktake_lines_first_on_hand")
        ),
        sa.ForeignKeyConstraint(["good_id"], ["goods.id"], name=op.f("fk_stocktake_lines_good_id")),
        sa.ForeignKeyConstraint(["stocktake_id"], ["stocktakes.id"], name=op.f("fk_stocktake_lines_stocktake_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_stocktake_lines_village_id")),
        sa.PrimaryKeyConstraint("stocktake_id", "position", name=op.f("pk_stocktake_lines")),
        sa.UniqueConstraint("stocktake_id", "good_id", name=op.f("uq_stocktake_lines_stocktake_id_good_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_stocktake_lines_good_id"), "stocktake_lines", ["good_id"])
    op.create_index(op.f("ix_stocktake_lines_village_id"), "stocktake_lines", ["village_id"])


def _make_closes() -> None:
    op.create_table(
        "day_closes",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=False),
        sa.Column("closed_on", types.Day(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("submission_key", types.text_of(64), nullable=False),
        sa.Column("first_redemption", types.Whole, nullable=False),
        sa.Column("last_redemption", types.Whole, nullable=False),
        sa.Column("first_move", types.Whole, nullable=False),
        sa.Column("last_move", types.Whole, nullable=False),
        sa.Column("redemptions", types.Whole, nullable=False),
        sa.Column("voided", types.Whole, nullable=False),
        sa.Column("pieces", types.Whole, nullable=False),
        sa.Column("points", types.Whole, nullable=False),
        sa.Column("orders_fetched", types.Whole, nullable=False),
        sa.Column("orders_released", types.Whole, nullable=False),
        sa.Column("note", types.text_of(300), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("last_redemption >= first_redemption - 1", name=op.f("ck_day_closes_redemption_range")),
        sa.CheckConstraint("last_move >= first_move - 1", name=op.f("ck_day_closes_move_range")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_day_closes_village_id")),
        sa.ForeignKeyConstraint(
            ["village_id", "submission_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_day_closes_village_id_submission_key"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_closes")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_day_closes_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_day_closes_village_id_closed_on"), "day_closes", ["village_id", "closed_on"])
    op.create_table(
        "day_close_lines",
        sa.Column("close_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("position", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("good_id", types.Whole, nullable=False),
        sa.Column("received", types.Whole, nullable=False),
        sa.Column("issued", types.Whole, nullable=False),
        sa.Column("returned", types.Whole, nullable=False),
        sa.Column("voided", types.Whole, nullable=False),
        sa.Column("written_off", types.Whole, nullable=False),
        sa.Column("adjusted", types.Whole, nullable=False),
        sa.Column("on_hand", types.Whole, nullable=False),
        sa.Column("counted", types.Whole, nullable=True),
        sa.Column("explanation", types.text_of(60), nullable=False),
        sa.Column("booked", types.Whole, nullable=False),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_day_close_lines_counted")),
        sa.CheckConstraint("booked = 0 OR counted = on_hand + booked", name=op.f("ck_day_close_lines_booked")),
        sa.CheckConstraint(
            "counted IS NULL OR counted = on_hand OR explanation <> ''", name=op.f("ck_day_close_lines_explanation")
        ),
        sa.ForeignKeyConstraint(["close_id"], ["day_closes.id"], name=op.f("fk_day_close_lines_close_id")),
        sa.ForeignKeyConstraint(["good_id"], ["goods.id"], name=op.f("fk_day_close_lines_good_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_day_close_lines_village_id")),
        sa.PrimaryKeyConstraint("close_id", "position", name=op.f("pk_day_close_lines")),
        sa.UniqueConstraint("close_id", "good_id", name=op.f("uq_day_close_lines_close_id_good_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_day_close_lines_good_id"), "day_close_lines", ["good_id"])
    op.create_index(op.f("ix_day_close_lines_village_id"), "day_close_lines", ["village_id"])
