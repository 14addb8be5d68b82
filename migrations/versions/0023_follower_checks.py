"""The daily reconciliation of followers, and whom it has met."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "follower_checks",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after", sa.String(length=64), nullable=False),
        sa.Column("listed", sa.BigInteger(), nullable=False),
        sa.Column("healed_follows", sa.BigInteger(), nullable=False),
        sa.Column("healed_leaves", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wechat_accounts.id"], name=op.f("fk_follower_checks_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_follower_checks_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_follower_checks")),
        sa.UniqueConstraint(
            "brand_id", "account_id", "on", name=op.f("uq_follower_checks_brand_id_account_id_on")
        ),
    )
    op.create_index(
        "ix_follower_checks_open",
        "follower_checks",
        ["due_at"],
        postgresql_where="finished_at IS NULL",
    )
    op.create_table(
        "listed_followers",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("check_id", sa.BigInteger(), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("is_asked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "check_id"],
            ["follower_checks.brand_id", "follower_checks.id"],
            name=op.f("fk_listed_followers_brand_id_check_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_listed_followers_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "check_id", "openid", name=op.f("pk_listed_followers")),
    )
    fence("follower_checks", "listed_followers")


def downgrade() -> None:
    op.drop_table("listed_followers")
    op.drop_table("follower_checks")
