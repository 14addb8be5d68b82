"""What members share, and who came by it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0054"
down_revision = "0053"

TABLES = ("member_shares", "share_friends")


def upgrade() -> None:
    op.create_table(
        "member_shares",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        *_belongs("member_shares", members="member_id"),
        sa.PrimaryKeyConstraint("brand_id", "member_id", name=op.f("pk_member_shares")),
        sa.UniqueConstraint("brand_id", "token", name=op.f("uq_member_shares_brand_id_token")),
    )
    op.create_table(
        "share_friends",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        *_belongs("share_friends", fans="fan_id", members="member_id"),
        sa.PrimaryKeyConstraint("brand_id", "fan_id", name=op.f("pk_share_friends")),
    )
    op.create_index(
        op.f("ix_share_friends_brand_id_member_id"), "share_friends", ["brand_id", "member_id"]
    )
    fence(*TABLES)


def _belongs(table: str, **others: str) -> list[sa.ForeignKeyConstraint]:
    brand = sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id"))
    return [brand] + [
        sa.ForeignKeyConstraint(
            ["brand_id", column],
            [f"{other}.brand_id", f"{other}.id"],
            name=op.f(f"fk_{table}_brand_id_{column}"),
        )
        for other, column in others.items()
    ]


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
