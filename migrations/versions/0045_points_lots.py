"""Points that ripen, lapse, are owed and put aside: lots, holds, and what orders earned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0045"
down_revision = "0044"

SEEN = ("points_accounts", "points_lots")
RIPE, NEVER = "1970-01-01 00:00:00+00", "9999-01-01 00:00:00+00"


def upgrade() -> None:
    _lots()
    _orders()
    _holds()
    op.create_index(
        op.f("ix_points_transfers_brand_id_reference"),
        "points_transfers",
        ["brand_id", "reference"],
    )
    op.create_check_constraint(
        op.f("ck_points_transfers_two_sides"), "points_transfers", "debit_id <> credit_id"
    )
    fence("points_lots", "order_points", "points_refunds", "points_holds", "points_draws")
    _carry_over()


def _lots() -> None:
    op.create_table(
        "points_lots",
        *_of_member(),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ripens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "remaining >= 0 AND remaining <= amount", name=op.f("ck_points_lots_left")
        ),
        *_keys("points_lots"),
        sa.PrimaryKeyConstraint(
            "brand_id", "member_id", "lapses_at", "ripens_at", name=op.f("pk_points_lots")
        ),
    )
    op.create_index(
        "ix_points_lots_ripening",
        "points_lots",
        ["ripens_at"],
        postgresql_where=sa.text(f"remaining > 0 AND ripens_at > '{RIPE}'"),
    )
    op.create_index(
        "ix_points_lots_lapsing",
        "points_lots",
        ["lapses_at"],
        postgresql_where=sa.text(f"remaining > 0 AND lapses_at < '{NEVER}'"),
    )


def _orders() -> None:
    op.create_table(
        "order_points",
        *_of_member(),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("clawed_back", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "clawed_back >= 0 AND clawed_back <= earned", name=op.f("ck_order_points_clawed_back")
        ),
        *_keys("order_points"),
        sa.PrimaryKeyConstraint("brand_id", "order_id", name=op.f("pk_order_points")),
    )
    op.create_table(
        "points_refunds",
        *_of_member(),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("points_refunds"),
        sa.PrimaryKeyConstraint("brand_id", "order_id", "key", name=op.f("pk_points_refunds")),
    )


def _holds() -> None:
    op.create_table(
        "points_holds",
        *_of_member(),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("given_back", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_points_holds_positive")),
        sa.CheckConstraint(
            "given_back >= 0 AND given_back <= amount", name=op.f("ck_points_holds_given_back")
        ),
        *_keys("points_holds"),
        sa.PrimaryKeyConstraint("brand_id", "key", name=op.f("pk_points_holds")),
    )
    op.create_index(
        "ix_points_holds_lapsing",
        "points_holds",
        ["until"],
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        op.f("ix_points_holds_brand_id_member_id"), "points_holds", ["brand_id", "member_id"]
    )
    op.create_table(
        "points_draws",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("hold_key", sa.String(length=64), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_points_draws_not_negative")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_points_draws_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "hold_key"],
            ["points_holds.brand_id", "points_holds.key"],
            name=op.f("fk_points_draws_brand_id_hold_key"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "hold_key", "lapses_at", name=op.f("pk_points_draws")),
    )


def _of_member() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
    )


def _keys(table: str) -> tuple[sa.ForeignKeyConstraint, sa.ForeignKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "member_id"],
            ["members.brand_id", "members.id"],
            name=op.f(f"fk_{table}_brand_id_member_id"),
        ),
    )


def _carry_over() -> None:
    """What members have becomes one lot that does not lapse; the brand's side keeps nought."""
    for table in SEEN:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO points_lots (brand_id, member_id, lapses_at, ripens_at, amount, remaining)"  # noqa: S608
        f" SELECT brand_id, member_id, '{NEVER}', '{RIPE}', balance, balance"
        " FROM points_accounts WHERE kind = 'available' AND balance > 0"
    )
    op.execute("UPDATE points_accounts SET balance = 0 WHERE member_id IS NULL")
    for table in SEEN:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.drop_constraint(op.f("ck_points_accounts_not_negative"), "points_accounts")
    op.create_check_constraint(
        op.f("ck_points_accounts_not_negative"), "points_accounts", "balance >= 0"
    )
    op.create_check_constraint(
        op.f("ck_points_accounts_brand_keeps_nought"),
        "points_accounts",
        "member_id IS NOT NULL OR balance = 0",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_points_accounts_brand_keeps_nought"), "points_accounts")
    op.drop_constraint(op.f("ck_points_accounts_not_negative"), "points_accounts")
    op.create_check_constraint(
        op.f("ck_points_accounts_not_negative"),
        "points_accounts",
        "kind = 'issued' OR balance >= 0",
    )
    _sum_up_the_brands()
    op.drop_constraint(op.f("ck_points_transfers_two_sides"), "points_transfers")
    op.drop_index(op.f("ix_points_transfers_brand_id_reference"), "points_transfers")
    for table in ("points_draws", "points_holds", "points_refunds", "order_points", "points_lots"):
        op.drop_table(table)


def _sum_up_the_brands() -> None:
    """The version before kept the brand's side beside the members': all of them came to nought."""
    op.execute("ALTER TABLE points_accounts NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE points_accounts AS ours SET balance = -(SELECT coalesce(sum(hers.balance), 0)"
        " FROM points_accounts hers WHERE hers.brand_id = ours.brand_id"
        " AND hers.member_id IS NOT NULL) WHERE ours.kind = 'issued'"
    )
    op.execute("ALTER TABLE points_accounts FORCE ROW LEVEL SECURITY")
