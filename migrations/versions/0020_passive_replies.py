"""Rules of passive replies, and the reply that a message was answered with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("inbox", sa.Column("reply_encrypted", sa.Text(), nullable=True))
    op.create_table(
        "reply_rules",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("words", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_reply_rules_brand_id")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wechat_accounts.id"], name=op.f("fk_reply_rules_account_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_reply_rules")),
    )
    op.create_index(
        "ix_reply_rules_account", "reply_rules", ["account_id"], postgresql_where="is_on"
    )
    fence("reply_rules")


def downgrade() -> None:
    op.drop_table("reply_rules")
    op.drop_column("inbox", "reply_encrypted")
