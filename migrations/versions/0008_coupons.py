"""Coupon campaigns, batches, coupons, samples, redemptions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "coupon_campaigns",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("is_randomised", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_coupon_campaigns_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_coupon_campaigns")),
        sa.UniqueConstraint("brand_id", "code", name=op.f("uq_coupon_campaigns_brand_id_code")),
    )
    op.create_table(
        "coupon_batches",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("value_fen", sa.BigInteger(), nullable=False),
        sa.Column("min_spend_fen", sa.BigInteger(), nullable=False),
        sa.Column("valid_days", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "issued BETWEEN 0 AND stock", name=op.f("ck_coupon_batches_within_stock")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"],
            ["coupon_campaigns.brand_id", "coupon_campaigns.id"],
            name=op.f("fk_coupon_batches_brand_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_coupon_batches_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_coupon_batches")),
        sa.UniqueConstraint("brand_id", "code", name=op.f("uq_coupon_batches_brand_id_code")),
    )
    op.create_table(
        "coupon_batch_products",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "batch_id"],
            ["coupon_batches.brand_id", "coupon_batches.id"],
            name=op.f("fk_coupon_batch_products_brand_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "product_id"],
            ["products.brand_id", "products.id"],
            name=op.f("fk_coupon_batch_products_brand_id_product_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_coupon_batch_products_brand_id")
        ),
        sa.PrimaryKeyConstraint(
            "brand_id", "batch_id", "product_id", name=op.f("pk_coupon_batch_products")
        ),
    )
    op.create_table(
        "store_samples",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("left_count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("left_count >= 0", name=op.f("ck_store_samples_not_negative")),
        sa.ForeignKeyConstraint(
            ["brand_id", "batch_id"],
            ["coupon_batches.brand_id", "coupon_batches.id"],
            name=op.f("fk_store_samples_brand_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_store_samples_brand_id_store_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_store_samples_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "batch_id", "store_id", name=op.f("pk_store_samples")),
    )
    op.create_table(
        "coupon_targets",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "campaign_id"],
            ["coupon_campaigns.brand_id", "coupon_campaigns.id"],
            name=op.f("fk_coupon_targets_brand_id_campaign_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_coupon_targets_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_coupon_targets_brand_id")
        ),
        sa.PrimaryKeyConstraint(
            "brand_id", "campaign_id", "member_id", name=op.f("pk_coupon_targets")
        ),
    )
    op.create_table(
        "coupons",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=48), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.CheckConstraint("used BETWEEN 0 AND uses", name=op.f("ck_coupons_within_uses")),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_coupons_dates")),
        sa.ForeignKeyConstraint(
            ["brand_id", "batch_id"],
            ["coupon_batches.brand_id", "coupon_batches.id"],
            name=op.f("fk_coupons_brand_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_coupons_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_coupons_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_coupons")),
        sa.UniqueConstraint(
            "brand_id",
            "member_id",
            "batch_id",
            "reason",
            name=op.f("uq_coupons_brand_id_member_id_batch_id_reason"),
        ),
    )
    op.create_index(
        op.f("ix_coupons_brand_id_batch_id"), "coupons", ["brand_id", "batch_id"], unique=False
    )
    op.create_table(
        "redemptions",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("store_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "coupon_id"],
            ["coupons.brand_id", "coupons.id"],
            name=op.f("fk_redemptions_brand_id_coupon_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "order_id"],
            ["orders.brand_id", "orders.id"],
            name=op.f("fk_redemptions_brand_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_redemptions_brand_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_redemptions_brand_id_store_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_redemptions_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("brand_id", "key", name=op.f("uq_redemptions_brand_id_key")),
    )
    op.create_index(
        op.f("ix_redemptions_brand_id_coupon_id"),
        "redemptions",
        ["brand_id", "coupon_id"],
        unique=False,
    )
    fence(
        "coupon_campaigns",
        "coupon_targets",
        "coupon_batches",
        "coupon_batch_products",
        "store_samples",
        "coupons",
        "redemptions",
    )


def downgrade() -> None:
    op.drop_table("redemptions")
    op.drop_table("coupons")
    op.drop_table("store_samples")
    op.drop_table("coupon_batch_products")
    op.drop_table("coupon_batches")
    op.drop_table("coupon_targets")
    op.drop_table("coupon_campaigns")
