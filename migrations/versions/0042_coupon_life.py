"""A use is reserved before it is redeemed; every step of a coupon is kept and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import sealing
from migrations.fence import append_only, fence

revision = "0042"
down_revision = "0041"

STEPS = "coupon_steps"
UNDONE = "(state IN ('voided', 'lapsed', 'rolled_back')) = (undone_at IS NOT NULL)"
# What was known before steps were kept: each issue, each use, each use taken back.
KNOWN = (
    "UPDATE redemptions SET state = 'rolled_back' WHERE undone_at IS NOT NULL",
    "INSERT INTO coupon_steps (brand_id, coupon_id, at, to_step, by, fen)"
    " SELECT brand_id, id, issued_at, 'issued', 'rule', 0 FROM coupons ORDER BY id",
    "INSERT INTO coupon_steps (brand_id, coupon_id, redemption_id, at, from_step, to_step, by,"
    " store_id, order_id, fen)"
    " SELECT brand_id, coupon_id, id, redeemed_at, 'issued', 'redeemed',"
    " COALESCE('staff:' || staff_id, 'import'), store_id, order_id, 0 FROM redemptions ORDER BY id",
    "INSERT INTO coupon_steps (brand_id, coupon_id, redemption_id, at, from_step, to_step, by,"
    " store_id, order_id, fen)"
    " SELECT brand_id, coupon_id, id, undone_at, 'redeemed', 'rolled_back',"
    " COALESCE('staff:' || staff_id, 'import'), store_id, order_id, 0 FROM redemptions"
    " WHERE undone_at IS NOT NULL ORDER BY id",
    "UPDATE coupon_campaigns AS c SET taken_count = b.issued FROM (SELECT brand_id, campaign_id,"
    " sum(issued) AS issued FROM coupon_batches GROUP BY brand_id, campaign_id) AS b"
    " WHERE b.brand_id = c.brand_id AND b.campaign_id = c.id",
)


def upgrade() -> None:
    _number("coupons", "held")
    op.add_column("coupons", sa.Column("held_until", sa.DateTime(timezone=True)))
    op.add_column("coupons", sa.Column("revoked_at", sa.DateTime(timezone=True)))
    _check("coupons", "within_used", "held BETWEEN 0 AND used")
    _check("coupons", "held_has_end", "(held > 0) = (held_until IS NOT NULL)")
    state = sa.Column("state", sa.String(16), nullable=False, server_default="redeemed")
    op.add_column("redemptions", state)
    op.alter_column("redemptions", "state", server_default=None)
    op.add_column("redemptions", sa.Column("order_ref", sa.String(96)))
    op.add_column("redemptions", sa.Column("reserved_until", sa.DateTime(timezone=True)))
    _number("redemptions", "discount_fen")
    _number("redemptions", "refunded_fen")
    _check("redemptions", "within_discount", "refunded_fen BETWEEN 0 AND discount_fen")
    _check("redemptions", "has_end", "state <> 'reserved' OR reserved_until IS NOT NULL")
    _add_steps()
    with sealing.rows_seen("coupons", "redemptions", "coupon_batches", "coupon_campaigns", STEPS):
        for statement in KNOWN:
            op.execute(statement)
    _check("redemptions", "undone", UNDONE)
    open_ones = "state = 'reserved'"
    op.create_index(
        "ix_redemptions_due", "redemptions", ["reserved_until"], postgresql_where=open_ones
    )
    append_only(STEPS)


def _number(table: str, name: str) -> None:
    column = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
    op.add_column(table, column)
    op.alter_column(table, name, server_default=None)


def _check(table: str, name: str, rule: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


def _add_steps() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        STEPS,
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("coupon_id", sa.BigInteger(), nullable=False),
        sa.Column("redemption_id", sa.BigInteger(), nullable=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("from_step", sa.String(16), nullable=True),
        sa.Column("to_step", sa.String(16), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.String(96), nullable=True),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        *(_to(table) for table in ("coupons", "redemptions", "orders", "stores")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{STEPS}_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f(f"pk_{STEPS}")),
    )
    op.create_index(op.f(f"ix_{STEPS}_brand_id_coupon_id"), STEPS, ["brand_id", "coupon_id"])
    op.create_index(
        "uq_coupon_steps_reference",
        STEPS,
        ["brand_id", "redemption_id", "reference"],
        unique=True,
        postgresql_where="to_step = 'partly_refunded'",
    )
    fence(STEPS)


def _to(table: str) -> sa.ForeignKeyConstraint:
    column = f"{table.removesuffix('s')}_id"
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{table}.brand_id", f"{table}.id"],
        name=op.f(f"fk_{STEPS}_brand_id_{column}"),
    )


def downgrade() -> None:
    op.drop_table(STEPS)
    op.drop_index("ix_redemptions_due", "redemptions")
    op.drop_constraint(op.f("ck_redemptions_undone"), "redemptions")
    for name in ("discount_fen", "refunded_fen", "reserved_until", "order_ref", "state"):
        op.drop_column("redemptions", name)  # their checks go with them
    for name in ("revoked_at", "held_until", "held"):
        op.drop_column("coupons", name)
