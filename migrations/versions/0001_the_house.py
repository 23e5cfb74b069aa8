"""The house: every table of the first release, with its append-only triggers."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import database as types
from pointsbank.foundation.schema import statements_of

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, then the triggers of this database."""
    op.create_table(
        "audit_events",
        sa.Column("place_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("sequence", types.Whole, autoincrement=False, nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("action", types.text_of(60), nullable=False),
        sa.Column("subject", types.text_of(80), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.LargeBinary(), nullable=True),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("outcome IN ('done', 'refused')", name=op.f("ck_audit_events_outcome")),
        sa.PrimaryKeyConstraint("place_id", "sequence", name=op.f("pk_audit_events")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_audit_events_place_id_subject_sequence"),
        "audit_events",
        ["place_id", "subject", "sequence"],
        unique=False,
    )
    op.create_table(
        "chain_heads",
        sa.Column("place_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("name", types.text_of(20), nullable=False),
        sa.Column("sequence", types.Whole, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("place_id", "name", name=op.f("pk_chain_heads")),
        sqlite_strict=True,
    )
    op.create_table(
        "places",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("parent_id", types.Whole, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", types.text_of(40), nullable=False),
        sa.Column("name", types.text_of(40), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('city', 'county', 'town', 'village', 'community')", name=op.f("ck_places_kind")),
        sa.ForeignKeyConstraint(["parent_id"], ["places.id"], name=op.f("fk_places_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint("code", name=op.f("uq_places_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_places_parent_id"), "places", ["parent_id"], unique=False)
    op.create_table(
        "tries",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("subject", types.text_of(120), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tries")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_tries_subject_at"), "tries", ["subject", "at"], unique=False)
    op.create_table(
        "accounts",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("household_serial", types.Whole, autoincrement=False, nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("floor", types.Whole, nullable=False),
        sa.Column("balance", types.Whole, nullable=False),
        sa.CheckConstraint("book IN ('points', 'honour')", name=op.f("ck_accounts_book")),
        sa.CheckConstraint("kind <> 'owed' OR balance <= 0", name=op.f("ck_accounts_owed")),
        sa.CheckConstraint(
            "kind IN ('household', 'base', 'held', 'owed', 'issued', 'redeemed', 'expired')",
            name=op.f("ck_accounts_kind"),
        ),
        sa.CheckConstraint("balance >= floor", name=op.f("ck_accounts_floor")),
        sa.CheckConstraint("balance BETWEEN -1000000000000000 AND 1000000000000000", name=op.f("ck_accounts_bounds")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_accounts_village_id")),
        sa.PrimaryKeyConstraint("village_id", "household_serial", "book", "kind", name=op.f("pk_accounts")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_texts",
        sa.Column("place_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("sequence", types.Whole, autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["place_id", "sequence"],
            ["audit_events.place_id", "audit_events.sequence"],
            name=op.f("fk_audit_texts_place_id_sequence"),
        ),
        sa.PrimaryKeyConstraint("place_id", "sequence", name=op.f("pk_audit_texts")),
        sqlite_strict=True,
    )
    op.create_table(
        "board_snapshots",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("sequence", types.Whole, autoincrement=False, nullable=False),
        sa.Column("period", types.text_of(7), nullable=False),
        sa.Column("frozen_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("head_sequence", types.Whole, nullable=False),
        sa.Column("head_digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(period) = 7 AND substr(period, 5, 1) = '-'", name=op.f("ck_board_snapshots_period")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_board_snapshots_village_id")),
        sa.PrimaryKeyConstraint("village_id", "sequence", name=op.f("pk_board_snapshots")),
        sa.UniqueConstraint("village_id", "period", name=op.f("uq_board_snapshots_village_id_period")),
        sqlite_strict=True,
    )
    op.create_table(
        "claim_events",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("sequence", types.Whole, autoincrement=False, nullable=False),
        sa.Column("claim_serial", types.Whole, nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("text_digest", sa.LargeBinary(), nullable=True),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "from_state IN ('draft', 'submitted', 'checked', 'returned', 'not_accepted', 'approved', 'rejected', 'recheck', 'on_notice', 'objected', 'unobjected', 'booked', 'cancelled')",
            name=op.f("ck_claim_events_from_state"),
        ),
        sa.CheckConstraint(
            "to_state IN ('draft', 'submitted', 'checked', 'returned', 'not_accepted', 'approved', 'rejected', 'recheck', 'on_notice', 'objected', 'unobjected', 'booked', 'cancelled')",
            name=op.f("ck_claim_events_to_state"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_claim_events_village_id")),
        sa.PrimaryKeyConstraint("village_id", "sequence", name=op.f("pk_claim_events")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_claim_events_village_id_claim_serial"), "claim_events", ["village_id", "claim_serial"], unique=False
    )
    op.create_table(
        "closed_months",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("period", types.text_of(7), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("head_sequence", types.Whole, nullable=False),
        sa.Column("head_digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(period) = 7 AND substr(period, 5, 1) = '-'", name=op.f("ck_closed_months_period")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_closed_months_village_id")),
        sa.PrimaryKeyConstraint("village_id", "period", name=op.f("pk_closed_months")),
        sqlite_strict=True,
    )
    op.create_table(
        "devices",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("name", types.text_of(40), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("paired_at", types.Moment(), nullable=False),
        sa.Column("paired_by", types.text_of(80), nullable=False),
        sa.Column("revoked_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_devices_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_devices_token_digest")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_devices_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_table(
        "goods",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("code", types.text_of(20), nullable=False),
        sa.Column("name", types.text_of(60), nullable=False),
        sa.Column("name_en", types.text_of(80), nullable=False),
        sa.Column("pinyin", types.text_of(300), nullable=False),
        sa.Column("initials", types.text_of(60), nullable=False),
        sa.Column("spec", types.text_of(60), nullable=False),
        sa.Column("unit", types.text_of(20), nullable=False),
        sa.Column("category", types.text_of(40), nullable=False),
        sa.Column("cost_fen", types.Whole, nullable=False),
        sa.Column("points_price", types.Whole, nullable=False),
        sa.Column("stock_min", types.Whole, nullable=False),
        sa.Column("shelf_life_days", types.Whole, nullable=False),
        sa.Column("limit_quantity", types.Whole, nullable=True),
        sa.Column("limit_span", sa.Text(), nullable=True),
        sa.Column("offered", types.Flag(), nullable=False),
        sa.Column("on_hand", types.Whole, nullable=False),
        sa.Column("reserved", types.Whole, nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("version", types.Whole, nullable=False),
        sa.CheckConstraint("limit_span IN ('day', 'month', 'quarter', 'year')", name=op.f("ck_goods_limit_span")),
        sa.CheckConstraint("(limit_quantity IS NULL) = (limit_span IS NULL)", name=op.f("ck_goods_household_limit")),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_goods_on_hand")),
        sa.CheckConstraint("points_price >= 1", name=op.f("ck_goods_points_price")),
        sa.CheckConstraint("reserved BETWEEN 0 AND on_hand", name=op.f("ck_goods_reserved")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_goods_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods")),
        sa.UniqueConstraint("village_id", "code", name=op.f("uq_goods_village_id_code")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_goods_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_table(
        "groups",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("number", types.Whole, nullable=False),
        sa.Column("name", types.text_of(40), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_groups_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("village_id", "name", name=op.f("uq_groups_village_id_name")),
        sa.UniqueConstraint("village_id", "number", name=op.f("uq_groups_village_id_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "household_months",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("period", types.text_of(7), nullable=False),
        sa.Column("household_serial", types.Whole, autoincrement=False, nullable=False),
        sa.Column("earned", types.Whole, nullable=False),
        sa.Column("honoured", types.Whole, nullable=False),
        sa.Column("deducted", types.Whole, nullable=False),
        sa.Column("spent", types.Whole, nullable=False),
        sa.Column("score", types.Whole, sa.Computed("earned + honoured - deducted", persisted=True), nullable=False),
        sa.CheckConstraint(
            "length(period) = 7 AND substr(period, 5, 1) = '-'", name=op.f("ck_household_months_period")
        ),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_household_months_village_id")),
        sa.PrimaryKeyConstraint("village_id", "period", "household_serial", name=op.f("pk_household_months")),
        sqlite_strict=True,
    )
    op.create_index("ix_household_months_ranking", "household_months", ["village_id", "period", "score"], unique=False)
    op.create_table(
        "pairing_codes",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("device_name", types.text_of(40), nullable=False),
        sa.Column("made_by", types.text_of(80), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("used_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_pairing_codes_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairing_codes")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_pairing_codes_code_digest")),
        sqlite_strict=True,
    )
    op.create_table(
        "rule_books",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("version", types.Whole, nullable=False),
        sa.Column("effective_on", types.Day(), nullable=False),
        sa.Column("reason", types.text_of(200), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_rule_books_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_books")),
        sa.UniqueConstraint("village_id", "version", name=op.f("uq_rule_books_village_id_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "staff",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("home_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("name", types.text_of(40), nullable=False),
        sa.Column("sign_in_name", types.text_of(40), nullable=False),
        sa.Column("password_hash", types.text_of(200), nullable=False),
        sa.Column("session_version", types.Whole, nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["home_id"], ["places.id"], name=op.f("fk_staff_home_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("home_id", "serial", name=op.f("uq_staff_home_id_serial")),
        sa.UniqueConstraint("sign_in_name", name=op.f("uq_staff_sign_in_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "submissions",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("key", types.text_of(64), nullable=False),
        sa.Column("operation", types.text_of(60), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("at", types.Moment(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_submissions_village_id")),
        sa.PrimaryKeyConstraint("village_id", "key", name=op.f("pk_submissions")),
        sqlite_strict=True,
    )
    op.create_table(
        "village_settings",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("version", types.Whole, nullable=False),
        sa.Column("effective_on", types.Day(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_village_settings_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_settings")),
        sa.UniqueConstraint("village_id", "version", name=op.f("uq_village_settings_village_id_version")),
        sqlite_strict=True,
    )
    op.create_table(
        "barcodes",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("barcode", types.text_of(20), nullable=False),
        sa.Column("good_id", types.Whole, nullable=False),
        sa.ForeignKeyConstraint(["good_id"], ["goods.id"], name=op.f("fk_barcodes_good_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_barcodes_village_id")),
        sa.PrimaryKeyConstraint("village_id", "barcode", name=op.f("pk_barcodes")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_barcodes_good_id"), "barcodes", ["good_id"], unique=False)
    op.create_table(
        "claim_event_texts",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("sequence", types.Whole, autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["village_id", "sequence"],
            ["claim_events.village_id", "claim_events.sequence"],
            name=op.f("fk_claim_event_texts_village_id_sequence"),
        ),
        sa.PrimaryKeyConstraint("village_id", "sequence", name=op.f("pk_claim_event_texts")),
        sqlite_strict=True,
    )
    op.create_table(
        "households",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("number", types.text_of(20), nullable=False),
        sa.Column("group_id", types.Whole, nullable=False),
        sa.Column("head_name", types.text_of(40), nullable=False),
        sa.Column("note", types.text_of(200), nullable=False),
        sa.Column("name_consent_on", types.Day(), nullable=True),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("closed_on", types.Day(), nullable=True),
        sa.Column("version", types.Whole, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_households_group_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_households_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
        sa.UniqueConstraint("village_id", "number", name=op.f("uq_households_village_id_number")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_households_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_households_group_id"), "households", ["group_id"], unique=False)
    op.create_table(
        "roles_held",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("staff_id", types.Whole, nullable=False),
        sa.Column("place_id", types.Whole, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("granted_at", types.Moment(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.CheckConstraint(
            "role IN ('clerk', 'group_head', 'reviewer', 'committee', 'supervision', 'shopkeeper', 'officer', 'administrator')",
            name=op.f("ck_roles_held_role"),
        ),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_roles_held_place_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_roles_held_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles_held")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_roles_held_place_id_staff_id"), "roles_held", ["place_id", "staff_id"], unique=False)
    op.create_index(op.f("ix_roles_held_staff_id"), "roles_held", ["staff_id"], unique=False)
    op.create_table(
        "rules",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("rule_book_id", types.Whole, nullable=False),
        sa.Column("position", types.Whole, nullable=False),
        sa.Column("code", types.text_of(20), nullable=False),
        sa.Column("category", types.text_of(40), nullable=False),
        sa.Column("name", types.text_of(120), nullable=False),
        sa.Column("name_en", types.text_of(160), nullable=False),
        sa.Column("pinyin", types.text_of(600), nullable=False),
        sa.Column("initials", types.text_of(120), nullable=False),
        sa.Column("points", types.Whole, nullable=False),
        sa.Column("points_to", types.Whole, nullable=True),
        sa.Column("unit", types.text_of(20), nullable=False),
        sa.Column("quantity_max", types.Whole, nullable=True),
        sa.Column("cap_points", types.Whole, nullable=True),
        sa.Column("cap_span", sa.Text(), nullable=True),
        sa.Column("cap_scope", sa.Text(), nullable=True),
        sa.Column("times_max", types.Whole, nullable=True),
        sa.Column("times_span", sa.Text(), nullable=True),
        sa.Column("times_scope", sa.Text(), nullable=True),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("evidence_kind", sa.Text(), nullable=False),
        sa.Column("evidence", types.text_of(80), nullable=False),
        sa.Column("keep_evidence", types.Flag(), nullable=False),
        sa.Column("steps", types.text_of(80), nullable=False),
        sa.Column("volunteer_hours", types.Flag(), nullable=False),
        sa.Column("level_group", types.text_of(20), nullable=False),
        sa.Column("excludes_paid_duty", types.Flag(), nullable=False),
        sa.Column("reminds_first", types.Flag(), nullable=False),
        sa.Column("handed_down_by", types.text_of(40), nullable=False),
        sa.CheckConstraint("cap_scope IN ('person', 'household')", name=op.f("ck_rules_cap_scope")),
        sa.CheckConstraint("cap_span IN ('day', 'month', 'quarter', 'year')", name=op.f("ck_rules_cap_span")),
        sa.CheckConstraint("effect IN ('none', 'suspend_person', 'claw_back')", name=op.f("ck_rules_effect")),
        sa.CheckConstraint(
            "evidence_kind IN ('none', 'photo', 'document', 'witness', 'sign_in_sheet')",
            name=op.f("ck_rules_evidence_kind"),
        ),
        sa.CheckConstraint("times_scope IN ('person', 'household')", name=op.f("ck_rules_times_scope")),
        sa.CheckConstraint("times_span IN ('day', 'month', 'quarter', 'year')", name=op.f("ck_rules_times_span")),
        sa.CheckConstraint("track IN ('points', 'honour')", name=op.f("ck_rules_track")),
        sa.CheckConstraint("(cap_points IS NULL) = (cap_scope IS NULL)", name=op.f("ck_rules_cap_whose")),
        sa.CheckConstraint("(cap_points IS NULL) = (cap_span IS NULL)", name=op.f("ck_rules_cap")),
        sa.CheckConstraint("(times_max IS NULL) = (times_scope IS NULL)", name=op.f("ck_rules_times_whose")),
        sa.CheckConstraint("(times_max IS NULL) = (times_span IS NULL)", name=op.f("ck_rules_times")),
        sa.CheckConstraint("points_to * points > 0 AND abs(points_to) > abs(points)", name=op.f("ck_rules_points_to")),
        sa.CheckConstraint("quantity_max >= 1", name=op.f("ck_rules_quantity_max")),
        sa.CheckConstraint("times_max >= 1", name=op.f("ck_rules_times_max")),
        sa.ForeignKeyConstraint(["rule_book_id"], ["rule_books.id"], name=op.f("fk_rules_rule_book_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_rules_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
        sa.UniqueConstraint("rule_book_id", "code", name=op.f("uq_rules_rule_book_id_code")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_rules_village_id"), "rules", ["village_id"], unique=False)
    op.create_table(
        "stock_moves",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("sequence", types.Whole, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("good_serial", types.Whole, nullable=False),
        sa.Column("quantity", types.Whole, nullable=False),
        sa.Column("on_hand_after", types.Whole, nullable=False),
        sa.Column("occurred_on", types.Day(), nullable=False),
        sa.Column("moved_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("submission_key", types.text_of(64), nullable=False),
        sa.Column("redemption_serial", types.Whole, nullable=True),
        sa.Column("text_digest", sa.LargeBinary(), nullable=True),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('receive', 'issue', 'return', 'void', 'write_off', 'count')", name=op.f("ck_stock_moves_kind")
        ),
        sa.CheckConstraint("on_hand_after >= 0", name=op.f("ck_stock_moves_on_hand_after")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_stock_moves_quantity")),
        sa.ForeignKeyConstraint(
            ["village_id", "submission_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_stock_moves_village_id_submission_key"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_stock_moves_village_id")),
        sa.PrimaryKeyConstraint("village_id", "sequence", name=op.f("pk_stock_moves")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_stock_moves_village_id_good_serial_sequence"),
        "stock_moves",
        ["village_id", "good_serial", "sequence"],
        unique=False,
    )
    op.create_index(
        op.f("ix_stock_moves_village_id_redemption_serial"),
        "stock_moves",
        ["village_id", "redemption_serial"],
        unique=False,
    )
    op.create_table(
        "transfers",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("sequence", types.Whole, autoincrement=False, nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_kind", sa.Text(), nullable=False),
        sa.Column("from_household", types.Whole, nullable=False),
        sa.Column("to_kind", sa.Text(), nullable=False),
        sa.Column("to_household", types.Whole, nullable=False),
        sa.Column("amount", types.Whole, nullable=False),
        sa.Column("occurred_on", types.Day(), nullable=False),
        sa.Column("period", types.text_of(7), nullable=False),
        sa.Column("booked_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("submission_key", types.text_of(64), nullable=False),
        sa.Column("source_type", types.text_of(20), nullable=False),
        sa.Column("source_serial", types.Whole, nullable=False),
        sa.Column("source_digest", sa.LargeBinary(), nullable=True),
        sa.Column("refers_to", types.Whole, nullable=True),
        sa.Column("text_digest", sa.LargeBinary(), nullable=True),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("book IN ('points', 'honour')", name=op.f("ck_transfers_book")),
        sa.CheckConstraint(
            "from_kind IN ('household', 'base', 'held', 'owed', 'issued', 'redeemed', 'expired')",
            name=op.f("ck_transfers_from_kind"),
        ),
        sa.CheckConstraint(
            "kind IN ('opening', 'earn', 'earn_reversal', 'deduct', 'deduct_reversal', 'repay', 'hold', 'release', 'settle', 'redeem', 'redeem_reversal', 'return', 'base_grant', 'expire', 'expire_reversal')",
            name=op.f("ck_transfers_kind"),
        ),
        sa.CheckConstraint("length(period) = 7 AND substr(period, 5, 1) = '-'", name=op.f("ck_transfers_period")),
        sa.CheckConstraint(
            "to_kind IN ('household', 'base', 'held', 'owed', 'issued', 'redeemed', 'expired')",
            name=op.f("ck_transfers_to_kind"),
        ),
        sa.CheckConstraint("amount BETWEEN 1 AND 1000000000000000", name=op.f("ck_transfers_amount")),
        sa.CheckConstraint(
            "from_kind <> to_kind OR from_household <> to_household", name=op.f("ck_transfers_two_accounts")
        ),
        sa.CheckConstraint("sequence >= 1", name=op.f("ck_transfers_sequence")),
        sa.ForeignKeyConstraint(
            ["village_id", "refers_to"],
            ["transfers.village_id", "transfers.sequence"],
            name=op.f("fk_transfers_village_id_refers_to"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "submission_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_transfers_village_id_submission_key"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_transfers_village_id")),
        sa.PrimaryKeyConstraint("village_id", "sequence", name=op.f("pk_transfers")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_transfers_village_id_period_kind"), "transfers", ["village_id", "period", "kind"], unique=False
    )
    op.create_index(op.f("ix_transfers_village_id_refers_to"), "transfers", ["village_id", "refers_to"], unique=False)
    op.create_index(
        op.f("ix_transfers_village_id_source_type_source_serial"),
        "transfers",
        ["village_id", "source_type", "source_serial"],
        unique=False,
    )
    op.create_table(
        "cards",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("household_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("number", types.text_of(20), nullable=False),
        sa.Column("token_sealed", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("pin_hash", types.text_of(200), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("issued_at", types.Moment(), nullable=False),
        sa.Column("lost_at", types.Moment(), nullable=True),
        sa.CheckConstraint("state IN ('active', 'lost')", name=op.f("ck_cards_state")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_cards_household_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_cards_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_cards_token_digest")),
        sa.UniqueConstraint("village_id", "number", name=op.f("uq_cards_village_id_number")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_cards_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_cards_household_id"), "cards", ["household_id"], unique=False)
    op.create_index(
        "uq_cards_active",
        "cards",
        ["household_id"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "entries",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("sequence", types.Whole, autoincrement=False, nullable=False),
        sa.Column("side", types.Whole, autoincrement=False, nullable=False),
        sa.Column("household_serial", types.Whole, nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("account_kind", sa.Text(), nullable=False),
        sa.Column("amount", types.Whole, nullable=False),
        sa.Column("balance_after", types.Whole, nullable=True),
        sa.CheckConstraint(
            "account_kind IN ('household', 'base', 'held', 'owed', 'issued', 'redeemed', 'expired')",
            name=op.f("ck_entries_account_kind"),
        ),
        sa.CheckConstraint("book IN ('points', 'honour')", name=op.f("ck_entries_book")),
        sa.CheckConstraint(
            "amount <> 0 AND amount BETWEEN -1000000000000000 AND 1000000000000000", name=op.f("ck_entries_amount")
        ),
        sa.CheckConstraint("side IN (1, 2)", name=op.f("ck_entries_side")),
        sa.ForeignKeyConstraint(
            ["village_id", "sequence"],
            ["transfers.village_id", "transfers.sequence"],
            name=op.f("fk_entries_village_id_sequence"),
        ),
        sa.PrimaryKeyConstraint("village_id", "sequence", "side", name=op.f("pk_entries")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_entries_account",
        "entries",
        ["village_id", "household_serial", "book", "account_kind", "sequence"],
        unique=False,
    )
    op.create_table(
        "orders",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("household_id", types.Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("points", types.Whole, nullable=False),
        sa.Column("hold_sequence", types.Whole, nullable=False),
        sa.Column("placed_at", types.Moment(), nullable=False),
        sa.Column("placed_on", types.Day(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("submission_key", types.text_of(64), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.Column("ended_by", types.text_of(80), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'handed_over', 'cancelled', 'expired')", name=op.f("ck_orders_state")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_orders_household_id")),
        sa.ForeignKeyConstraint(
            ["village_id", "hold_sequence"],
            ["transfers.village_id", "transfers.sequence"],
            name=op.f("fk_orders_village_id_hold_sequence"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "submission_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_orders_village_id_submission_key"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_orders_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_orders_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_orders_village_id_household_id_state"), "orders", ["village_id", "household_id", "state"], unique=False
    )
    op.create_index(
        op.f("ix_orders_village_id_state_placed_at"), "orders", ["village_id", "state", "placed_at"], unique=False
    )
    op.create_table(
        "residents",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("household_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("name", types.text_of(40), nullable=False),
        sa.Column("pinyin", types.text_of(200), nullable=False),
        sa.Column("initials", types.text_of(40), nullable=False),
        sa.Column("relation", types.text_of(20), nullable=False),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("born_on", types.Day(), nullable=True),
        sa.Column("id_number_sealed", sa.Text(), nullable=True),
        sa.Column("id_number_digest", sa.LargeBinary(), nullable=True),
        sa.Column("phone", types.text_of(20), nullable=False),
        sa.Column("residence", sa.Text(), nullable=False),
        sa.Column("party_member", types.Flag(), nullable=True),
        sa.Column("paid_post", types.text_of(20), nullable=False),
        sa.Column("note", types.text_of(200), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("closed_on", types.Day(), nullable=True),
        sa.Column("version", types.Whole, nullable=False),
        sa.CheckConstraint(
            "residence IN ('resident', 'away', 'registered_only', 'institution')", name=op.f("ck_residents_residence")
        ),
        sa.CheckConstraint("sex IN ('male', 'female')", name=op.f("ck_residents_sex")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_residents_household_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_residents_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residents")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_residents_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_residents_household_id"), "residents", ["household_id"], unique=False)
    op.create_index(op.f("ix_residents_village_id_initials"), "residents", ["village_id", "initials"], unique=False)
    op.create_index(
        "uq_residents_id_number",
        "residents",
        ["village_id", "id_number_digest"],
        unique=True,
        sqlite_where=sa.text("closed_on IS NULL AND id_number_digest IS NOT NULL"),
        postgresql_where=sa.text("closed_on IS NULL AND id_number_digest IS NOT NULL"),
    )
    op.create_table(
        "stock_move_texts",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("sequence", types.Whole, autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["village_id", "sequence"],
            ["stock_moves.village_id", "stock_moves.sequence"],
            name=op.f("fk_stock_move_texts_village_id_sequence"),
        ),
        sa.PrimaryKeyConstraint("village_id", "sequence", name=op.f("pk_stock_move_texts")),
        sqlite_strict=True,
    )
    op.create_table(
        "transfer_texts",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("sequence", types.Whole, autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["village_id", "sequence"],
            ["transfers.village_id", "transfers.sequence"],
            name=op.f("fk_transfer_texts_village_id_sequence"),
        ),
        sa.PrimaryKeyConstraint("village_id", "sequence", name=op.f("pk_transfer_texts")),
        sqlite_strict=True,
    )
    op.create_table(
        "notices",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("days", types.Whole, nullable=False),
        sa.Column("working_days", types.Flag(), nullable=False),
        sa.Column("planned_on", types.Day(), nullable=False),
        sa.Column("last_day", types.Day(), nullable=True),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("ended_at", types.Moment(), nullable=True),
        sa.CheckConstraint("(state = 'hanging') <= (last_day IS NOT NULL)", name=op.f("ck_notices_last_day")),
        sa.CheckConstraint("state IN ('prepared', 'hanging', 'ended', 'withdrawn')", name=op.f("ck_notices_state")),
        sa.CheckConstraint("days BETWEEN 1 AND 60", name=op.f("ck_notices_days")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_notices_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_notices_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_table(
        "claims",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("household_id", types.Whole, nullable=False),
        sa.Column("resident_id", types.Whole, nullable=True),
        sa.Column("rule_id", types.Whole, nullable=False),
        sa.Column("quantity", types.Whole, nullable=False),
        sa.Column("occurred_on", types.Day(), nullable=False),
        sa.Column("period", types.text_of(7), nullable=True),
        sa.Column("points_asked", types.Whole, nullable=False),
        sa.Column("points", types.Whole, nullable=False),
        sa.Column("cap_reason", types.text_of(300), nullable=False),
        sa.Column("note", types.text_of(300), nullable=False),
        sa.Column("event_name", types.text_of(60), nullable=False),
        sa.Column("late_reason", types.text_of(200), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("steps_done", types.Whole, nullable=False),
        sa.Column("claimed_by", types.text_of(80), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("submission_key", types.text_of(64), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.Column("booked_at", types.Moment(), nullable=True),
        sa.Column("reversed_at", types.Moment(), nullable=True),
        sa.Column("notice_id", types.Whole, nullable=True),
        sa.Column("kept_beside", types.Whole, nullable=True),
        sa.Column("suspended_until", types.Day(), nullable=True),
        sa.Column("claws_back", types.Whole, nullable=True),
        sa.Column("told_on", types.Day(), nullable=True),
        sa.Column("answer_by", types.Day(), nullable=True),
        sa.Column("answer", types.text_of(300), nullable=False),
        sa.Column("answered_on", types.Day(), nullable=True),
        sa.Column("revision", types.Whole, nullable=False),
        sa.CheckConstraint(
            "origin IN ('single', 'grid', 'file', 'sign_in_sheet', 'kiosk')", name=op.f("ck_claims_origin")
        ),
        sa.CheckConstraint("state <> 'booked' OR period IS NOT NULL", name=op.f("ck_claims_booked_period")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'checked', 'returned', 'not_accepted', 'approved', 'rejected', 'recheck', 'on_notice', 'objected', 'unobjected', 'booked', 'cancelled')",
            name=op.f("ck_claims_state"),
        ),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_claims_quantity")),
        sa.CheckConstraint("steps_done >= 0", name=op.f("ck_claims_steps_done")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_claims_household_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_claims_notice_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["residents.id"], name=op.f("fk_claims_resident_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"], name=op.f("fk_claims_rule_id")),
        sa.ForeignKeyConstraint(
            ["village_id", "submission_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_claims_village_id_submission_key"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_claims_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_claims_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_claims_notice_id"), "claims", ["notice_id"], unique=False)
    op.create_index(
        op.f("ix_claims_village_id_household_id_occurred_on"),
        "claims",
        ["village_id", "household_id", "occurred_on"],
        unique=False,
    )
    op.create_index(op.f("ix_claims_village_id_occurred_on"), "claims", ["village_id", "occurred_on"], unique=False)
    op.create_index(
        op.f("ix_claims_village_id_period_state"), "claims", ["village_id", "period", "state"], unique=False
    )
    op.create_index(
        op.f("ix_claims_village_id_state_serial"), "claims", ["village_id", "state", "serial"], unique=False
    )
    op.create_table(
        "order_lines",
        sa.Column("order_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("position", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("good_id", types.Whole, nullable=False),
        sa.Column("quantity", types.Whole, nullable=False),
        sa.Column("points_price", types.Whole, nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_order_lines_quantity")),
        sa.ForeignKeyConstraint(["good_id"], ["goods.id"], name=op.f("fk_order_lines_good_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_order_lines_village_id")),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_lines")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_order_lines_good_id"), "order_lines", ["good_id"], unique=False)
    op.create_index(op.f("ix_order_lines_village_id"), "order_lines", ["village_id"], unique=False)
    op.create_table(
        "redemptions",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("household_id", types.Whole, nullable=False),
        sa.Column("order_id", types.Whole, nullable=True),
        sa.Column("points", types.Whole, nullable=False),
        sa.Column("balance_after", types.Whole, nullable=False),
        sa.Column("transfer_sequence", types.Whole, nullable=False),
        sa.Column("confirmed_by", types.text_of(20), nullable=False),
        sa.Column("redeemed_at", types.Moment(), nullable=False),
        sa.Column("redeemed_on", types.Day(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("submission_key", types.text_of(64), nullable=False),
        sa.Column("voided_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_redemptions_household_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_redemptions_order_id")),
        sa.ForeignKeyConstraint(
            ["village_id", "submission_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_redemptions_village_id_submission_key"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "transfer_sequence"],
            ["transfers.village_id", "transfers.sequence"],
            name=op.f("fk_redemptions_village_id_transfer_sequence"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_redemptions_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("order_id", name=op.f("uq_redemptions_order_id")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_redemptions_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_redemptions_village_id_household_id_redeemed_on"),
        "redemptions",
        ["village_id", "household_id", "redeemed_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_redemptions_village_id_redeemed_on"), "redemptions", ["village_id", "redeemed_on"], unique=False
    )
    op.create_table(
        "villager_sessions",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("device_id", types.Whole, nullable=False),
        sa.Column("household_id", types.Whole, nullable=False),
        sa.Column("card_id", types.Whole, nullable=True),
        sa.Column("with_pin", types.Flag(), nullable=False),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("expires_at", types.Moment(), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_villager_sessions_card_id")),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_villager_sessions_device_id")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_villager_sessions_household_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_villager_sessions_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_villager_sessions")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_villager_sessions_device_id"), "villager_sessions", ["device_id"], unique=False)
    op.create_table(
        "merits",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("period", types.text_of(7), nullable=False),
        sa.Column("claim_id", types.Whole, nullable=False),
        sa.Column("position", types.Whole, nullable=False),
        sa.Column("sentence", types.text_of(120), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("created_at", types.Moment(), nullable=False),
        sa.CheckConstraint("length(period) = 7 AND substr(period, 5, 1) = '-'", name=op.f("ck_merits_period")),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name=op.f("fk_merits_claim_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_merits_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merits")),
        sa.UniqueConstraint("village_id", "period", "claim_id", name=op.f("uq_merits_village_id_period_claim_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "redemption_lines",
        sa.Column("redemption_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("position", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("good_id", types.Whole, nullable=False),
        sa.Column("quantity", types.Whole, nullable=False),
        sa.Column("points_price", types.Whole, nullable=False),
        sa.Column("returned", types.Whole, nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_redemption_lines_quantity")),
        sa.CheckConstraint("returned BETWEEN 0 AND quantity", name=op.f("ck_redemption_lines_returned")),
        sa.ForeignKeyConstraint(["good_id"], ["goods.id"], name=op.f("fk_redemption_lines_good_id")),
        sa.ForeignKeyConstraint(["redemption_id"], ["redemptions.id"], name=op.f("fk_redemption_lines_redemption_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_redemption_lines_village_id")),
        sa.PrimaryKeyConstraint("redemption_id", "position", name=op.f("pk_redemption_lines")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_redemption_lines_good_id"), "redemption_lines", ["good_id"], unique=False)
    op.create_index(op.f("ix_redemption_lines_village_id"), "redemption_lines", ["village_id"], unique=False)
    for statement in statements_of(Path(__file__).with_suffix(f".{op.get_bind().dialect.name}.sql")):
        op.get_bind().exec_driver_sql(statement)
