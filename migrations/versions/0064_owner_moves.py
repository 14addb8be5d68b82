"""Many members change hands together: transfers, hand-overs, and their undoing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.fence import fence

revision = "0064"
down_revision = "0063"

TABLES = ("owner_moves", "owner_move_rows")


def upgrade() -> None:
    _moves()
    _rows()
    fence(*TABLES)


def _moves() -> None:
    op.create_table(
        "owner_moves",
        _number("brand_id"),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=100), nullable=False),
        sa.Column("leaver_ids", JSONB(), nullable=False),
        sa.Column("loads", JSONB(), nullable=False),
        _number("made_by_id"),
        _moment("made_at"),
        _moment("ended_at", nullable=True),
        _number("undone_by_id", nullable=True),
        _moment("undone_at", nullable=True),
        _brand("owner_moves"),
        _key("owner_moves", "staff", "made_by_id"),
        _key("owner_moves", "staff", "undone_by_id"),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_owner_moves")),
    )
    op.create_index(
        "ix_owner_moves_due",
        "owner_moves",
        ["brand_id"],
        postgresql_where=sa.text("state IN ('running', 'undoing')"),
    )
    op.create_index(op.f("ix_owner_moves_brand_id_made_at"), "owner_moves", ["brand_id", "made_at"])


def _rows() -> None:
    table = "owner_move_rows"
    ends = ("from_staff_id", "from_store_id", "to_staff_id", "to_store_id")
    op.create_table(
        table,
        *(_number(name) for name in ("brand_id", "move_id", "member_id")),
        *(_number(name, nullable=True) for name in ends),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        _number("owner_id", nullable=True),
        _brand(table),
        _key(table, "owner_moves", "move_id"),
        _key(table, "members", "member_id"),
        *(_key(table, "staff" if "staff" in name else "stores", name) for name in ends),
        sa.PrimaryKeyConstraint("brand_id", "move_id", "member_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_brand_id_member_id"), table, ["brand_id", "member_id"])
    op.create_index(
        "ix_owner_move_rows_state", table, ["brand_id", "move_id", "state", "member_id"]
    )


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _brand(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id"))


def _key(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{other}.brand_id", f"{other}.id"],
        name=op.f(f"fk_{table}_brand_id_{column}"),
    )


def downgrade() -> None:
    for table in ("owner_move_rows", "owner_moves"):
        op.drop_table(table)
