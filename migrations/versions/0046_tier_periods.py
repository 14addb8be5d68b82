"""Tiers that are kept for a period, granted and explained: growth, history, rights."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import fence

revision = "0046"
down_revision = "0045"

SEEN = ("member_tiers", "growth_entries")


def upgrade() -> None:
    op.add_column("tiers", sa.Column("rights", JSONB(), server_default="{}", nullable=False))
    for name in ("keeps_until", "granted_until", "review_at"):
        op.add_column("member_tiers", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_member_tiers_review_at",
        "member_tiers",
        ["review_at"],
        postgresql_where=sa.text("review_at IS NOT NULL"),
    )
    _growth()
    _steps()
    fence("growth_entries", "tier_steps")
    _carry_over()


def _growth() -> None:
    op.create_table(
        "growth_entries",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        *_keys("growth_entries"),
        sa.PrimaryKeyConstraint("brand_id", "key", name=op.f("pk_growth_entries")),
    )
    op.create_index(
        op.f("ix_growth_entries_brand_id_member_id_at"),
        "growth_entries",
        ["brand_id", "member_id", "at"],
    )


def _steps() -> None:
    op.create_table(
        "tier_steps",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("tier_id", sa.BigInteger(), nullable=False),
        sa.Column("from_tier_id", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("spent_fen", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("actor", sa.String(length=32), nullable=True),
        *_keys("tier_steps"),
        sa.ForeignKeyConstraint(
            ["brand_id", "tier_id"],
            ["tiers.brand_id", "tiers.id"],
            name=op.f("fk_tier_steps_brand_id_tier_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_tier_steps")),
    )
    op.create_index(
        op.f("ix_tier_steps_brand_id_member_id_at"), "tier_steps", ["brand_id", "member_id", "at"]
    )


def _keys(table: str) -> tuple[sa.ForeignKeyConstraint, sa.ForeignKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f(f"fk_{table}_brand_id_member_id"),
        ),
    )


def _carry_over() -> None:
    """What put members where they stand counts as one entry, of the day they came there."""
    for table in SEEN:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO growth_entries (brand_id, key, member_id, kind, at, fen)"
        " SELECT brand_id, 'carried:' || member_id, member_id, 'import', changed_at, spent_fen"
        " FROM member_tiers WHERE spent_fen <> 0"
    )
    for table in SEEN:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.drop_table("tier_steps")
    op.drop_table("growth_entries")
    op.drop_index("ix_member_tiers_review_at", "member_tiers")
    for name in ("review_at", "granted_until", "keeps_until"):
        op.drop_column("member_tiers", name)
    op.drop_column("tiers", "rights")
