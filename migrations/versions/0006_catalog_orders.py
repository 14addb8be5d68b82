"""Products, orders, order lines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sku", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=True),
        sa.Column("category", sa.String(length=64), nullable=True),
        sa.Column("package", sa.String(length=64), nullable=True),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_products_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_products")),
        sa.UniqueConstraint("brand_id", "sku", name=op.f("uq_products_brand_id_sku")),
    )
    op.create_table(
        "orders",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("order_no", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("list_fen", sa.BigInteger(), nullable=False),
        sa.Column("coupon_fen", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_orders_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_orders_brand_id_store_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_orders_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_orders")),
        sa.UniqueConstraint(
            "brand_id", "source", "order_no", name=op.f("uq_orders_brand_id_source_order_no")
        ),
    )
    op.create_index(
        op.f("ix_orders_brand_id_member_id_paid_at"),
        "orders",
        ["brand_id", "member_id", "paid_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_orders_brand_id_store_id_paid_at"),
        "orders",
        ["brand_id", "store_id", "paid_at"],
        unique=False,
    )
    op.create_table(
        "order_lines",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("list_fen", sa.BigInteger(), nullable=False),
        sa.Column("retail_discount_fen", sa.BigInteger(), nullable=False),
        sa.Column("coupon_fen", sa.BigInteger(), nullable=False),
        sa.Column("coupon_match_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "order_id"],
            ["orders.brand_id", "orders.id"],
            name=op.f("fk_order_lines_brand_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "product_id"],
            ["products.brand_id", "products.id"],
            name=op.f("fk_order_lines_brand_id_product_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_order_lines_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "order_id", "line_no", name=op.f("pk_order_lines")),
    )
    fence("products", "orders", "order_lines")


def downgrade() -> None:
    op.drop_table("order_lines")
    op.drop_table("orders")
    op.drop_table("products")
