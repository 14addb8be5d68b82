"""Order lines belong to a brand through their order (docs/decisions/0002)."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.drop_constraint("fk_order_lines_brand_id", "order_lines", type_="foreignkey")


def downgrade() -> None:
    op.create_foreign_key("fk_order_lines_brand_id", "order_lines", "brands", ["brand_id"], ["id"])
