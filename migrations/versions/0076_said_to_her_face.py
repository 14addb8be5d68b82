"""Scripts for who stands in the store: said also to fans who are no members, counted for boards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"

COUNTS = ("uses", "trials", "wins")


def upgrade() -> None:
    op.alter_column("scripts", "situation", type_=sa.String(length=12))
    for name in COUNTS:
        op.add_column(
            "scripts", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        )
    op.add_column("scripts", sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_scripts_counts"), "scripts", "0 <= wins AND wins <= trials AND trials <= uses"
    )
    op.alter_column("script_uses", "member_id", nullable=True)
    op.add_column("script_uses", sa.Column("fan_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_script_uses_brand_id_fan_id"),
        "script_uses",
        "fans",
        ["brand_id", "fan_id"],
        ["brand_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_script_uses_whom"), "script_uses", "(member_id IS NULL) <> (fan_id IS NULL)"
    )
    op.create_index(
        "ix_script_uses_fan",
        "script_uses",
        ["brand_id", "fan_id"],
        postgresql_where=sa.text("fan_id IS NOT NULL"),
    )


def downgrade() -> None:
    """What was said to fans has nobody to stand under, and what is for the store no situation."""
    op.execute("ALTER TABLE script_uses NO FORCE ROW LEVEL SECURITY")  # of every brand
    op.execute("DELETE FROM script_uses WHERE member_id IS NULL")
    op.execute("ALTER TABLE script_uses FORCE ROW LEVEL SECURITY")
    op.drop_column("script_uses", "fan_id")
    op.alter_column("script_uses", "member_id", nullable=False)
    for name in (*COUNTS, "counted_at"):
        op.drop_column("scripts", name)
    op.execute("ALTER TABLE scripts NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE scripts SET is_on = false, situation = 'news' WHERE length(situation) > 8")
    op.execute("ALTER TABLE scripts FORCE ROW LEVEL SECURITY")
    op.alter_column("scripts", "situation", type_=sa.String(length=8))
