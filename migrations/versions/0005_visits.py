"""Visits: scans in stores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=False),
        sa.Column("qr_code_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("claimed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("greeted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sample_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "claimed_by_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_visits_brand_id_claimed_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"],
            ["fans.brand_id", "fans.id"],
            name=op.f("fk_visits_brand_id_fan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "qr_code_id"],
            ["qr_codes.brand_id", "qr_codes.id"],
            name=op.f("fk_visits_brand_id_qr_code_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "store_id"],
            ["stores.brand_id", "stores.id"],
            name=op.f("fk_visits_brand_id_store_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_visits_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_visits")),
    )
    op.create_index(
        op.f("ix_visits_brand_id_fan_id_scanned_at"),
        "visits",
        ["brand_id", "fan_id", "scanned_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_visits_brand_id_store_id_scanned_at"),
        "visits",
        ["brand_id", "store_id", "scanned_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_visits_brand_id_store_id_seq"),
        "visits",
        ["brand_id", "store_id", "seq"],
        unique=True,
    )
    fence("visits")


def downgrade() -> None:
    op.drop_table("visits")
