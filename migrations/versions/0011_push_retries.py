"""What a batch needs to be tried again: its month, its doubt, its next try."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

UNCLAIMED = "state = 'planned' AND batch_id IS NULL"
OPEN = "state IN ('calling', 'planned')"


def upgrade() -> None:
    op.add_column("push_batches", sa.Column("month", sa.String(length=7), nullable=False))
    op.add_column("push_batches", sa.Column("is_in_doubt", sa.Boolean(), nullable=False))
    op.add_column("push_batches", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_push_batches_lease", table_name="push_batches")
    op.create_index(
        "ix_push_batches_open",
        "push_batches",
        ["brand_id", "run_id"],
        unique=False,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_deliveries_unclaimed",
        "deliveries",
        ["brand_id", "run_id", "fan_id"],
        unique=False,
        postgresql_where=UNCLAIMED,
    )


def downgrade() -> None:
    op.drop_index("ix_deliveries_unclaimed", table_name="deliveries")
    op.drop_index("ix_push_batches_open", table_name="push_batches")
    op.create_index(
        "ix_push_batches_lease",
        "push_batches",
        ["lease_until"],
        unique=False,
        postgresql_where="state = 'calling'",
    )
    for name in ("retry_at", "is_in_doubt", "month"):
        op.drop_column("push_batches", name)
