"""A household has several cards, each with a name and perhaps a last day; deputies collect for it."""

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import database as types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and a table, and let a household have more than one card; what is there stays as it is."""
    op.drop_index("uq_cards_active", table_name="cards")
    op.add_column("cards", sa.Column("name", types.text_of(20), server_default="", nullable=False))
    op.add_column("cards", sa.Column("expires_on", types.Day(), nullable=True))
    op.add_column("cards", sa.Column("replaces", types.Whole, nullable=True))
    op.create_index("uq_cards_replaces", "cards", ["village_id", "replaces"], unique=True)
    op.create_table(
        "deputies",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("household_id", types.Whole, nullable=False),
        sa.Column("name", types.text_of(40), nullable=False),
        sa.Column("note", types.text_of(100), nullable=False),
        sa.Column("since", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_deputies_household_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_deputies_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputies")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_deputies_open",
        "deputies",
        ["household_id", "name"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.add_column("redemptions", sa.Column("deputy_name", types.text_of(40), server_default="", nullable=False))
