"""What a brand decided about its points, version by version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import append_only, fence

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    op.create_table(
        "points_policies",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy", JSONB(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_points_policies_version")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_points_policies_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "version", name=op.f("pk_points_policies")),
    )
    fence("points_policies")
    append_only("points_policies")


def downgrade() -> None:
    op.drop_table("points_policies")
