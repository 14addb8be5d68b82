"""What a member earned and what she was given by hand, side by side: neither ends the other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    for name in ("earned_tier_id", "granted_tier_id"):
        op.add_column("member_tiers", sa.Column(name, sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_member_tiers_brand_id_{name}"),
            "member_tiers",
            "tiers",
            ["brand_id", name],
            ["brand_id", "id"],
        )
    op.execute("ALTER TABLE member_tiers NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE member_tiers SET earned_tier_id = tier_id,"
        " granted_tier_id = CASE WHEN granted_until IS NOT NULL THEN tier_id END"
    )
    op.execute("ALTER TABLE member_tiers FORCE ROW LEVEL SECURITY")
    op.alter_column("member_tiers", "earned_tier_id", nullable=False)


def downgrade() -> None:
    for name in ("granted_tier_id", "earned_tier_id"):
        op.drop_column("member_tiers", name)
