"""PK contests: who takes part where, and a result that is written once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import append_only, fence

revision = "0066"
down_revision = "0065"

TABLES = ("contests", "contest_stores", "contest_players", "contest_results")


def upgrade() -> None:
    op.create_table(
        "contests",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("metric", sa.String(length=8), nullable=False),
        sa.Column("prize", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("least", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credit_versions", JSONB(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_contests_period")),
        sa.CheckConstraint("least > 0", name=op.f("ck_contests_least")),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_contests_closed")
        ),
        _brand("contests"),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_contests")),
    )
    _of_contest("contest_stores", _other("contest_stores", "stores", "store_id"), "store_id")
    _of_contest(
        "contest_players",
        _other("contest_players", "staff", "staff_id"),
        "staff_id",
        sa.Column("team", sa.String(length=16), nullable=True),
    )
    _results()
    fence(*TABLES)
    append_only("contest_results")


def _of_contest(table: str, other: sa.ForeignKeyConstraint, key: str, *more: sa.Column) -> None:
    op.create_table(
        table,
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("contest_id", sa.BigInteger(), nullable=False),
        sa.Column(key, sa.BigInteger(), nullable=False),
        *more,
        _brand(table),
        _other(table, "contests", "contest_id"),
        other,
        sa.PrimaryKeyConstraint("brand_id", "contest_id", key, name=op.f(f"pk_{table}")),
    )


def _results() -> None:
    table = "contest_results"
    op.create_table(
        table,
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("contest_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("staff_ids", JSONB(), nullable=False),
        sa.Column("chances", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=True),
        _brand(table),
        _other(table, "contests", "contest_id"),
        sa.PrimaryKeyConstraint("brand_id", "contest_id", "line", name=op.f(f"pk_{table}")),
    )


def _brand(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id"))


def _other(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{other}.brand_id", f"{other}.id"],
        name=op.f(f"fk_{table}_brand_id_{column}"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
