"""The points ledger and the tiers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import append_only, fence

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "tiers",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("spend_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_tiers_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_tiers")),
        sa.UniqueConstraint("brand_id", "rank", name=op.f("uq_tiers_brand_id_rank")),
    )
    op.create_table(
        "member_tiers",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("tier_id", sa.BigInteger(), nullable=False),
        sa.Column("spent_fen", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_member_tiers_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "tier_id"],
            ["tiers.brand_id", "tiers.id"],
            name=op.f("fk_member_tiers_brand_id_tier_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_member_tiers_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "member_id", name=op.f("pk_member_tiers")),
    )
    op.create_table(
        "points_accounts",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind = 'issued' OR balance >= 0", name=op.f("ck_points_accounts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f("fk_points_accounts_brand_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_points_accounts_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_points_accounts")),
        sa.UniqueConstraint(
            "brand_id",
            "member_id",
            "kind",
            name=op.f("uq_points_accounts_brand_id_member_id_kind"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "points_transfers",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("debit_id", sa.BigInteger(), nullable=False),
        sa.Column("credit_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_points_transfers_positive")),
        sa.ForeignKeyConstraint(
            ["brand_id", "credit_id"],
            ["points_accounts.brand_id", "points_accounts.id"],
            name=op.f("fk_points_transfers_brand_id_credit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "debit_id"],
            ["points_accounts.brand_id", "points_accounts.id"],
            name=op.f("fk_points_transfers_brand_id_debit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_points_transfers_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_points_transfers")),
    )
    op.create_index(
        op.f("ix_points_transfers_brand_id_credit_id_at"),
        "points_transfers",
        ["brand_id", "credit_id", "at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_points_transfers_brand_id_debit_id_at"),
        "points_transfers",
        ["brand_id", "debit_id", "at"],
        unique=False,
    )
    fence("points_accounts", "points_transfers", "tiers", "member_tiers")
    append_only("points_transfers")


def downgrade() -> None:
    op.drop_table("member_tiers")
    op.drop_table("tiers")
    op.drop_table("points_transfers")
    op.drop_table("points_accounts")
