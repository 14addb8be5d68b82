"""Regions that a region manager looks after: her stores are whatever stands in them today."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "staff_regions",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("region_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id", "region_id"],
            ["regions.brand_id", "regions.id"],
            name=op.f("fk_staff_regions_brand_id_region_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "staff_id"],
            ["staff.brand_id", "staff.id"],
            name=op.f("fk_staff_regions_brand_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_staff_regions_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "staff_id", "region_id", name=op.f("pk_staff_regions")),
    )
    fence("staff_regions")


def downgrade() -> None:
    op.drop_table("staff_regions")
