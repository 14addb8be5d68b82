"""Longer days for coupons that are out already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    op.create_table(
        "coupon_extensions",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("with_expired", sa.Boolean(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_to", sa.BigInteger(), nullable=False),
        sa.Column("extended", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("extended >= 0", name=op.f("ck_coupon_extensions_extended")),
        sa.ForeignKeyConstraint(
            ["brand_id", "batch_id"],
            ["coupon_batches.brand_id", "coupon_batches.id"],
            name=op.f("fk_coupon_extensions_brand_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "asked_by_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_coupon_extensions_brand_id_asked_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_coupon_extensions_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_coupon_extensions")),
    )
    op.create_index(
        op.f("ix_coupon_extensions_brand_id_batch_id"),
        "coupon_extensions",
        ["brand_id", "batch_id"],
    )
    op.create_index(
        "ix_coupon_extensions_open",
        "coupon_extensions",
        ["id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    fence("coupon_extensions")


def downgrade() -> None:
    op.drop_table("coupon_extensions")
