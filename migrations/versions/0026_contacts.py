"""Calls, messages and mails of other systems, on the member's timeline."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=True),
        sa.Column("duration_seconds", sa.BigInteger(), nullable=True),
        sa.Column("recording_url", sa.Text(), nullable=True),
        sa.Column("text_encrypted", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("duration_seconds >= 0", name=op.f("ck_contacts_duration")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_contacts_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_contacts_brand_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_contacts")),
        sa.UniqueConstraint(
            "brand_id", "source", "key", name=op.f("uq_contacts_brand_id_source_key")
        ),
    )
    op.create_index(
        op.f("ix_contacts_brand_id_member_id_at_id"),
        "contacts",
        ["brand_id", "member_id", "at", "id"],
    )
    fence("contacts")


def downgrade() -> None:
    op.drop_table("contacts")
