"""Tries at proving that one is somebody, counted for an hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "binding_tries",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key_index", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_binding_tries_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_binding_tries")),
    )
    op.create_index(
        op.f("ix_binding_tries_brand_id_key_index_at"),
        "binding_tries",
        ["brand_id", "key_index", "at"],
    )
    op.create_index(op.f("ix_binding_tries_at"), "binding_tries", ["at"])
    fence("binding_tries")


def downgrade() -> None:
    op.drop_table("binding_tries")
