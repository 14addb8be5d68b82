"""What tills without a network promised twice, and what they say of a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import fence

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    op.create_table(
        "till_days",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("told", JSONB(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_till_days_brand_id_store_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_till_days_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_till_days")),
        sa.UniqueConstraint(
            "brand_id", "store_id", "day", name=op.f("uq_till_days_brand_id_store_id_day")
        ),
    )
    op.create_index(
        op.f("ix_till_days_brand_id_day"), "till_days", ["brand_id", "day"], unique=False
    )
    op.create_table(
        "till_conflicts",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("lost_key", sa.String(length=96), nullable=False),
        sa.Column("lost_store_id", sa.BigInteger(), nullable=False),
        sa.Column("lost_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lost_fen", sa.BigInteger(), nullable=False),
        sa.Column("won_store_id", sa.BigInteger(), nullable=True),
        sa.Column("won_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("lost_fen >= 0", name=op.f("ck_till_conflicts_lost")),
        sa.ForeignKeyConstraint(
            ["brand_id", "coupon_id"],
            ["coupons.brand_id", "coupons.id"],
            name=op.f("fk_till_conflicts_brand_id_coupon_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "lost_store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_till_conflicts_brand_id_lost_store_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_till_conflicts_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "seen_by"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_till_conflicts_brand_id_seen_by"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "won_store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_till_conflicts_brand_id_won_store_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_till_conflicts_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_till_conflicts")),
        sa.UniqueConstraint(
            "brand_id", "kind", "lost_key", name=op.f("uq_till_conflicts_brand_id_kind_lost_key")
        ),
    )
    op.create_index(
        op.f("ix_till_conflicts_brand_id_found_at"),
        "till_conflicts",
        ["brand_id", "found_at"],
        unique=False,
    )
    fence("till_conflicts", "till_days")


def downgrade() -> None:
    op.drop_table("till_days")
    op.drop_table("till_conflicts")
