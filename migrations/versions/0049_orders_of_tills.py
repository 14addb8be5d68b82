"""Orders as tills tell them: payments, guides, returns, corrections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import append_only, fence

revision = "0049"
down_revision = "0048"

COUNTED = {
    "orders": ("returned_fen", "shipping_fen", "points", "points_fen", "revision"),
    "order_lines": ("points_fen", "returned_quantity", "returned_fen"),
}
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table, names in COUNTED.items():
        for name in names:
            op.add_column(
                table, sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
            )
    op.add_column(
        "orders", sa.Column("state", sa.String(length=16), nullable=False, server_default="paid")
    )
    op.add_column("orders", sa.Column("staff_id", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("digest", sa.String(length=64), nullable=True))
    op.add_column("orders", sa.Column("recorded_at", MOMENT, nullable=True))
    op.create_foreign_key(
        op.f("fk_orders_brand_id_staff_id"),
        "orders",
        "staff",
        ["brand_id", "staff_id"],
        ["brand_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_orders_returned"), "orders", "returned_fen BETWEEN 0 AND greatest(paid_fen, 0)"
    )
    op.create_check_constraint(
        op.f("ck_order_lines_returned_quantity"),
        "order_lines",
        "returned_quantity BETWEEN 0 AND greatest(quantity, 0)",
    )
    op.create_check_constraint(
        op.f("ck_order_lines_returned_fen"),
        "order_lines",
        "returned_fen BETWEEN 0 AND greatest(paid_fen, 0)",
    )
    _payments()
    _returns()
    _corrections()
    fence("order_payments", "order_returns", "order_return_lines", "order_corrections")
    append_only("order_corrections")


def _payments() -> None:
    op.create_table(
        "order_payments",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("fen > 0", name=op.f("ck_order_payments_positive")),
        *_of_brand("order_payments"),
        _belongs_to("order_payments", "orders", "order_id"),
        sa.PrimaryKeyConstraint("brand_id", "order_id", "number", name=op.f("pk_order_payments")),
    )


def _returns() -> None:
    op.create_table(
        "order_returns",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("return_no", sa.String(length=40), nullable=False),
        sa.Column("order_no", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("returned_at", MOMENT, nullable=False),
        sa.Column("refund_fen", sa.BigInteger(), nullable=False),
        sa.Column("is_bound", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "(state = 'applied') = (order_id IS NOT NULL)", name=op.f("ck_order_returns_applied")
        ),
        sa.CheckConstraint("refund_fen >= 0", name=op.f("ck_order_returns_refund")),
        *_of_brand("order_returns"),
        _belongs_to("order_returns", "orders", "order_id"),
        _belongs_to("order_returns", "stores", "store_id"),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_order_returns")),
        sa.UniqueConstraint(
            "brand_id",
            "source",
            "return_no",
            name=op.f("uq_order_returns_brand_id_source_return_no"),
        ),
    )
    op.create_index(
        op.f("ix_order_returns_brand_id_store_id_returned_at"),
        "order_returns",
        ["brand_id", "store_id", "returned_at"],
    )
    op.create_index(
        "ix_order_returns_waiting",
        "order_returns",
        ["brand_id", "source", "order_no"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "order_return_lines",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("line_no", sa.SmallInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_return_lines_quantity")),
        *_of_brand("order_return_lines"),
        _belongs_to("order_return_lines", "order_returns", "return_id"),
        sa.PrimaryKeyConstraint(
            "brand_id", "return_id", "line_no", name=op.f("pk_order_return_lines")
        ),
    )


def _corrections() -> None:
    op.create_table(
        "order_corrections",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.Column("corrected_at", MOMENT, nullable=False),
        *_of_brand("order_corrections"),
        _belongs_to("order_corrections", "orders", "order_id"),
        sa.PrimaryKeyConstraint(
            "brand_id", "order_id", "revision", name=op.f("pk_order_corrections")
        ),
    )


def _of_brand(table: str) -> list[sa.ForeignKeyConstraint]:
    name = op.f(f"fk_{table}_brand_id")
    return [sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=name)]


def _belongs_to(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{other}.brand_id", f"{other}.id"],
        name=op.f(f"fk_{table}_brand_id_{column}"),
    )


def downgrade() -> None:
    for table in ("order_corrections", "order_return_lines", "order_returns", "order_payments"):
        op.drop_table(table)
    for name in ("returned_quantity", "returned_fen"):
        op.drop_constraint(op.f(f"ck_order_lines_{name}"), "order_lines")
    op.drop_constraint(op.f("ck_orders_returned"), "orders")
    op.drop_constraint(op.f("fk_orders_brand_id_staff_id"), "orders", type_="foreignkey")
    for name in ("state", "staff_id", "digest", "recorded_at"):
        op.drop_column("orders", name)
    for table, names in COUNTED.items():
        for name in names:
            op.drop_column(table, name)
