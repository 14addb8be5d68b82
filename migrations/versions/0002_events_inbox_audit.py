"""Inbox, events and their reactions, kept results, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import append_only, fence, grant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw_encrypted", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint(
            "account_id", "dedupe_key", name=op.f("uq_inbox_account_id_dedupe_key")
        ),
    )
    op.create_index(
        "ix_inbox_due", "inbox", ["due_at"], unique=False, postgresql_where="state = 'new'"
    )
    op.create_table(
        "kept_results",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("client", sa.String(length=96), nullable=False),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("value_encrypted", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "client", "key", name=op.f("pk_kept_results")),
    )
    op.create_table(
        "audit",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("detail", JSONB(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_audit_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "events",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("dedupe_key", sa.String(length=96), nullable=True),
        sa.Column("data", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_events_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_events")),
        sa.UniqueConstraint("brand_id", "dedupe_key", name=op.f("uq_events_brand_id_dedupe_key")),
    )
    op.create_index(
        op.f("ix_events_brand_id_fan_id_at"), "events", ["brand_id", "fan_id", "at"], unique=False
    )
    op.create_index(
        op.f("ix_events_brand_id_member_id_at"),
        "events",
        ["brand_id", "member_id", "at"],
        unique=False,
    )
    op.create_table(
        "reaction_work",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("reaction", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"],
            ["events.brand_id", "events.id"],
            name=op.f("fk_reaction_work_brand_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_reaction_work_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "event_id", "reaction", name=op.f("pk_reaction_work")),
    )
    op.create_index(
        "ix_reaction_work_due",
        "reaction_work",
        ["due_at"],
        unique=False,
        postgresql_where="state = 'due'",
    )
    fence("events", "reaction_work", "audit")
    grant("inbox", "kept_results")
    append_only("audit")


def downgrade() -> None:
    op.drop_table("audit")
    op.drop_table("kept_results")
    op.drop_table("reaction_work")
    op.drop_table("events")
    op.drop_table("inbox")
