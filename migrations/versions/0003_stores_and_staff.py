"""Stores, QR codes, staff and their sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence, grant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "login_attempts",
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_attempts")),
    )
    op.create_table(
        "regions",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_regions_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_regions")),
        sa.UniqueConstraint("brand_id", "name", name=op.f("uq_regions_brand_id_name")),
    )
    op.create_table(
        "staff",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=128), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("permission_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_staff_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_staff")),
        sa.UniqueConstraint("brand_id", "login", name=op.f("uq_staff_brand_id_login")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("face", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_staff_sessions_brand_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_sessions")),
    )
    op.create_table(
        "stores",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("region_id", sa.BigInteger(), nullable=True),
        sa.Column("board_seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "region_id"],
            ["regions.brand_id", "regions.id"],
            name=op.f("fk_stores_brand_id_region_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_stores_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_stores")),
        sa.UniqueConstraint("brand_id", "code", name=op.f("uq_stores_brand_id_code")),
    )
    op.create_table(
        "qr_codes",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("scene", sa.String(length=64), nullable=False),
        sa.Column("ticket", sa.String(length=256), nullable=True),
        sa.Column("url", sa.String(length=256), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wechat_accounts.id"], name=op.f("fk_qr_codes_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_qr_codes_brand_id_store_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_qr_codes_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_qr_codes")),
        sa.UniqueConstraint(
            "brand_id", "account_id", "scene", name=op.f("uq_qr_codes_brand_id_account_id_scene")
        ),
    )
    op.create_index(
        op.f("ix_qr_codes_brand_id_store_id"), "qr_codes", ["brand_id", "store_id"], unique=False
    )
    op.create_table(
        "staff_stores",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_staff_stores_brand_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_staff_stores_brand_id_store_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_staff_stores_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "staff_id", "store_id", name=op.f("pk_staff_stores")),
    )
    op.create_index(
        op.f("ix_staff_stores_brand_id_store_id"),
        "staff_stores",
        ["brand_id", "store_id"],
        unique=False,
    )
    fence("regions", "stores", "qr_codes", "staff", "staff_stores")
    grant("staff_sessions", "login_attempts")


def downgrade() -> None:
    op.drop_table("login_attempts")
    op.drop_table("staff_sessions")
    op.drop_table("staff_stores")
    op.drop_table("staff")
    op.drop_table("qr_codes")
    op.drop_table("stores")
    op.drop_table("regions")
