"""What is bought together and by the same people: counts, pairs, neighbours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0053"
down_revision = "0052"

TABLES = ("insight_counts", "product_pairs", "product_neighbours")


def upgrade() -> None:
    op.create_table(
        "insight_counts",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(length=8), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_to", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        _brand("insight_counts"),
        sa.PrimaryKeyConstraint("brand_id", "basis", "store_id", name=op.f("pk_insight_counts")),
    )
    op.create_index(
        op.f("ix_insight_counts_due_at"),
        "insight_counts",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "product_pairs",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        _product("product_a"),
        _product("product_b"),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("n_a", "n_b", "n_ab")),
        sa.CheckConstraint("product_a < product_b", name=op.f("ck_product_pairs_once")),
        sa.CheckConstraint(
            "n_ab BETWEEN 1 AND least(n_a, n_b)", name=op.f("ck_product_pairs_counts")
        ),
        _brand("product_pairs"),
        sa.PrimaryKeyConstraint(
            "brand_id", "store_id", "product_a", "product_b", name=op.f("pk_product_pairs")
        ),
    )
    op.create_index(
        op.f("ix_product_pairs_brand_id_store_id_product_b"),
        "product_pairs",
        ["brand_id", "store_id", "product_b"],
    )
    op.create_table(
        "product_neighbours",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        _product("product"),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        _product("neighbour"),
        sa.Column("n_product", sa.BigInteger(), nullable=False),
        sa.Column("n_neighbour", sa.BigInteger(), nullable=False),
        sa.Column("n_both", sa.BigInteger(), nullable=False),
        sa.Column("cosine", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "n_both BETWEEN 1 AND least(n_product, n_neighbour)",
            name=op.f("ck_product_neighbours_counts"),
        ),
        sa.CheckConstraint("cosine BETWEEN 0 AND 10000", name=op.f("ck_product_neighbours_cosine")),
        _brand("product_neighbours"),
        sa.PrimaryKeyConstraint("brand_id", "product", "place", name=op.f("pk_product_neighbours")),
    )
    fence(*TABLES)


def _product(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=128, collation="C"), nullable=False)


def _brand(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id"))


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
