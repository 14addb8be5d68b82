"""Counters that keep claims within their limits, and codes by their hash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "coupon_counts",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.String(12), nullable=False),
        sa.Column("who_index", sa.String(64), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("n BETWEEN 0 AND cap", name=op.f("ck_coupon_counts_within_cap")),
        *_foreign("coupon_counts", "coupon_batches", "batch_id"),
        sa.PrimaryKeyConstraint(
            "brand_id", "batch_id", "scope", "who_index", "period", name=op.f("pk_coupon_counts")
        ),
    )
    index = op.f("ix_coupon_counts_brand_id_who_index")
    op.create_index(index, "coupon_counts", ["brand_id", "who_index"])
    op.create_table(
        "coupon_codes",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        *_foreign("coupon_codes", "coupon_batches", "batch_id"),
        sa.ForeignKeyConstraint(
            ["brand_id", "coupon_id"],
            ["coupons.brand_id", "coupons.id"],
            name=op.f("fk_coupon_codes_brand_id_coupon_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "code_hash", name=op.f("pk_coupon_codes")),
    )
    for column in ("batch_id", "coupon_id"):
        index = op.f(f"ix_coupon_codes_brand_id_{column}")
        op.create_index(index, "coupon_codes", ["brand_id", column])
    fence("coupon_counts", "coupon_codes")


def _foreign(table: str, to: str, column: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["brand_id", column],
            [f"{to}.brand_id", f"{to}.id"],
            name=op.f(f"fk_{table}_brand_id_{column}"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
    )


def downgrade() -> None:
    op.drop_table("coupon_codes")
    op.drop_table("coupon_counts")
