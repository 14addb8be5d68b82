"""Batches with limits on claims, campaigns with budgets, and what a pack holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0041"
down_revision = "0040"

LIMITS = ("per_person", "per_phone", "per_person_day", "per_day", "per_guide_month")
MOMENTS = ("claim_from", "claim_until", "created_at", "stopped_at", "revoked_at")
ENOUGH = "LEAST(per_person, per_phone, per_person_day, per_day, per_guide_month) >= 1"


def upgrade() -> None:
    for name in ("fen", "count"):
        taken = sa.Column(f"taken_{name}", sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("coupon_campaigns", taken)
        op.alter_column("coupon_campaigns", f"taken_{name}", server_default=None)
        op.add_column("coupon_campaigns", sa.Column(f"budget_{name}", sa.BigInteger()))
    _within("money", "fen")
    _within("count", "count")
    for name in LIMITS:
        op.add_column("coupon_batches", sa.Column(name, sa.BigInteger()))
    for name in MOMENTS:
        op.add_column("coupon_batches", sa.Column(name, sa.DateTime(timezone=True)))
    op.add_column("coupon_batches", sa.Column("claim_code", sa.String(16)))
    op.add_column("coupon_batches", sa.Column("pack_sku", sa.String(64)))
    key = op.f("uq_coupon_batches_brand_id_claim_code")
    op.create_unique_constraint(key, "coupon_batches", ["brand_id", "claim_code"])
    _check("coupon_batches", "limits", ENOUGH)
    _check("coupon_batches", "claim_dates", "claim_until > claim_from")
    _add_parts()


def _within(name: str, what: str) -> None:
    taken, budget = f"taken_{what}", f"budget_{what}"
    rule = f"{taken} >= 0 AND ({budget} IS NULL OR {taken} <= {budget})"
    _check("coupon_campaigns", f"within_{name}", rule)


def _check(table: str, name: str, rule: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


def _add_parts() -> None:
    op.create_table(
        "coupon_pack_parts",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("pack_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("pack_id <> batch_id", name=op.f("ck_coupon_pack_parts_not_itself")),
        sa.CheckConstraint("quantity BETWEEN 1 AND 20", name=op.f("ck_coupon_pack_parts_quantity")),
        *(_of_batch(name) for name in ("batch_id", "pack_id")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_coupon_pack_parts_brand_id")
        ),
        sa.PrimaryKeyConstraint(
            "brand_id", "pack_id", "batch_id", name=op.f("pk_coupon_pack_parts")
        ),
    )
    fence("coupon_pack_parts")


def _of_batch(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        ["coupon_batches.brand_id", "coupon_batches.id"],
        name=op.f(f"fk_coupon_pack_parts_brand_id_{column}"),
    )


def downgrade() -> None:
    op.drop_table("coupon_pack_parts")
    for name in ("claim_dates", "limits"):
        op.drop_constraint(op.f(f"ck_coupon_batches_{name}"), "coupon_batches")
    op.drop_constraint(op.f("uq_coupon_batches_brand_id_claim_code"), "coupon_batches")
    for name in (*LIMITS, *MOMENTS, "claim_code", "pack_sku"):
        op.drop_column("coupon_batches", name)
    for name in ("fen", "count"):
        op.drop_column("coupon_campaigns", f"taken_{name}")  # its check goes with it
        op.drop_column("coupon_campaigns", f"budget_{name}")
