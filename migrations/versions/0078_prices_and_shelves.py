"""What goods cost and how many stand in a store, where another system tells it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0078"
down_revision = "0077"

OTHERS = (("stores", "store_id"), ("products", "product_id"))


def upgrade() -> None:
    op.add_column("products", sa.Column("price_fen", sa.BigInteger(), nullable=True))
    op.add_column("products", sa.Column("priced_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_products_price"), "products", "price_fen >= 0")
    op.create_check_constraint(
        op.f("ck_products_priced"), "products", "(price_fen IS NULL) = (priced_at IS NULL)"
    )
    op.create_index(op.f("ix_products_brand_id_name"), "products", ["brand_id", "name"])
    op.create_table(
        "shelf_stocks",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for _, column in OTHERS),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_shelf_stocks_brand_id")),
        *(_to(table, column) for table, column in OTHERS),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_shelf_stocks_on_hand")),
        sa.PrimaryKeyConstraint("brand_id", "store_id", "product_id", name=op.f("pk_shelf_stocks")),
    )
    fence("shelf_stocks")


def _to(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{table}.brand_id", f"{table}.id"],
        name=op.f(f"fk_shelf_stocks_brand_id_{column}"),
    )


def downgrade() -> None:
    op.drop_table("shelf_stocks")
    op.drop_index(op.f("ix_products_brand_id_name"), "products")
    for name in ("ck_products_priced", "ck_products_price"):
        op.drop_constraint(op.f(name), "products")
    op.drop_column("products", "priced_at")
    op.drop_column("products", "price_fen")
