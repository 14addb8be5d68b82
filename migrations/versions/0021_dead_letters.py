"""Which dead letters were tried again, and quick ways to what is dead or unknown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

DEAD = "state = 'dead' OR replayed_at IS NOT NULL"


def upgrade() -> None:
    for table in ("inbox", "reaction_work"):
        op.add_column(table, sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True))
        op.create_index(f"ix_{table}_dead", table, ["brand_id"], postgresql_where=DEAD)
    op.create_index(
        "ix_events_other", "events", ["brand_id", "at"], postgresql_where="name = 'wechat.other'"
    )


def downgrade() -> None:
    op.drop_index("ix_events_other", "events")
    for table in ("inbox", "reaction_work"):
        op.drop_index(f"ix_{table}_dead", table)
        op.drop_column(table, "replayed_at")
