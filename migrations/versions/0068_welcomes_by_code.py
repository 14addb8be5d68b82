"""Which code a welcome answers, and finding the visits of a code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"


def upgrade() -> None:
    op.add_column("welcomes", sa.Column("code_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_welcomes_brand_id_code_id"),
        "welcomes",
        "qr_codes",
        ["brand_id", "code_id"],
        ["brand_id", "id"],
    )
    op.create_index(
        op.f("ix_visits_brand_id_qr_code_id_scanned_at"),
        "visits",
        ["brand_id", "qr_code_id", "scanned_at"],
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_visits_brand_id_qr_code_id_scanned_at"), "visits")
    op.drop_column("welcomes", "code_id")
