"""What a pack owes when what lies in it had run out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.create_table(
        "coupon_promises",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pack_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=48), nullable=False),
        sa.Column("by", sa.String(length=48), nullable=False),
        sa.Column("refusal", sa.String(length=32), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("coupon_id", sa.BigInteger(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kept_at IS NULL) = (coupon_id IS NULL)", name=op.f("ck_coupon_promises_kept")
        ),
        sa.CheckConstraint(
            "kept_at IS NULL OR dropped_at IS NULL", name=op.f("ck_coupon_promises_one_end")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "pack_id"],
            ["coupons.brand_id", "coupons.id"],
            name=op.f("fk_coupon_promises_brand_id_pack_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "coupon_id"],
            ["coupons.brand_id", "coupons.id"],
            name=op.f("fk_coupon_promises_brand_id_coupon_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "batch_id"],
            ["coupon_batches.brand_id", "coupon_batches.id"],
            name=op.f("fk_coupon_promises_brand_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_coupon_promises_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_coupon_promises_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_coupon_promises")),
        sa.UniqueConstraint(
            "brand_id",
            "pack_id",
            "batch_id",
            "reason",
            name=op.f("uq_coupon_promises_brand_id_pack_id_batch_id_reason"),
        ),
    )
    op.create_index(
        "ix_coupon_promises_open",
        "coupon_promises",
        ["brand_id", "batch_id", "due_at"],
        postgresql_where=sa.text("kept_at IS NULL AND dropped_at IS NULL"),
    )
    fence("coupon_promises")


def downgrade() -> None:
    op.drop_table("coupon_promises")
