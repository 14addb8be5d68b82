"""The schema in which imports make and drop their staging tables."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("CREATE SCHEMA staging")
    op.execute("GRANT USAGE, CREATE ON SCHEMA staging TO huike_system")


def downgrade() -> None:
    op.execute("DROP SCHEMA staging CASCADE")
