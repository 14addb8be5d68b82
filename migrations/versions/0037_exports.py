"""Lists that somebody takes away, and the sealed pieces of their files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import fence

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("form", sa.String(length=4), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("filters", JSONB(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("session_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("written >= 0 AND expected >= 0", name=op.f("ck_exports_counts")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_exports_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_exports_brand_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_due", "exports", ["brand_id"], postgresql_where="state = 'due'")
    op.create_index(
        op.f("ix_exports_brand_id_staff_id_asked_at"),
        "exports",
        ["brand_id", "staff_id", "asked_at"],
    )
    op.create_table(
        "export_pieces",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("export_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("piece_encrypted", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_export_pieces_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "export_id"],
            ["exports.brand_id", "exports.id"],
            name=op.f("fk_export_pieces_brand_id_export_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "export_id", "number", name=op.f("pk_export_pieces")),
    )
    fence("exports", "export_pieces")


def downgrade() -> None:
    op.drop_table("export_pieces")
    op.drop_table("exports")
