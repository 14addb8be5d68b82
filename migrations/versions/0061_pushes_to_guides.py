"""Whom a push could not reach is handed to her guide, where the push says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    op.add_column(
        "pushes",
        sa.Column("is_for_guides_too", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("push_runs", sa.Column("handed_to", sa.BigInteger(), nullable=True))
    op.add_column("push_runs", sa.Column("handed_count", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_push_runs_to_hand",
        "push_runs",
        ["id"],
        postgresql_where=sa.text("handed_to IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_push_runs_to_hand", "push_runs")
    op.drop_column("push_runs", "handed_count")
    op.drop_column("push_runs", "handed_to")
    op.drop_column("pushes", "is_for_guides_too")
