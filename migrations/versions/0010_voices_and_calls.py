"""The kiosk speaks with the village's own voice, and calls somebody when help is needed."""

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import database as types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nothing of what is there changes."""
    op.create_table(
        "help_calls",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("device_id", types.Whole, nullable=False),
        sa.Column("household_id", types.Whole, nullable=True),
        sa.Column("called_at", types.Moment(), nullable=False),
        sa.Column("answered_at", types.Moment(), nullable=True),
        sa.Column("answered_by", types.text_of(80), nullable=False),
        sa.CheckConstraint("(answered_at IS NULL) = (answered_by = '')", name=op.f("ck_help_calls_answered")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_help_calls_device_id")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_help_calls_household_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_help_calls_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_calls")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_help_calls_open",
        "help_calls",
        ["device_id"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_index(op.f("ix_help_calls_village_id_called_at"), "help_calls", ["village_id", "called_at"])
    op.create_table(
        "voices",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("words", types.text_of(100), nullable=False),
        sa.Column("file_name", types.text_of(80), nullable=False),
        sa.Column("media_type", types.text_of(40), nullable=False),
        sa.Column("file_digest", types.Bytes, nullable=False),
        sa.Column("milliseconds", types.Whole, nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("recorded_at", types.Moment(), nullable=False),
        sa.Column("removed_at", types.Moment(), nullable=True),
        sa.CheckConstraint("milliseconds >= 1", name=op.f("ck_voices_milliseconds")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_voices_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voices")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_voices_words",
        "voices",
        ["village_id", "words"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
