"""Which code named her to a till without a network, and when it was scanned there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    op.add_column("checkouts", sa.Column("code_minute", sa.BigInteger(), nullable=True))
    op.add_column("checkouts", sa.Column("code_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_checkouts_code"), "checkouts", "(code_minute IS NULL) = (code_at IS NULL)"
    )
    op.create_index(
        "ix_checkouts_code",
        "checkouts",
        ["brand_id", "member_id", "code_minute"],
        postgresql_where=sa.text("code_minute IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_checkouts_code", "checkouts")
    op.drop_constraint(op.f("ck_checkouts_code"), "checkouts")
    op.drop_column("checkouts", "code_at")
    op.drop_column("checkouts", "code_minute")
