"""Guides sign in by WeChat's or WeCom's word: who is bound to whom, rounds that are under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence, grant

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "staff_bindings",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("name_index", sa.String(length=64), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        *_belongs("staff_bindings"),
        sa.PrimaryKeyConstraint("brand_id", "staff_id", "way", name=op.f("pk_staff_bindings")),
        sa.UniqueConstraint(
            "brand_id", "way", "name_index", name=op.f("uq_staff_bindings_brand_id_way_name_index")
        ),
    )
    op.create_table(
        "sign_in_rounds",
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *_belongs("sign_in_rounds"),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_sign_in_rounds")),
    )
    op.create_table(
        "wecom_corps",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("corp_id", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.String(length=16), nullable=False),
        sa.Column("secret_encrypted", sa.Text(), nullable=False),
        sa.Column("token_encrypted", sa.Text(), nullable=True),
        sa.Column("token_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_wecom_corps_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_wecom_corps")),
        sa.UniqueConstraint("corp_id", name=op.f("uq_wecom_corps_corp_id")),
    )
    fence("staff_bindings")
    grant("sign_in_rounds", "wecom_corps")


def _belongs(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f(f"fk_{table}_brand_id_staff_id"),
        ),
    ]


def downgrade() -> None:
    for table in ("wecom_corps", "sign_in_rounds", "staff_bindings"):
        op.drop_table(table)
