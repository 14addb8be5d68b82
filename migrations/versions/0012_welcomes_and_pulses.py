"""Welcomes that are due, and the pulse of processes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence, grant

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "pulses",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pulses")),
    )
    op.create_table(
        "welcomes",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("errcode", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_welcomes_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"],
            ["fans.brand_id", "fans.id"],
            name=op.f("fk_welcomes_brand_id_fan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_welcomes_brand_id_store_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_welcomes")),
    )
    op.create_index(
        "ix_welcomes_due", "welcomes", ["followed_at"], postgresql_where="state = 'due'"
    )
    op.create_index(
        op.f("ix_welcomes_brand_id_fan_id_followed_at"),
        "welcomes",
        ["brand_id", "fan_id", "followed_at"],
        unique=True,
    )
    fence("welcomes")
    grant("pulses")


def downgrade() -> None:
    op.drop_table("welcomes")
    op.drop_table("pulses")
