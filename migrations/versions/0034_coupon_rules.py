"""What a batch's coupons give and ask, as data, and as it was when each coupon was issued."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations import sealing

revision = "0034"
down_revision = "0033"

PLAIN = """
UPDATE coupon_batches SET rule = CASE kind
    WHEN 'sample' THEN jsonb_build_object('gives',
        jsonb_build_object('kind', 'sample', 'name', name))
    ELSE jsonb_build_object('min_spend_fen', min_spend_fen, 'gives',
        jsonb_build_object('kind', 'amount', 'off_fen', value_fen))
    END || jsonb_build_object('version', 1, 'validity', jsonb_build_object('days', valid_days))
WHERE kind = 'sample' OR kind = 'amount' AND value_fen > 0
"""


def upgrade() -> None:
    op.add_column("coupon_batches", sa.Column("rule", JSONB(), nullable=True))
    op.add_column("coupons", sa.Column("rule", JSONB(), nullable=True))
    with sealing.rows_seen("coupon_batches"):
        op.execute(PLAIN)


def downgrade() -> None:
    op.drop_column("coupons", "rule")
    op.drop_column("coupon_batches", "rule")
