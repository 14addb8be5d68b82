"""Who put a push on the schedule, and who else let it go out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"

BY = ("asked_by_id", "approved_by_id")


def upgrade() -> None:
    for column in BY:
        op.add_column("pushes", sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_pushes_brand_id_{column}"),
            "pushes",
            "staff",
            ["brand_id", column],
            ["brand_id", "id"],
        )
    op.add_column("pushes", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_pushes_somebody_else"), "pushes", "approved_by_id <> asked_by_id"
    )
    op.create_check_constraint(
        op.f("ck_pushes_is_asked"), "pushes", "state <> 'waiting' OR asked_by_id IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_pushes_is_asked"), "pushes")
    op.drop_constraint(op.f("ck_pushes_somebody_else"), "pushes")
    op.drop_column("pushes", "asked_at")
    for column in BY:
        op.drop_column("pushes", column)
