"""Import runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import fence

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "import_runs",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mapping_version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_import_runs_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_import_runs")),
    )
    op.create_index(
        op.f("ix_import_runs_brand_id_source_digest_mapping_version"),
        "import_runs",
        ["brand_id", "source", "digest", "mapping_version"],
        unique=False,
    )
    fence("import_runs")


def downgrade() -> None:
    op.drop_table("import_runs")
