"""A guide's 联系我 at WeCom: its picture, when it was asked for, and her userid, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0075"
down_revision = "0074"


def upgrade() -> None:
    op.add_column("staff_bindings", sa.Column("name_encrypted", sa.Text(), nullable=True))
    op.create_table(
        "contact_ways",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("code_id", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_contact_ways_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "code_id"],
            ["qr_codes.brand_id", "qr_codes.id"],
            name=op.f("fk_contact_ways_brand_id_code_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "code_id", name=op.f("pk_contact_ways")),
    )
    op.create_index(
        "uq_qr_codes_friend",
        "qr_codes",
        ["brand_id", "staff_id", "store_id"],
        unique=True,
        postgresql_where="purpose = 'friend' AND retired_at IS NULL",
    )
    fence("contact_ways")


def downgrade() -> None:
    op.drop_index("uq_qr_codes_friend", "qr_codes")
    op.drop_table("contact_ways")
    op.drop_column("staff_bindings", "name_encrypted")
