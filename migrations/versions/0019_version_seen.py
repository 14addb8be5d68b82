"""Every process may see which revision the database is at; only the owner changes it."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("GRANT SELECT ON alembic_version TO huike_app, huike_system")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON alembic_version FROM huike_app, huike_system")
