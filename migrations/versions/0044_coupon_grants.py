"""Giving a batch to many: one row a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0044"
down_revision = "0043"

ISSUED = "(state = 'issued') = (coupon_id IS NOT NULL)"
REFUSED = "(state = 'refused') = (refusal IS NOT NULL)"


def upgrade() -> None:
    op.create_table(
        "coupon_grants",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(48), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("chosen_to", sa.BigInteger(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *_foreign("coupon_grants", batch_id="coupon_batches", tag_id="tags"),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_coupon_grants")),
    )
    index = op.f("ix_coupon_grants_brand_id_batch_id")
    op.create_index(index, "coupon_grants", ["brand_id", "batch_id"])
    is_open = "state IN ('choosing', 'issuing')"
    op.create_index("ix_coupon_grants_open", "coupon_grants", ["id"], postgresql_where=is_open)
    op.create_table(
        "coupon_grant_rows",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("refusal", sa.String(24), nullable=True),
        sa.Column("coupon_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(ISSUED, name=op.f("ck_coupon_grant_rows_issued_has_coupon")),
        sa.CheckConstraint(REFUSED, name=op.f("ck_coupon_grant_rows_refused_has_reason")),
        *_foreign(
            "coupon_grant_rows", grant_id="coupon_grants", member_id="members", coupon_id="coupons"
        ),
        sa.PrimaryKeyConstraint(
            "brand_id", "grant_id", "member_id", name=op.f("pk_coupon_grant_rows")
        ),
    )
    columns = ["brand_id", "grant_id", "member_id"]
    op.create_index(
        "ix_coupon_grant_rows_planned",
        "coupon_grant_rows",
        columns,
        postgresql_where="state = 'planned'",
    )
    fence("coupon_grants", "coupon_grant_rows")


def _foreign(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    own = sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id"))
    return [own] + [
        sa.ForeignKeyConstraint(
            ["brand_id", column],
            [f"{to}.brand_id", f"{to}.id"],
            name=op.f(f"fk_{table}_brand_id_{column}"),
        )
        for column, to in columns.items()
    ]


def downgrade() -> None:
    op.drop_table("coupon_grant_rows")
    op.drop_table("coupon_grants")
