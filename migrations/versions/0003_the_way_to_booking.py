"""The way from claim to booking: drafts and tables of rules, evidence, meetings, notices, objections, oversight."""

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import database as types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nothing of what is there changes."""
    op.create_table(
        "meetings",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("held_on", types.Day(), nullable=False),
        sa.Column("venue", types.text_of(60), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.Column("revision", types.Whole, nullable=False),
        sa.CheckConstraint(
            "body IN ('review_group', 'committee', 'supervision', 'assembly')", name=op.f("ck_meetings_body")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_meetings_revision")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_meetings_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_meetings_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_table(
        "rule_book_drafts",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("based_on", types.Whole, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("changed_at", types.Moment(), nullable=False),
        sa.Column("revision", types.Whole, nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_rule_book_drafts_revision")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_rule_book_drafts_village_id")),
        sa.PrimaryKeyConstraint("village_id", name=op.f("pk_rule_book_drafts")),
        sqlite_strict=True,
    )
    op.create_table(
        "rule_tables",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("place_id", types.Whole, nullable=False),
        sa.Column("version", types.Whole, nullable=False),
        sa.Column("title", types.text_of(60), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("published_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_rule_tables_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_tables")),
        sa.UniqueConstraint("place_id", "version", name=op.f("uq_rule_tables_place_id_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "year_ends",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("year", types.Whole, nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("households", types.Whole, nullable=False),
        sa.Column("points", types.Whole, nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=False),
        sa.Column("reversed_at", types.Moment(), nullable=True),
        sa.Column("reversed_by", types.text_of(80), nullable=False),
        sa.CheckConstraint("mode IN ('carry_over', 'clear_to_base', 'expire')", name=op.f("ck_year_ends_mode")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_year_ends_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_year_ends")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_year_ends_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_table(
        "attendances",
        sa.Column("meeting_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("staff_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("present", types.Flag(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_attendances_meeting_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_attendances_staff_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_attendances_village_id")),
        sa.PrimaryKeyConstraint("meeting_id", "staff_id", name=op.f("pk_attendances")),
        sqlite_strict=True,
    )
    op.create_table(
        "hangings",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("notice_id", types.Whole, nullable=False),
        sa.Column("position", types.Whole, nullable=False),
        sa.Column("group_id", types.Whole, nullable=True),
        sa.Column("venue", types.text_of(60), nullable=False),
        sa.Column("hung_by", types.text_of(40), nullable=False),
        sa.Column("hung_on", types.Day(), nullable=True),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("recorded_at", types.Moment(), nullable=True),
        sa.Column("photo_name", types.text_of(80), nullable=False),
        sa.CheckConstraint("(hung_on IS NULL) = (actor = '')", name=op.f("ck_hangings_hung")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_hangings_group_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_hangings_notice_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_hangings_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hangings")),
        sa.UniqueConstraint("notice_id", "position", name=op.f("uq_hangings_notice_id_position")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_hangings_village_id"), "hangings", ["village_id"], unique=False)
    op.create_table(
        "month_signatures",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("period", types.text_of(7), nullable=False),
        sa.Column("staff_id", types.Whole, nullable=False),
        sa.Column("remark", types.text_of(200), nullable=False),
        sa.Column("signed_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "length(period) = 7 AND substr(period, 5, 1) = '-'", name=op.f("ck_month_signatures_period")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_month_signatures_staff_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_month_signatures_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_signatures")),
        sa.UniqueConstraint(
            "village_id", "period", "staff_id", name=op.f("uq_month_signatures_village_id_period_staff_id")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "kin_declarations",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("staff_id", types.Whole, nullable=False),
        sa.Column("household_id", types.Whole, nullable=False),
        sa.Column("relation", types.text_of(20), nullable=False),
        sa.Column("declared_on", types.Day(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("closed_on", types.Day(), nullable=True),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_kin_declarations_household_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_kin_declarations_staff_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_kin_declarations_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kin_declarations")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_kin_declarations_open",
        "kin_declarations",
        ["village_id", "staff_id", "household_id"],
        unique=True,
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_table(
        "claim_evidence",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("claim_id", types.Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("kept", types.Flag(), nullable=False),
        sa.Column("description", types.text_of(200), nullable=False),
        sa.Column("file_name", types.text_of(80), nullable=False),
        sa.Column("media_type", types.text_of(40), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=True),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("removed_at", types.Moment(), nullable=True),
        sa.CheckConstraint("(file_name = '') = (file_digest IS NULL)", name=op.f("ck_claim_evidence_file")),
        sa.CheckConstraint("kept OR file_name = ''", name=op.f("ck_claim_evidence_kept")),
        sa.CheckConstraint(
            "kind IN ('none', 'photo', 'document', 'witness', 'sign_in_sheet')", name=op.f("ck_claim_evidence_kind")
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_claim_evidence_claim_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_claim_evidence_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_evidence")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_claim_evidence_village_id_claim_id"), "claim_evidence", ["village_id", "claim_id"], unique=False
    )
    op.create_table(
        "decisions",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("meeting_id", types.Whole, nullable=False),
        sa.Column("claim_id", types.Whole, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("points", types.Whole, nullable=False),
        sa.Column("reason", types.text_of(300), nullable=False),
        sa.Column("in_favour", types.Whole, nullable=True),
        sa.Column("against", types.Whole, nullable=True),
        sa.Column("abstained", types.Whole, nullable=True),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('approved', 'rejected', 'held_over', 'passed_on')", name=op.f("ck_decisions_outcome")
        ),
        sa.CheckConstraint(
            "step IN ('check', 'signin', 'review', 'recheck', 'assembly')", name=op.f("ck_decisions_step")
        ),
        sa.CheckConstraint("abstained BETWEEN 0 AND 100000", name=op.f("ck_decisions_abstained")),
        sa.CheckConstraint("against BETWEEN 0 AND 100000", name=op.f("ck_decisions_against")),
        sa.CheckConstraint("in_favour BETWEEN 0 AND 100000", name=op.f("ck_decisions_in_favour")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_decisions_claim_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_decisions_meeting_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_decisions_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_decisions_meeting_id"), "decisions", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_decisions_village_id_claim_id"), "decisions", ["village_id", "claim_id"], unique=False)
    op.create_table(
        "objections",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("claim_id", types.Whole, nullable=False),
        sa.Column("objector_sealed", sa.Text(), nullable=True),
        sa.Column("reason", types.text_of(500), nullable=False),
        sa.Column("received_on", types.Day(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("decide_by", types.Day(), nullable=False),
        sa.Column("examiner_id", types.Whole, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("points_before", types.Whole, nullable=False),
        sa.Column("points_after", types.Whole, nullable=True),
        sa.Column("outcome_reason", types.text_of(300), nullable=False),
        sa.Column("decided_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('kept', 'adjusted', 'cancelled', 'objection_dropped')", name=op.f("ck_objections_outcome")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_objections_decided")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_objections_claim_id")),
        sa.ForeignKeyConstraint(["examiner_id"], ["staff.id"], name=op.f("fk_objections_examiner_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_objections_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_objections_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_objections_village_id_claim_id"), "objections", ["village_id", "claim_id"], unique=False)
    op.create_index(op.f("ix_objections_village_id_outcome"), "objections", ["village_id", "outcome"], unique=False)
    op.create_table(
        "questions",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("claim_id", types.Whole, nullable=True),
        sa.Column("text", types.text_of(300), nullable=False),
        sa.Column("answer_by", types.Day(), nullable=False),
        sa.Column("asked_by", types.text_of(80), nullable=False),
        sa.Column("asked_at", types.Moment(), nullable=False),
        sa.Column("answer", types.text_of(500), nullable=False),
        sa.Column("answered_by", types.text_of(80), nullable=False),
        sa.Column("answered_at", types.Moment(), nullable=True),
        sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name=op.f("ck_questions_answered")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_questions_claim_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_questions_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_questions_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_table(
        "reminders",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("household_id", types.Whole, nullable=False),
        sa.Column("rule_id", types.Whole, nullable=False),
        sa.Column("text", types.text_of(300), nullable=False),
        sa.Column("mend_by", types.Day(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("mended_on", types.Day(), nullable=True),
        sa.Column("claim_id", types.Whole, nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_reminders_claim_id")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_reminders_household_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_reminders_rule_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_reminders_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_reminders_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_reminders_village_id_household_id"), "reminders", ["village_id", "household_id"], unique=False
    )
    op.create_table(
        "samples",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("claim_id", types.Whole, nullable=False),
        sa.Column("drawn_at", types.Moment(), nullable=False),
        sa.Column("drawn_by", types.text_of(80), nullable=False),
        sa.Column("remark", types.text_of(200), nullable=False),
        sa.Column("remarked_by", types.text_of(80), nullable=False),
        sa.Column("remarked_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_samples_claim_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_samples_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
        sa.UniqueConstraint("village_id", "claim_id", name=op.f("uq_samples_village_id_claim_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "suspensions",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("resident_id", types.Whole, nullable=False),
        sa.Column("claim_id", types.Whole, nullable=False),
        sa.Column("starts_on", types.Day(), nullable=False),
        sa.Column("until", types.Day(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("lifted_on", types.Day(), nullable=True),
        sa.CheckConstraint("until >= starts_on", name=op.f("ck_suspensions_until")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_suspensions_claim_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_suspensions_resident_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_suspensions_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspensions")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_suspensions_village_id_resident_id"), "suspensions", ["village_id", "resident_id"], unique=False
    )
    op.create_table(
        "recusals",
        sa.Column("decision_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("staff_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("reason", types.text_of(60), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_recusals_decision_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recusals_staff_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_recusals_village_id")),
        sa.PrimaryKeyConstraint("decision_id", "staff_id", name=op.f("pk_recusals")),
        sqlite_strict=True,
    )
