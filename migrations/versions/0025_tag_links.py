"""Our tags as WeChat keeps them, with the last comparison."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "tag_links",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("wechat_tag_id", sa.BigInteger(), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("here", sa.BigInteger(), nullable=False),
        sa.Column("there", sa.BigInteger(), nullable=False),
        sa.Column("only_here", sa.BigInteger(), nullable=False),
        sa.Column("only_there", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wechat_accounts.id"], name=op.f("fk_tag_links_account_id")
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_tag_links_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "tag_id"],
            ["tags.brand_id", "tags.id"],
            name=op.f("fk_tag_links_brand_id_tag_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "account_id", "tag_id", name=op.f("pk_tag_links")),
    )
    fence("tag_links")


def downgrade() -> None:
    op.drop_table("tag_links")
