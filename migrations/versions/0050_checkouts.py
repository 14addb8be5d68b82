"""Tills with a store of their own, who stands at them, and baskets whose price was promised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import fence

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_table(
        "presences",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=True),
        sa.Column("opened_by", sa.String(length=48), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(way = 'code') = (minute IS NOT NULL)", name=op.f("ck_presences_minute")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_presences_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_presences_brand_id_store_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_presences_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_presences")),
        sa.UniqueConstraint(
            "brand_id", "member_id", "minute", name=op.f("uq_presences_brand_id_member_id_minute")
        ),
        sa.UniqueConstraint("brand_id", "token", name=op.f("uq_presences_brand_id_token")),
    )
    op.create_index(op.f("ix_presences_opened_at"), "presences", ["opened_at"], unique=False)
    op.create_table(
        "checkouts",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_by", sa.String(length=48), nullable=False),
        sa.Column("is_offline", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("quote", JSONB(), nullable=False),
        sa.Column("payable_fen", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "order_id IS NULL OR state = 'settled'", name=op.f("ck_checkouts_settled")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_checkouts_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "order_id"],
            ["orders.brand_id", "orders.id"],
            name=op.f("fk_checkouts_brand_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_checkouts_brand_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_checkouts_brand_id_store_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_checkouts_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_checkouts")),
        sa.UniqueConstraint("brand_id", "order_id", name=op.f("uq_checkouts_brand_id_order_id")),
        sa.UniqueConstraint(
            "brand_id", "store_id", "key", name=op.f("uq_checkouts_brand_id_store_id_key")
        ),
    )
    op.create_index(
        op.f("ix_checkouts_brand_id_member_id_reserved_at"),
        "checkouts",
        ["brand_id", "member_id", "reserved_at"],
        unique=False,
    )
    op.add_column("api_keys", sa.Column("store_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_api_keys_brand_id_store_id"),
        "api_keys",
        "stores",
        ["brand_id", "store_id"],
        ["brand_id", "id"],
    )
    fence("presences", "checkouts")


def downgrade() -> None:
    op.drop_table("checkouts")
    op.drop_table("presences")
    op.drop_constraint(op.f("fk_api_keys_brand_id_store_id"), "api_keys", type_="foreignkey")
    op.drop_column("api_keys", "store_id")
