"""The covenant's text with its clauses, how versions were adopted, and the clause a rule comes from."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import database as types
from pointsbank.foundation.schema import statements_of

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, then the triggers of this database; the rules of before come from no clause."""
    op.create_table(
        "covenants",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("version", types.Whole, nullable=False),
        sa.Column("title", types.text_of(60), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("effective_on", types.Day(), nullable=True),
        sa.Column("reason", types.text_of(200), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("adopted_at", types.Moment(), nullable=True),
        sa.Column("revision", types.Whole, nullable=False),
        sa.CheckConstraint("state IN ('draft', 'adopted')", name=op.f("ck_covenants_state")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_covenants_version")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_covenants_revision")),
        sa.CheckConstraint("(state = 'draft') = (effective_on IS NULL)", name=op.f("ck_covenants_effective")),
        sa.CheckConstraint("(state = 'draft') = (adopted_at IS NULL)", name=op.f("ck_covenants_adopted")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_covenants_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_covenants")),
        sa.UniqueConstraint("village_id", "version", name=op.f("uq_covenants_village_id_version")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_covenants_draft",
        "covenants",
        ["village_id"],
        unique=True,
        sqlite_where=sa.text("state = 'draft'"),
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_table(
        "clauses",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("covenant_id", types.Whole, nullable=False),
        sa.Column("position", types.Whole, nullable=False),
        sa.Column("code", types.text_of(20), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("text", types.text_of(600), nullable=False),
        sa.CheckConstraint(
            "theme IN ('study', 'beauty', 'harmony', 'kindness', 'trust')", name=op.f("ck_clauses_theme")
        ),
        sa.CheckConstraint("position >= 1", name=op.f("ck_clauses_position")),
        sa.CheckConstraint("code <> ''", name=op.f("ck_clauses_code")),
        sa.ForeignKeyConstraint(["covenant_id"], ["covenants.id"], name=op.f("fk_clauses_covenant_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_clauses_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clauses")),
        sa.UniqueConstraint("covenant_id", "code", name=op.f("uq_clauses_covenant_id_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_clauses_village_id"), "clauses", ["village_id"], unique=False)
    _make_adoptions()
    op.add_column("rules", sa.Column("clause_code", types.text_of(20), server_default="", nullable=False))
    for statement in statements_of(Path(__file__).with_suffix(f".{op.get_bind().dialect.name}.sql")):
        op.get_bind().exec_driver_sql(statement)


def _make_adoptions() -> None:
    op.create_table(
        "adoptions",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_version", types.Whole, nullable=False),
        sa.Column("proposed_on", types.Day(), nullable=True),
        sa.Column("consulted_on", types.Day(), nullable=True),
        sa.Column("deliberated_on", types.Day(), nullable=True),
        sa.Column("resolved_on", types.Day(), nullable=True),
        sa.Column("resolution_published_on", types.Day(), nullable=True),
        sa.Column("result_published_on", types.Day(), nullable=True),
        sa.Column("meeting_kind", sa.Text(), nullable=True),
        sa.Column("expected", types.Whole, nullable=True),
        sa.Column("present", types.Whole, nullable=True),
        sa.Column("in_favour", types.Whole, nullable=True),
        sa.Column("against", types.Whole, nullable=True),
        sa.Column("abstained", types.Whole, nullable=True),
        sa.Column("authorised_on", types.Day(), nullable=True),
        sa.Column("legal_reviewed_on", types.Day(), nullable=True),
        sa.Column("legal_reviewer", types.text_of(40), nullable=False),
        sa.Column("filed_on", types.Day(), nullable=True),
        sa.Column("filing_number", types.text_of(40), nullable=False),
        sa.Column("signature_state", sa.Text(), nullable=False),
        sa.Column("note", types.text_of(200), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.Column("revision", types.Whole, nullable=False),
        sa.CheckConstraint("subject IN ('covenant', 'rule_book')", name=op.f("ck_adoptions_subject")),
        sa.CheckConstraint(
            "meeting_kind IN ('assembly', 'households', 'representatives')", name=op.f("ck_adoptions_meeting_kind")
        ),
        sa.CheckConstraint(
            "signature_state IN ('none', 'circulating', 'complete')", name=op.f("ck_adoptions_signature_state")
        ),
        sa.CheckConstraint("expected BETWEEN 0 AND 1000000", name=op.f("ck_adoptions_expected")),
        sa.CheckConstraint("present BETWEEN 0 AND 1000000", name=op.f("ck_adoptions_present")),
        sa.CheckConstraint("in_favour BETWEEN 0 AND 1000000", name=op.f("ck_adoptions_in_favour")),
        sa.CheckConstraint("against BETWEEN 0 AND 1000000", name=op.f("ck_adoptions_against")),
        sa.CheckConstraint("abstained BETWEEN 0 AND 1000000", name=op.f("ck_adoptions_abstained")),
        sa.CheckConstraint("present <= expected", name=op.f("ck_adoptions_present_of_expected")),
        sa.CheckConstraint(
            "coalesce(in_favour, 0) + coalesce(against, 0) + coalesce(abstained, 0) <= present",
            name=op.f("ck_adoptions_votes_of_present"),
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_adoptions_revision")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_adoptions_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoptions")),
        sa.UniqueConstraint(
            "village_id", "subject", "subject_version", name=op.f("uq_adoptions_village_id_subject_subject_version")
        ),
        sqlite_strict=True,
    )
