"""Tests of the brand's own, and what was measured on its members."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

revision = "0070"
down_revision = "0069"

TABLES = ("measure_kinds", "measurements")
BAND = ("low", "high", "normal_low", "normal_high")
CHECKS = {
    "options": "(form = 'choice') = (cardinality(options) > 0)",
    "low": "(form = 'number') = (low IS NOT NULL)",
    "high": "(form = 'number') = (high IS NOT NULL)",
    "range": "low < high",
    "whole_band": "(normal_low IS NULL) = (normal_high IS NULL)",
    "band": "low <= normal_low AND normal_low <= normal_high AND normal_high <= high",
}


def upgrade() -> None:
    op.create_table(
        "measure_kinds",
        *_head(),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        *(sa.Column(name, sa.Numeric(10, 2), nullable=True) for name in BAND),
        sa.Column("options", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_measure_kinds_{name}"))
            for name, rule in CHECKS.items()
        ),
        *_keys("measure_kinds"),
        sa.UniqueConstraint("brand_id", "name", name=op.f("uq_measure_kinds_brand_id_name")),
    )
    op.create_table(
        "measurements",
        *_head(),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("member_id", "kind_id")),
        sa.Column("value_encrypted", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("store_id", "staff_id")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_keys("measurements"),
        _to("members", "member_id"),
        _to("measure_kinds", "kind_id"),
        _to("stores", "store_id"),
        _to("staff", "staff_id"),
    )
    op.create_index(
        op.f("ix_measurements_brand_id_member_id_kind_id_at"),
        "measurements",
        ["brand_id", "member_id", "kind_id", "at"],
    )
    fence(*TABLES)


def _head() -> tuple[sa.Column[int], ...]:
    return (
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    )


def _keys(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f(f"pk_{table}")),
    )


def _to(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{table}.brand_id", f"{table}.id"],
        name=op.f(f"fk_measurements_brand_id_{column}"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
