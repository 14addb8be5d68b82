"""What a guide's code is for, and by whose code a fan first came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"


def upgrade() -> None:
    op.add_column(
        "qr_codes",
        sa.Column("purpose", sa.String(length=8), nullable=False, server_default="follow"),
    )
    op.add_column("qr_codes", sa.Column("claim_code", sa.String(length=16), nullable=True))
    op.create_check_constraint(
        op.f("ck_qr_codes_coupon"), "qr_codes", "(purpose = 'coupon') = (claim_code IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("ck_qr_codes_whose"), "qr_codes", "kind <> 'guide' OR staff_id IS NOT NULL"
    )
    op.create_index(
        op.f("ix_qr_codes_staff"),
        "qr_codes",
        ["brand_id", "staff_id"],
        postgresql_where=sa.text("staff_id IS NOT NULL"),
    )
    op.add_column("fans", sa.Column("guide_code_id", sa.BigInteger(), nullable=True))
    op.add_column("fans", sa.Column("guide_code_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_fans_brand_id_guide_code_id"),
        "fans",
        "qr_codes",
        ["brand_id", "guide_code_id"],
        ["brand_id", "id"],
    )
    op.create_index(
        op.f("ix_fans_guide_code"),
        "fans",
        ["brand_id", "guide_code_id"],
        postgresql_where=sa.text("guide_code_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_column("fans", "guide_code_at")
    op.drop_column("fans", "guide_code_id")
    op.drop_index(op.f("ix_qr_codes_staff"), "qr_codes")
    op.drop_constraint(op.f("ck_qr_codes_whose"), "qr_codes")
    op.drop_column("qr_codes", "claim_code")
    op.drop_column("qr_codes", "purpose")
