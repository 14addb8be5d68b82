"""How many people a batch of tasks is for: what is seen of it is progress."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0079"


def upgrade() -> None:
    op.add_column("task_batches", sa.Column("people", sa.BigInteger(), nullable=True))
    op.execute("ALTER TABLE task_batches NO FORCE ROW LEVEL SECURITY")  # of every brand
    op.execute("UPDATE task_batches SET people = seen")  # of earlier ones nobody counted more
    op.execute("ALTER TABLE task_batches FORCE ROW LEVEL SECURITY")
    op.alter_column("task_batches", "people", nullable=False)
    op.create_check_constraint(op.f("ck_task_batches_people"), "task_batches", "seen <= people")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_task_batches_people"), "task_batches")
    op.drop_column("task_batches", "people")
