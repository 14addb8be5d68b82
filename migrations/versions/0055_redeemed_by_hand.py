"""What a guide redeemed by hand finds the sale that its till tells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"

BY_HAND = "is_by_hand AND order_id IS NULL AND state = 'settled'"


def upgrade() -> None:
    op.add_column(
        "checkouts",
        sa.Column("is_by_hand", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("checkouts", sa.Column("receipt_no", sa.String(length=32), nullable=True))
    op.execute("ALTER TABLE checkouts NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE checkouts SET is_by_hand = true WHERE opened_by LIKE 'staff:%'")
    op.execute("ALTER TABLE checkouts FORCE ROW LEVEL SECURITY")
    op.alter_column("checkouts", "is_by_hand", server_default=None)
    op.drop_constraint(op.f("uq_checkouts_brand_id_order_id"), "checkouts")
    op.create_index(
        "uq_checkouts_brand_id_order_id",
        "checkouts",
        ["brand_id", "order_id"],
        unique=True,
        postgresql_where=sa.text("NOT is_by_hand"),
    )
    op.create_index(op.f("ix_checkouts_brand_id_order_id"), "checkouts", ["brand_id", "order_id"])
    op.create_index(
        "ix_checkouts_open_by_hand",
        "checkouts",
        ["brand_id", "store_id", "ended_at"],
        postgresql_where=sa.text(BY_HAND),
    )


def downgrade() -> None:
    op.drop_index("ix_checkouts_open_by_hand", "checkouts")
    op.drop_index(op.f("ix_checkouts_brand_id_order_id"), "checkouts")
    op.drop_index("uq_checkouts_brand_id_order_id", "checkouts")
    op.create_unique_constraint(
        op.f("uq_checkouts_brand_id_order_id"), "checkouts", ["brand_id", "order_id"]
    )
    op.drop_column("checkouts", "receipt_no")
    op.drop_column("checkouts", "is_by_hand")
