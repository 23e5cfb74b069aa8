"""Goods come in lots, with cost and last day; a delivery and a write-off have a row of their own."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import database as types
from pointsbank.foundation.identifiers import new_id

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ORIGINS = "('purchase', 'donation', 'other', 'opening', 'count')"


def upgrade() -> None:
    """Make the tables, and put what each good has on hand into one opening lot at the good's usual cost."""
    op.create_table(
        "intakes",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("source", types.text_of(200), nullable=False),
        sa.Column("received_on", types.Day(), nullable=False),
        sa.Column("second_receiver", types.text_of(40), nullable=False),
        sa.Column("note", types.text_of(200), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("submission_key", types.text_of(64), nullable=False),
        sa.CheckConstraint(f"origin IN {ORIGINS}", name=op.f("ck_intakes_origin")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_intakes_village_id")),
        sa.ForeignKeyConstraint(
            ["village_id", "submission_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_intakes_village_id_submission_key"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intakes")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_intakes_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_intakes_village_id_received_on"), "intakes", ["village_id", "received_on"])
    op.create_table(
        "lots",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("good_id", types.Whole, nullable=False),
        sa.Column("intake_id", types.Whole, nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("received_on", types.Day(), nullable=False),
        sa.Column("expires_on", types.Day(), nullable=True),
        sa.Column("cost_fen", types.Whole, nullable=False),
        sa.Column("note", types.text_of(100), nullable=False),
        sa.Column("received", types.Whole, nullable=False),
        sa.Column("on_hand", types.Whole, nullable=False),
        sa.CheckConstraint(f"origin IN {ORIGINS}", name=op.f("ck_lots_origin")),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_lots_on_hand")),
        sa.CheckConstraint("cost_fen >= 0", name=op.f("ck_lots_cost_fen")),
        sa.ForeignKeyConstraint(["good_id"], ["goods.id"], name=op.f("fk_lots_good_id")),
        sa.ForeignKeyConstraint(["intake_id"], ["intakes.id"], name=op.f("fk_lots_intake_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_lots_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_lots_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_lots_good_id_expires_on"), "lots", ["good_id", "expires_on"])
    op.create_index(op.f("ix_lots_intake_id"), "lots", ["intake_id"])
    op.create_table(
        "write_offs",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("good_id", types.Whole, nullable=False),
        sa.Column("quantity", types.Whole, nullable=False),
        sa.Column("cost_fen", types.Whole, nullable=False),
        sa.Column("reason", types.text_of(200), nullable=False),
        sa.Column("witness", types.text_of(40), nullable=False),
        sa.Column("written_on", types.Day(), nullable=False),
        sa.Column("written_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("submission_key", types.text_of(64), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_write_offs_quantity")),
        sa.ForeignKeyConstraint(["good_id"], ["goods.id"], name=op.f("fk_write_offs_good_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_write_offs_village_id")),
        sa.ForeignKeyConstraint(
            ["village_id", "submission_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_write_offs_village_id_submission_key"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_offs")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_write_offs_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_write_offs_good_id"), "write_offs", ["good_id"])
    op.create_index(op.f("ix_write_offs_village_id_written_on"), "write_offs", ["village_id", "written_on"])
    op.add_column("stock_moves", sa.Column("lot_serial", types.Whole, nullable=True))
    op.add_column("stock_moves", sa.Column("lot_digest", types.Bytes, nullable=True))
    _put_into_opening_lots()


def _put_into_opening_lots() -> None:
    goods = sa.table(
        "goods",
        *(sa.column(name) for name in ("id", "village_id", "serial", "cost_fen", "on_hand")),
    )
    moves = sa.table("stock_moves", *(sa.column(name) for name in ("village_id", "good_serial", "occurred_on")))
    lots = sa.table(
        "lots",
        *(
            sa.column(name)
            for name in (
                "id",
                "village_id",
                "serial",
                "good_id",
                "intake_id",
                "origin",
                "received_on",
                "expires_on",
                "cost_fen",
                "note",
                "received",
                "on_hand",
            )
        ),
    )
    query = (
        sa.select(goods, sa.func.min(moves.c.occurred_on).label("since"))
        .join(moves, (moves.c.village_id == goods.c.village_id) & (moves.c.good_serial == goods.c.serial))
        .group_by(*goods.c)
        .order_by(goods.c.village_id, goods.c.serial)
    )
    rows: list[dict[str, Any]] = []
    serials: dict[int, int] = {}
    for good in op.get_bind().execute(query).all():
        serials[good.village_id] = serials.get(good.village_id, 0) + 1
        rows.append(
            {
                "id": new_id(),
                "village_id": good.village_id,
                "serial": serials[good.village_id],
                "good_id": good.id,
                "intake_id": None,
                "origin": "opening",
                "received_on": good.since,
                "expires_on": None,
                "cost_fen": good.cost_fen,
                "note": "",
                "received": good.on_hand,
                "on_hand": good.on_hand,
            }
        )
    if rows:
        op.bulk_insert(lots, rows)
