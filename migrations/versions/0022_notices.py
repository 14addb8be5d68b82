"""Service notices by template, each a delivery of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0022"
down_revision = "0021"


def _columns() -> list[sa.Column[object]]:
    moment = sa.DateTime(timezone=True)
    return [
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("content_encrypted", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first_try_at", moment, nullable=True),
        sa.Column("is_in_doubt", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("errcode", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", moment, nullable=True),
    ]


def upgrade() -> None:
    op.create_table(
        "notices",
        *_columns(),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_notices_brand_id")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wechat_accounts.id"], name=op.f("fk_notices_account_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_notices")),
    )
    op.create_index(
        op.f("ix_notices_brand_id_subject"), "notices", ["brand_id", "subject"], unique=True
    )
    op.create_index(
        "ix_notices_due", "notices", ["account_id", "due_at"], postgresql_where="state = 'due'"
    )
    op.create_index(
        "ix_notices_calling", "notices", ["lease_until"], postgresql_where="state = 'calling'"
    )
    op.create_index("ix_notices_message", "notices", ["brand_id", "account_id", "message_id"])
    fence("notices")


def downgrade() -> None:
    op.drop_table("notices")
