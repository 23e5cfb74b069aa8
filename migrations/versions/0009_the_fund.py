"""The fund in yuan on the one ledger, its register, donations, applications for subsidies."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import database as types
from pointsbank.foundation.schema import change_checks, statements_of

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BOOKS = "IN ('points', 'honour', 'fund')"
ACCOUNTS = "IN ('household', 'base', 'held', 'owed', 'issued', 'redeemed', 'expired', 'income', 'fund', 'spent')"
TRANSFERS = (
    "IN ('opening', 'earn', 'earn_reversal', 'deduct', 'deduct_reversal', 'repay', 'hold', 'release', 'settle',"
    " 'redeem', 'redeem_reversal', 'return', 'base_grant', 'expire', 'expire_reversal', 'income', 'income_reversal',"
    " 'spending', 'spending_reversal')"
)


def upgrade() -> None:
    """Let the book hold the fund, whatever it holds already; make the tables, then the triggers of this database."""
    connection = op.get_bind()
    change_checks(connection, "accounts", {"ck_accounts_book": f"book {BOOKS}", "ck_accounts_kind": f"kind {ACCOUNTS}"})
    change_checks(
        connection,
        "transfers",
        {
            "ck_transfers_book": f"book {BOOKS}",
            "ck_transfers_kind": f"kind {TRANSFERS}",
            "ck_transfers_from_kind": f"from_kind {ACCOUNTS}",
            "ck_transfers_to_kind": f"to_kind {ACCOUNTS}",
        },
    )
    change_checks(
        connection,
        "entries",
        {"ck_entries_book": f"book {BOOKS}", "ck_entries_account_kind": f"account_kind {ACCOUNTS}"},
    )
    _make_fund_entries()
    _make_donations()
    _make_subsidies()
    for statement in statements_of(Path(__file__).with_suffix(f".{connection.dialect.name}.sql")):
        connection.exec_driver_sql(statement)


def _make_fund_entries() -> None:
    op.create_table(
        "fund_entries",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("serial", types.Whole, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_fen", types.Whole, nullable=False),
        sa.Column("occurred_on", types.Day(), nullable=False),
        sa.Column("counterpart", types.text_of(60), nullable=False),
        sa.Column("purpose", types.text_of(200), nullable=False),
        sa.Column("voucher", types.text_of(40), nullable=False),
        sa.Column("paid_serial", types.Whole, nullable=True),
        sa.Column("reverses", types.Whole, nullable=True),
        sa.Column("transfer_sequence", types.Whole, nullable=False),
        sa.Column("balance_after_fen", types.Whole, nullable=False),
        sa.Column("booked_on", types.Day(), nullable=False),
        sa.Column("booked_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("submission_key", types.text_of(64), nullable=False),
        sa.CheckConstraint(
            "kind IN ('seed', 'party', 'company', 'donation', 'pairing', 'subsidy', 'opening', 'other_income', 'purchase', 'settlement', 'other_spending')",
            name=op.f("ck_fund_entries_kind"),
        ),
        sa.CheckConstraint("amount_fen BETWEEN 1 AND 1000000000", name=op.f("ck_fund_entries_amount_fen")),
        sa.CheckConstraint("balance_after_fen >= 0", name=op.f("ck_fund_entries_balance_after_fen")),
        sa.ForeignKeyConstraint(
            ["village_id", "reverses"],
            ["fund_entries.village_id", "fund_entries.serial"],
            name=op.f("fk_fund_entries_village_id_reverses"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "submission_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_fund_entries_village_id_submission_key"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "transfer_sequence"],
            ["transfers.village_id", "transfers.sequence"],
            name=op.f("fk_fund_entries_village_id_transfer_sequence"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_fund_entries_village_id")),
        sa.PrimaryKeyConstraint("village_id", "serial", name=op.f("pk_fund_entries")),
        sa.UniqueConstraint("village_id", "reverses", name=op.f("uq_fund_entries_village_id_reverses")),
        sa.UniqueConstraint(
            "village_id", "transfer_sequence", name=op.f("uq_fund_entries_village_id_transfer_sequence")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_fund_entries_village_id_booked_on"), "fund_entries", ["village_id", "booked_on"], unique=False
    )


def _make_donations() -> None:
    op.create_table(
        "donations",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("serial", types.Whole, autoincrement=False, nullable=False),
        sa.Column("gift", sa.Text(), nullable=False),
        sa.Column("what", types.text_of(400), nullable=False),
        sa.Column("value_fen", types.Whole, nullable=False),
        sa.Column("donor_kind", sa.Text(), nullable=False),
        sa.Column("donor_name", types.text_of(60), nullable=False),
        sa.Column("household_id", types.Whole, nullable=True),
        sa.Column("anonymous", types.Flag(), nullable=False),
        sa.Column("wish", types.text_of(200), nullable=False),
        sa.Column("condition", types.text_of(100), nullable=False),
        sa.Column("given_on", types.Day(), nullable=False),
        sa.Column("accepted_by", types.text_of(40), nullable=False),
        sa.Column("second_person", types.text_of(40), nullable=False),
        sa.Column("entry_serial", types.Whole, nullable=True),
        sa.Column("delivery_serial", types.Whole, nullable=True),
        sa.Column("accepted_on", types.Day(), nullable=False),
        sa.Column("accepted_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("submission_key", types.text_of(64), nullable=False),
        sa.Column("wish_heeded", types.Flag(), nullable=True),
        sa.Column("wish_note", types.text_of(200), nullable=False),
        sa.Column("claim_serial", types.Whole, nullable=True),
        sa.Column("cancelled_at", types.Moment(), nullable=True),
        sa.Column("cancelled_by", types.text_of(80), nullable=False),
        sa.Column("cancel_reason", types.text_of(200), nullable=False),
        sa.CheckConstraint("(cancelled_at IS NULL) = (cancelled_by = '')", name=op.f("ck_donations_cancelled")),
        sa.CheckConstraint(
            "(donor_kind = 'household') = (household_id IS NOT NULL)", name=op.f("ck_donations_household")
        ),
        sa.CheckConstraint("(gift = 'goods') = (delivery_serial IS NOT NULL)", name=op.f("ck_donations_delivery")),
        sa.CheckConstraint("(gift = 'money') = (entry_serial IS NOT NULL)", name=op.f("ck_donations_entry")),
        sa.CheckConstraint(
            "donor_kind IN ('household', 'person', 'company', 'unit')", name=op.f("ck_donations_donor_kind")
        ),
        sa.CheckConstraint("gift IN ('money', 'goods')", name=op.f("ck_donations_gift")),
        sa.CheckConstraint("accepted_by <> second_person", name=op.f("ck_donations_two_persons")),
        sa.CheckConstraint("value_fen BETWEEN 0 AND 1000000000", name=op.f("ck_donations_value_fen")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_donations_household_id")),
        sa.ForeignKeyConstraint(
            ["village_id", "entry_serial"],
            ["fund_entries.village_id", "fund_entries.serial"],
            name=op.f("fk_donations_village_id_entry_serial"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "submission_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_donations_village_id_submission_key"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_donations_village_id")),
        sa.PrimaryKeyConstraint("village_id", "serial", name=op.f("pk_donations")),
        sa.UniqueConstraint("village_id", "delivery_serial", name=op.f("uq_donations_village_id_delivery_serial")),
        sa.UniqueConstraint("village_id", "entry_serial", name=op.f("uq_donations_village_id_entry_serial")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_donations_household_id"), "donations", ["household_id"], unique=False)
    op.create_index(
        op.f("ix_donations_village_id_accepted_on"), "donations", ["village_id", "accepted_on"], unique=False
    )


def _make_subsidies() -> None:
    op.create_table(
        "subsidies",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("serial", types.Whole, autoincrement=False, nullable=False),
        sa.Column("first_period", types.text_of(7), nullable=False),
        sa.Column("last_period", types.text_of(7), nullable=False),
        sa.Column("points", types.Whole, nullable=False),
        sa.Column("points_per_yuan", types.Whole, nullable=False),
        sa.Column("amount_fen", types.Whole, nullable=False),
        sa.Column("applied_on", types.Day(), nullable=False),
        sa.Column("applied_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("submission_key", types.text_of(64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", types.text_of(200), nullable=False),
        sa.Column("answered_on", types.Day(), nullable=True),
        sa.Column("entry_serial", types.Whole, nullable=True),
        sa.CheckConstraint("(state = 'received') = (entry_serial IS NOT NULL)", name=op.f("ck_subsidies_entry")),
        sa.CheckConstraint(
            "length(first_period) = 7 AND substr(first_period, 5, 1) = '-'", name=op.f("ck_subsidies_first_period")
        ),
        sa.CheckConstraint(
            "length(last_period) = 7 AND substr(last_period, 5, 1) = '-'", name=op.f("ck_subsidies_last_period")
        ),
        sa.CheckConstraint("state IN ('applied', 'received', 'refused')", name=op.f("ck_subsidies_state")),
        sa.CheckConstraint("amount_fen BETWEEN 1 AND 1000000000", name=op.f("ck_subsidies_amount_fen")),
        sa.CheckConstraint("first_period <= last_period", name=op.f("ck_subsidies_periods")),
        sa.CheckConstraint("points >= 1", name=op.f("ck_subsidies_points")),
        sa.ForeignKeyConstraint(
            ["village_id", "entry_serial"],
            ["fund_entries.village_id", "fund_entries.serial"],
            name=op.f("fk_subsidies_village_id_entry_serial"),
        ),
        sa.ForeignKeyConstraint(
            ["village_id", "submission_key"],
            ["submissions.village_id", "submissions.key"],
            name=op.f("fk_subsidies_village_id_submission_key"),
        ),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_subsidies_village_id")),
        sa.PrimaryKeyConstraint("village_id", "serial", name=op.f("pk_subsidies")),
        sa.UniqueConstraint("village_id", "entry_serial", name=op.f("uq_subsidies_village_id_entry_serial")),
        sqlite_strict=True,
    )
