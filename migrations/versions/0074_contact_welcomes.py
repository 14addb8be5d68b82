"""The welcome that each WeCom customer gets within twenty seconds, at most once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0074"
down_revision = "0073"


def upgrade() -> None:
    op.create_table(
        "contact_welcomes",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("errcode", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_contact_welcomes_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wechat_accounts.id"], name=op.f("fk_contact_welcomes_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["inbox.id"], name=op.f("fk_contact_welcomes_message_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_contact_welcomes")),
        sa.UniqueConstraint(
            "brand_id", "message_id", name=op.f("uq_contact_welcomes_brand_id_message_id")
        ),
    )
    for state, column in (("due", "due_at"), ("calling", "told_at")):
        op.create_index(
            f"ix_contact_welcomes_{state}",
            "contact_welcomes",
            [column],
            postgresql_where=f"state = '{state}'",
        )
    op.create_index(
        op.f("ix_contact_welcomes_brand_id_told_at"), "contact_welcomes", ["brand_id", "told_at"]
    )
    fence("contact_welcomes")


def downgrade() -> None:
    op.drop_table("contact_welcomes")
