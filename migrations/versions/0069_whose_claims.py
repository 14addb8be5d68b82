"""Finding whom a guide looks after when her shift ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"


def upgrade() -> None:
    op.create_index(
        op.f("ix_visits_claimed"),
        "visits",
        ["brand_id", "claimed_by_id"],
        postgresql_where=sa.text("state = 'claimed'"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_visits_claimed"), "visits")
