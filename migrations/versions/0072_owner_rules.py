"""Whose customer she is, by versioned rules of the brand; and a rule applied to everybody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import append_only, fence

revision = "0072"
down_revision = "0071"


def upgrade() -> None:
    op.create_table(
        "owner_rules",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("steps", JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_owner_rules_version")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_owner_rules_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "version", name=op.f("pk_owner_rules")),
    )
    fence("owner_rules")
    append_only("owner_rules")
    _moves()


def _moves() -> None:
    op.add_column("owner_moves", sa.Column("rule_version", sa.BigInteger(), nullable=True))
    op.add_column(
        "owner_moves", sa.Column("reached", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_foreign_key(
        op.f("fk_owner_moves_brand_id_rule_version"),
        "owner_moves",
        "owner_rules",
        ["brand_id", "rule_version"],
        ["brand_id", "version"],
    )
    op.create_check_constraint(
        op.f("ck_owner_moves_rule"), "owner_moves", "(kind = 'rule') = (rule_version IS NOT NULL)"
    )
    op.create_index(
        "uq_owner_moves_rule",
        "owner_moves",
        ["brand_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'rule' AND state = 'running'"),
    )


def downgrade() -> None:
    op.drop_index("uq_owner_moves_rule", "owner_moves")
    op.drop_column("owner_moves", "rule_version")
    op.drop_column("owner_moves", "reached")
    op.drop_table("owner_rules")
