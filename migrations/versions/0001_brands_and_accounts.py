"""Brands and their WeChat accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import grant

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "brands",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("color", sa.String(length=7), nullable=False),
        sa.Column("zone", sa.String(length=32), nullable=False),
        sa.Column("settings", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brands")),
        sa.UniqueConstraint("slug", name=op.f("uq_brands_slug")),
    )
    op.create_table(
        "wechat_accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("appid", sa.String(length=32), nullable=False),
        sa.Column("original_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("url_key", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("secret_encrypted", sa.Text(), nullable=False),
        sa.Column("callback_token_encrypted", sa.Text(), nullable=False),
        sa.Column("aes_key_encrypted", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_wechat_accounts_brand_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_accounts")),
        sa.UniqueConstraint("appid", name=op.f("uq_wechat_accounts_appid")),
        sa.UniqueConstraint("url_key", name=op.f("uq_wechat_accounts_url_key")),
    )
    op.create_index(
        op.f("ix_wechat_accounts_brand_id"), "wechat_accounts", ["brand_id"], unique=False
    )
    op.create_table(
        "access_tokens",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("token_encrypted", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wechat_accounts.id"], name=op.f("fk_access_tokens_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_access_tokens")),
    )
    grant("brands", "wechat_accounts", "access_tokens")


def downgrade() -> None:
    op.drop_table("access_tokens")
    op.drop_table("wechat_accounts")
    op.drop_table("brands")
