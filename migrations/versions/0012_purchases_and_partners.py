"""Purchases with their quotes and receipts; partner shops, what they give, and the settlements with them."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import database as types
from pointsbank.foundation.schema import statements_of

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and their triggers; redemptions say which partner handed them out, none of those there did."""
    _make_purchases()
    _make_partners()
    _make_settlements()
    op.add_column("redemptions", sa.Column("partner_id", types.Whole, nullable=True))
    op.create_index(op.f("ix_redemptions_partner_id_redeemed_on"), "redemptions", ["partner_id", "redeemed_on"])
    op.add_column("redemption_lines", sa.Column("value_fen", types.Whole, nullable=True))
    for statement in statements_of(Path(__file__).with_suffix(f".{op.get_bind().dialect.name}.sql")):
        op.get_bind().exec_driver_sql(statement)


def _make_purchases() -> None:
    op.create_table(
        "purchases",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", types.text_of(60), nullable=False),
        sa.Column("wanted_on", types.Day(), nullable=False),
        sa.Column("budget_fen", types.Whole, nullable=False),
        sa.Column("drafted_by", types.text_of(80), nullable=False),
        sa.Column("drafted_at", types.Moment(), nullable=False),
        sa.Column("chosen", types.Whole, nullable=True),
        sa.Column("few_reason", types.text_of(200), nullable=False),
        sa.Column("choice_reason", types.text_of(200), nullable=False),
        sa.Column("quoted_by", types.text_of(80), nullable=True),
        sa.Column("quoted_at", types.Moment(), nullable=True),
        sa.Column("approved_by", types.text_of(80), nullable=True),
        sa.Column("approved_at", types.Moment(), nullable=True),
        sa.Column("approval_note", types.text_of(200), nullable=False),
        sa.Column("received_at", types.Moment(), nullable=True),
        sa.Column("shortfall", types.text_of(200), nullable=False),
        sa.Column("hung_on", types.Day(), nullable=True),
        sa.Column("hung_where", types.text_of(60), nullable=False),
        sa.Column("published_by", types.text_of(80), nullable=True),
        sa.Column("cancelled_at", types.Moment(), nullable=True),
        sa.Column("cancel_reason", types.text_of(200), nullable=False),
        sa.Column("voucher", types.text_of(40), nullable=False),
        sa.Column("revision", types.Whole, nullable=False),
        sa.CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_purchases_cancelled")),
        sa.CheckConstraint("(state = 'published') = (hung_on IS NOT NULL)", name=op.f("ck_purchases_published")),
        sa.CheckConstraint(
            "state IN ('draft', 'cancelled') OR quoted_at IS NOT NULL", name=op.f("ck_purchases_quoted")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'quoted', 'approved', 'received', 'published', 'cancelled')",
            name=op.f("ck_purchases_state"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'quoted', 'cancelled') OR approved_at IS NOT NULL", name=op.f("ck_purchases_approved")
        ),
        sa.CheckConstraint(
            "state NOT IN ('received', 'published') OR received_at IS NOT NULL", name=op.f("ck_purchases_received")
        ),
        sa.CheckConstraint(
            "approved_by <> drafted_by AND approved_by <> quoted_by", name=op.f("ck_purchases_four_eyes")
        ),
        sa.CheckConstraint("budget_fen >= 0", name=op.f("ck_purchases_budget_fen")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_purchases_revision")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_purchases_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_purchases_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_purchases_village_id_state"), "purchases", ["village_id", "state"])
    op.create_table(
        "purchase_lines",
        sa.Column("purchase_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("position", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("good_id", types.Whole, nullable=False),
        sa.Column("quantity", types.Whole, nullable=False),
        sa.Column("price_fen", types.Whole, nullable=False),
        sa.CheckConstraint("price_fen >= 0", name=op.f("ck_purchase_lines_price_fen")),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_purchase_lines_quantity")),
        sa.ForeignKeyConstraint(["good_id"], ["goods.id"], name=op.f("fk_purchase_lines_good_id")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name=op.f("fk_purchase_lines_purchase_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_purchase_lines_village_id")),
        sa.PrimaryKeyConstraint("purchase_id", "position", name=op.f("pk_purchase_lines")),
        sa.UniqueConstraint("purchase_id", "good_id", name=op.f("uq_purchase_lines_purchase_id_good_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_purchase_lines_good_id"), "purchase_lines", ["good_id"])
    op.create_index(op.f("ix_purchase_lines_village_id"), "purchase_lines", ["village_id"])
    op.create_table(
        "purchase_quotes",
        sa.Column("purchase_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("position", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("supplier", types.text_of(60), nullable=False),
        sa.Column("phone", types.text_of(20), nullable=False),
        sa.Column("total_fen", types.Whole, nullable=False),
        sa.Column("quoted_on", types.Day(), nullable=False),
        sa.Column("note", types.text_of(200), nullable=False),
        sa.Column("noted_by", types.text_of(80), nullable=False),
        sa.Column("noted_at", types.Moment(), nullable=False),
        sa.Column("withdrawn_at", types.Moment(), nullable=True),
        sa.CheckConstraint("total_fen >= 1", name=op.f("ck_purchase_quotes_total_fen")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name=op.f("fk_purchase_quotes_purchase_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_purchase_quotes_village_id")),
        sa.PrimaryKeyConstraint("purchase_id", "position", name=op.f("pk_purchase_quotes")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_purchase_quotes_village_id"), "purchase_quotes", ["village_id"])
    op.create_table(
        "purchase_receipts",
        sa.Column("intake_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("purchase_id", types.Whole, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.ForeignKeyConstraint(["intake_id"], ["intakes.id"], name=op.f("fk_purchase_receipts_intake_id")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name=op.f("fk_purchase_receipts_purchase_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_purchase_receipts_village_id")),
        sa.PrimaryKeyConstraint("intake_id", name=op.f("pk_purchase_receipts")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_purchase_receipts_purchase_id"), "purchase_receipts", ["purchase_id"])
    op.create_index(op.f("ix_purchase_receipts_village_id"), "purchase_receipts", ["village_id"])


def _make_partners() -> None:
    op.create_table(
        "partner_shops",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("name", types.text_of(60), nullable=False),
        sa.Column("keeper", types.text_of(40), nullable=False),
        sa.Column("phone", types.text_of(20), nullable=False),
        sa.Column("pay_percent", types.Whole, nullable=False),
        sa.Column("active", types.Flag(), nullable=False),
        sa.Column("since", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.Column("revision", types.Whole, nullable=False),
        sa.CheckConstraint("pay_percent BETWEEN 1 AND 100", name=op.f("ck_partner_shops_pay_percent")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_partner_shops_revision")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_partner_shops_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_shops")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_partner_shops_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_table(
        "partner_staff",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("partner_id", types.Whole, nullable=False),
        sa.Column("staff_id", types.Whole, nullable=False),
        sa.Column("since", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner_shops.id"], name=op.f("fk_partner_staff_partner_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_partner_staff_staff_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_partner_staff_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_staff")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_partner_staff_partner_id"), "partner_staff", ["partner_id"])
    op.create_index(
        "uq_partner_staff_open",
        "partner_staff",
        ["village_id", "staff_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "partner_goods",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("partner_id", types.Whole, nullable=False),
        sa.Column("good_id", types.Whole, nullable=False),
        sa.Column("value_fen", types.Whole, nullable=False),
        sa.Column("since", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.CheckConstraint("value_fen >= 1", name=op.f("ck_partner_goods_value_fen")),
        sa.ForeignKeyConstraint(["good_id"], ["goods.id"], name=op.f("fk_partner_goods_good_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner_shops.id"], name=op.f("fk_partner_goods_partner_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_partner_goods_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_goods")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_partner_goods_good_id"), "partner_goods", ["good_id"])
    op.create_index(op.f("ix_partner_goods_village_id"), "partner_goods", ["village_id"])
    op.create_index(
        "uq_partner_goods_open",
        "partner_goods",
        ["partner_id", "good_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _make_settlements() -> None:
    op.create_table(
        "settlements",
        sa.Column("id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("serial", types.Whole, nullable=False),
        sa.Column("partner_id", types.Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first_day", types.Day(), nullable=False),
        sa.Column("last_day", types.Day(), nullable=False),
        sa.Column("opened_by", types.text_of(80), nullable=False),
        sa.Column("opened_at", types.Moment(), nullable=False),
        sa.Column("redemptions", types.Whole, nullable=False),
        sa.Column("points", types.Whole, nullable=False),
        sa.Column("value_fen", types.Whole, nullable=False),
        sa.Column("payable_fen", types.Whole, nullable=False),
        sa.Column("closed_by", types.text_of(80), nullable=True),
        sa.Column("closed_at", types.Moment(), nullable=True),
        sa.Column("partner_signer", types.text_of(40), nullable=False),
        sa.Column("village_signer", types.text_of(40), nullable=False),
        sa.Column("signed_on", types.Day(), nullable=True),
        sa.Column("signed_by", types.text_of(80), nullable=True),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_settlements_closed")),
        sa.CheckConstraint("(state = 'signed') = (signed_on IS NOT NULL)", name=op.f("ck_settlements_signed")),
        sa.CheckConstraint("state IN ('open', 'closed', 'signed')", name=op.f("ck_settlements_state")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_settlements_days")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner_shops.id"], name=op.f("fk_settlements_partner_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_settlements_village_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlements")),
        sa.UniqueConstraint("village_id", "serial", name=op.f("uq_settlements_village_id_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_settlements_partner_id_last_day"), "settlements", ["partner_id", "last_day"])
    op.create_index(
        "uq_settlements_open",
        "settlements",
        ["partner_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "settlement_lines",
        sa.Column("settlement_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("redemption_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("redemption_position", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("is_deduction", types.Flag(), nullable=False),
        sa.Column("pieces", types.Whole, nullable=False),
        sa.Column("points_price", types.Whole, nullable=False),
        sa.Column("value_fen", types.Whole, nullable=False),
        sa.Column("pay_percent", types.Whole, nullable=False),
        sa.CheckConstraint("pay_percent BETWEEN 1 AND 100", name=op.f("ck_settlement_lines_pay_percent")),
        sa.CheckConstraint("value_fen >= 1", name=op.f("ck_settlement_lines_value_fen")),
        sa.ForeignKeyConstraint(
            ["redemption_id", "redemption_position"],
            ["redemption_lines.redemption_id", "redemption_lines.position"],
            name=op.f("fk_settlement_lines_redemption_id_redemption_position"),
        ),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlements.id"], name=op.f("fk_settlement_lines_settlement_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_settlement_lines_village_id")),
        sa.PrimaryKeyConstraint(
            "settlement_id", "redemption_id", "redemption_position", name=op.f("pk_settlement_lines")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_settlement_lines_village_id"), "settlement_lines", ["village_id"])
    op.create_index(
        "uq_settlement_lines_once",
        "settlement_lines",
        ["redemption_id", "redemption_position"],
        unique=True,
        sqlite_where=sa.text("is_deduction = 0"),
        postgresql_where=sa.text("NOT is_deduction"),
    )
