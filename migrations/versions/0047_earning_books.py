"""Earning rules as data: books that follow one another and are never edited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import append_only, fence

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.create_table(
        "earning_books",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rules", JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_earning_books_version")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_earning_books_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "version", name=op.f("pk_earning_books")),
    )
    op.create_index(
        op.f("ix_earning_books_brand_id_starts_at"), "earning_books", ["brand_id", "starts_at"]
    )
    fence("earning_books")
    append_only("earning_books")


def downgrade() -> None:
    op.drop_table("earning_books")
