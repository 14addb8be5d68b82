"""When a fan's unionid is to be asked for; the event of following does not carry it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("fans", sa.Column("unionid_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_fans_unionid_due",
        "fans",
        ["unionid_due_at"],
        postgresql_where="unionid_due_at IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_fans_unionid_due", table_name="fans")
    op.drop_column("fans", "unionid_due_at")
