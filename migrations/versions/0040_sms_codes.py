"""Codes sent by SMS: the last one of each phone, as a keyed hash."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_table(
        "sms_codes",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tries <= 5", name=op.f("ck_sms_codes_tries")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_sms_codes_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "phone_index", name=op.f("pk_sms_codes")),
    )
    op.create_index(op.f("ix_sms_codes_expires_at"), "sms_codes", ["expires_at"])
    fence("sms_codes")


def downgrade() -> None:
    op.drop_table("sms_codes")
