"""Reading whole tables: what stands in them, and whether anybody wrote to them."""

from __future__ import annotations

from sqlalchemy import text

from app.core import db
from app.core.db import session

IMPORTED = (
    "stores", "members", "tags", "member_tags", "products", "orders", "order_lines",
    "points_accounts", "points_transfers", "member_tiers", "coupon_campaigns", "coupon_targets",
    "coupon_batches", "coupon_batch_products", "coupons", "redemptions",
)  # fmt: skip


def fingerprints() -> dict[str, tuple[int, int]]:
    """Each table's rows and versions: any write, even of the same values, changes it."""
    statement = "SELECT count(*), coalesce(sum(hashtext(xmin::text || ctid::text)), 0) FROM {}"
    with db.system_transaction():
        return {
            name: tuple(session.execute(text(statement.format(name))).one()) for name in IMPORTED
        }


def sums() -> dict[str, int]:
    """Rows and sums of the open transaction's brand; ids and times of writing left out."""
    counts = {name: session.scalar(text(f"SELECT count(*) FROM {name}")) for name in IMPORTED}
    totals = {
        name: int(session.scalar(text(f"SELECT coalesce(sum({column}), 0) FROM {table}")))
        for name, table, column in (
            ("sales_fen", "orders", "paid_fen"),
            ("line_fen", "order_lines", "paid_fen"),
            ("points", "points_transfers", "amount"),
            ("balances", "points_accounts", "greatest(balance, 0)"),
            ("issued", "coupon_batches", "issued"),
            ("used", "coupons", "used"),
            ("spent_fen", "member_tiers", "spent_fen"),
        )
    }
    return counts | totals


def staging_tables() -> list[str]:
    with db.system_transaction():
        found = text("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'")
        return list(session.scalars(found))


BROKEN_RULES = {
    "an order differs from its lines": """
        SELECT count(*) FROM orders o LEFT JOIN
            (SELECT brand_id, order_id AS id, sum(paid_fen) AS paid_fen FROM order_lines
             GROUP BY brand_id, order_id) AS lines USING (brand_id, id)
        WHERE o.paid_fen IS DISTINCT FROM lines.paid_fen""",
    "the ledger does not balance": """
        SELECT abs(coalesce(sum(CASE WHEN a.kind = 'owed' THEN -a.balance
                                     WHEN a.member_id IS NOT NULL THEN a.balance
                                     ELSE coalesce(moved.amount, 0) END), 0))
        FROM points_accounts a LEFT JOIN
            (SELECT brand_id, id, sum(amount) AS amount FROM
                (SELECT brand_id, credit_id AS id, amount FROM points_transfers
                 UNION ALL SELECT brand_id, debit_id, -amount FROM points_transfers) AS sides
             GROUP BY brand_id, id) AS moved USING (brand_id, id)""",
    "a lot differs from its account": """
        SELECT count(*) FROM points_accounts a LEFT JOIN
            (SELECT brand_id, member_id, sum(remaining) AS remaining FROM points_lots
             WHERE ripens_at = '1970-01-01 00:00Z' GROUP BY brand_id, member_id) AS lots
            USING (brand_id, member_id)
        WHERE a.kind = 'available' AND a.balance <> coalesce(lots.remaining, 0)""",
    "a balance differs from its movements": """
        SELECT count(*) FROM points_accounts a LEFT JOIN
            (SELECT brand_id, id, sum(amount) AS amount FROM
                (SELECT brand_id, credit_id AS id, amount FROM points_transfers
                 UNION ALL SELECT brand_id, debit_id, -amount FROM points_transfers) AS sides
             GROUP BY brand_id, id) AS moved USING (brand_id, id)
        WHERE a.member_id IS NOT NULL
          AND CASE a.kind WHEN 'owed' THEN -a.balance ELSE a.balance END
              <> coalesce(moved.amount, 0)""",
    "a coupon's uses differ from its redemptions": """
        SELECT count(*) FROM coupons c WHERE c.used <>
            (SELECT count(*) FROM redemptions r
             WHERE r.brand_id = c.brand_id AND r.coupon_id = c.id)""",
    "a batch's count differs from its coupons": """
        SELECT count(*) FROM coupon_batches b WHERE b.issued <>
            (SELECT count(*) FROM coupons c
             WHERE c.brand_id = b.brand_id AND c.batch_id = b.id)""",
}


def broken_rules() -> list[str]:
    """Which of the rules that hold after every transaction do not hold now."""
    with db.system_transaction():
        return [rule for rule, query in BROKEN_RULES.items() if session.scalar(text(query))]
