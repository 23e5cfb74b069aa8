"""Households ask their group head to come; heads head groups; kin stated as none; a decision can be taken back."""

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import database as types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the columns; nothing of what is there changes."""
    op.create_table(
        "visit_requests",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("household_id", types.Whole, nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("answered_at", types.Moment(), nullable=True),
        sa.Column("answered_by", types.text_of(80), nullable=False),
        sa.Column("answer", types.text_of(200), nullable=False),
        sa.CheckConstraint("(answered_at IS NULL) = (answered_by = '')", name=op.f("ck_visit_requests_answered")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_visit_requests_household_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_visit_requests_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_requests")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_visit_requests_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_visit_requests_open",
        "visit_requests",
        ["village_id", "household_id"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "group_heads",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("group_id", types.Whole, nullable=False),
        sa.Column("staff_id", types.Whole, nullable=False),
        sa.Column("granted_at", types.Moment(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_group_heads_group_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_group_heads_staff_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_group_heads_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_heads")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_group_heads_open",
        "group_heads",
        ["village_id", "staff_id", "group_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "kin_statements",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("staff_id", types.Whole, nullable=False),
        sa.Column("stated_on", types.Day(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_kin_statements_staff_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_kin_statements_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kin_statements")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_kin_statements_village_id_staff_id"), "kin_statements", ["village_id", "staff_id"])
    op.add_column("decisions", sa.Column("steps_before", types.Whole, nullable=True))
    op.add_column("decisions", sa.Column("asked_before", types.Whole, nullable=True))
    op.add_column("decisions", sa.Column("points_before", types.Whole, nullable=True))
    op.add_column("decisions", sa.Column("cap_reason_before", types.text_of(300), server_default="", nullable=False))
    op.add_column("decisions", sa.Column("taken_back_at", types.Moment(), nullable=True))
