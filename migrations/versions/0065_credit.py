"""Whose sale: versioned rules, and shares of each order that are always a whole."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import append_only, fence

revision = "0065"
down_revision = "0064"

TABLES = ("credit_rules", "credits", "credit_counts")
WHOLE = """
CREATE FUNCTION credits_are_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT brand_id, order_id FROM changed) AS one
        WHERE (SELECT sum(bp) FROM credits c
               WHERE (c.brand_id, c.order_id) = (one.brand_id, one.order_id)) <> 10000
    ) THEN
        RAISE EXCEPTION 'the credits of an order are 10000 basis points together'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "credit_rules",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parts", JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_credit_rules_version")),
        _brand("credit_rules"),
        sa.PrimaryKeyConstraint("brand_id", "version", name=op.f("pk_credit_rules")),
    )
    op.create_index(
        op.f("ix_credit_rules_brand_id_starts_at"), "credit_rules", ["brand_id", "starts_at"]
    )
    op.create_table(
        "credits",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("bp", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("bp BETWEEN 1 AND 10000", name=op.f("ck_credits_bp")),
        sa.CheckConstraint(
            "(way = 'store') = (staff_id IS NULL)", name=op.f("ck_credits_somebody")
        ),
        _brand("credits"),
        _row("credits", "orders", "order_id"),
        _row("credits", "staff", "staff_id"),
        sa.PrimaryKeyConstraint("brand_id", "order_id", "place", name=op.f("pk_credits")),
    )
    op.create_index(
        "ix_credits_staff",
        "credits",
        ["brand_id", "staff_id"],
        postgresql_where=sa.text("staff_id IS NOT NULL"),
    )
    op.create_table(
        "credit_counts",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recount_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        _brand("credit_counts"),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_credit_counts")),
    )
    op.create_index(
        op.f("ix_credit_counts_due_at"),
        "credit_counts",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    fence(*TABLES)
    append_only("credit_rules")
    _keep_whole()


def _keep_whole() -> None:
    """Rows are written and taken away by whole orders, in one statement each; never edited."""
    op.execute(WHOLE)
    for name, happens, rows in (("added", "INSERT", "NEW"), ("taken", "DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER whole_when_{name} AFTER {happens} ON credits"
            f" REFERENCING {rows} TABLE AS changed"
            " FOR EACH STATEMENT EXECUTE FUNCTION credits_are_whole()"
        )
    op.execute(
        "CREATE TRIGGER never_edited BEFORE UPDATE ON credits"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _brand(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id"))


def _row(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{other}.brand_id", f"{other}.id"],
        name=op.f(f"fk_{table}_brand_id_{column}"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION credits_are_whole()")
