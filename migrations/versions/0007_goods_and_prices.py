"""Prices with the day from which they hold and everyone that was set, photos, services, seasons."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

from pointsbank.foundation import chain, clock
from pointsbank.foundation import database as types
from pointsbank.foundation.schema import statements_of

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

PRICES = sa.table(
    "good_prices",
    sa.column("village_id", types.Whole),
    sa.column("sequence", types.Whole),
    sa.column("good_serial", types.Whole),
    sa.column("points_price", types.Whole),
    sa.column("effective_on", types.Day()),
    sa.column("set_at", types.Moment()),
    sa.column("actor", types.text_of(80)),
    sa.column("previous_digest", sa.LargeBinary()),
    sa.column("digest", sa.LargeBinary()),
)
HEADS = sa.table(
    "chain_heads",
    sa.column("place_id", types.Whole),
    sa.column("name", types.text_of(20)),
    sa.column("sequence", types.Whole),
    sa.column("digest", sa.LargeBinary()),
)
GOODS = sa.table(
    "goods",
    sa.column("village_id", types.Whole),
    sa.column("serial", types.Whole),
    sa.column("points_price", types.Whole),
    sa.column("created_at", types.Moment()),
)
PLACES = sa.table("places", sa.column("id", types.Whole), sa.column("code", types.text_of(40)))
CHAIN, ACTOR = "prices", "system"


def upgrade() -> None:
    """Add the columns and tables; what each good costs becomes the first price in its history."""
    _add_columns()
    _make_tables()
    _begin_histories()
    for statement in statements_of(Path(__file__).with_suffix(f".{op.get_bind().dialect.name}.sql")):
        op.get_bind().exec_driver_sql(statement)


def _add_columns() -> None:
    for column in (
        sa.Column("next_price", types.Whole, sa.CheckConstraint("next_price >= 1", name=op.f("ck_goods_next_price"))),
        sa.Column(
            "next_price_on",
            types.Day(),
            sa.CheckConstraint("(next_price IS NULL) = (next_price_on IS NULL)", name=op.f("ck_goods_next_price_on")),
        ),
        sa.Column("is_service", types.Flag(), server_default=sa.false(), nullable=False),
        sa.Column("provider", types.text_of(40), server_default="", nullable=False),
        sa.Column("service_on", types.Day()),
        sa.Column("season_from", types.text_of(5)),
        sa.Column(
            "season_to",
            types.text_of(5),
            sa.CheckConstraint("(season_from IS NULL) = (season_to IS NULL)", name=op.f("ck_goods_season")),
        ),
        sa.Column("photo_digest", types.text_of(16), server_default="", nullable=False),
    ):
        op.add_column("goods", column)


def _make_tables() -> None:
    op.create_table(
        "good_prices",
        sa.Column("village_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("sequence", types.Whole, autoincrement=False, nullable=False),
        sa.Column("good_serial", types.Whole, nullable=False),
        sa.Column("points_price", types.Whole, nullable=False),
        sa.Column("effective_on", types.Day(), nullable=False),
        sa.Column("set_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("points_price >= 1", name=op.f("ck_good_prices_points_price")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_good_prices_village_id")),
        sa.PrimaryKeyConstraint("village_id", "sequence", name=op.f("pk_good_prices")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_good_prices_village_id_good_serial"), "good_prices", ["village_id", "good_serial"])
    op.create_table(
        "good_photos",
        sa.Column("good_id", types.Whole, autoincrement=False, nullable=False),
        sa.Column("village_id", types.Whole, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("taken_in_at", types.Moment(), nullable=False),
        sa.Column("actor", types.text_of(80), nullable=False),
        sa.ForeignKeyConstraint(["good_id"], ["goods.id"], name=op.f("fk_good_photos_good_id")),
        sa.ForeignKeyConstraint(["village_id"], ["places.id"], name=op.f("fk_good_photos_village_id")),
        sa.PrimaryKeyConstraint("good_id", name=op.f("pk_good_photos")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_good_photos_village_id"), "good_photos", ["village_id"])


def _begin_histories() -> None:
    """One price for each good, holding from the day it was added, chained as market.prices does it today."""
    bind, now = op.get_bind(), clock.now()
    heads: dict[int, tuple[int, bytes]] = {}
    rows = []
    goods = (
        sa.select(GOODS, PLACES.c.code)
        .join(PLACES, PLACES.c.id == GOODS.c.village_id)
        .order_by(GOODS.c.village_id, GOODS.c.serial)
    )
    for good in bind.execute(goods):
        before, previous = heads.get(good.village_id, (0, chain.GENESIS))
        sequence, day = before + 1, clock.day_of(good.created_at)
        digest = chain.link(CHAIN, previous, (sequence, good.code, good.serial, good.points_price, day, now, ACTOR))
        heads[good.village_id] = (sequence, digest)
        rows.append(
            {
                "village_id": good.village_id,
                "sequence": sequence,
                "good_serial": good.serial,
                "points_price": good.points_price,
                "effective_on": day,
                "set_at": now,
                "actor": ACTOR,
                "previous_digest": previous,
                "digest": digest,
            }
        )
    if rows:
        bind.execute(sa.insert(PRICES), rows)
        bind.execute(
            sa.insert(HEADS),
            [
                {"place_id": village_id, "name": CHAIN, "sequence": sequence, "digest": digest}
                for village_id, (sequence, digest) in heads.items()
            ],
        )
