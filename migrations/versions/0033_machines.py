"""API keys of machines, the messages they signed, their kept answers, and rate limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.fence import fence, grant

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("scopes", ARRAY(sa.String(length=32)), nullable=False),
        sa.Column("per_minute", sa.BigInteger(), nullable=False),
        sa.Column("secret_encrypted", sa.Text(), nullable=False),
        sa.Column("previous_encrypted", sa.Text(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("per_minute BETWEEN 1 AND 6000", name=op.f("ck_api_keys_per_minute")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_api_keys_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "made_by"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_api_keys_brand_id_made_by"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("brand_id", "public_id", name=op.f("uq_api_keys_brand_id_public_id")),
    )
    op.create_table(
        "seen_messages",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_seen_messages_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "key_id"],
            ["api_keys.brand_id", "api_keys.id"],
            name=op.f("fk_seen_messages_brand_id_key_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "key_id", "message_id", name=op.f("pk_seen_messages")),
    )
    op.create_index(op.f("ix_seen_messages_expires_at"), "seen_messages", ["expires_at"])
    op.create_table(
        "rate_buckets",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_rate_buckets_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "name", name=op.f("pk_rate_buckets")),
    )
    op.create_table(
        "kept_answers",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("client", sa.String(length=96), nullable=False),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("body_encrypted", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "client", "key", name=op.f("pk_kept_answers")),
    )
    op.create_index(op.f("ix_kept_answers_expires_at"), "kept_answers", ["expires_at"])
    fence("api_keys", "seen_messages", "rate_buckets")
    grant("kept_answers")


def downgrade() -> None:
    for table in ("kept_answers", "rate_buckets", "seen_messages", "api_keys"):
        op.drop_table(table)
