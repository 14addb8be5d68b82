"""Calls through a bridge, the store's own telephone, messages that no task asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0077"
down_revision = "0076"

OTHERS = (("members", "member_id"), ("stores", "store_id"), ("staff", "by_id"))


def upgrade() -> None:
    op.add_column("stores", sa.Column("line", sa.String(length=20), nullable=True))
    op.alter_column("task_messages", "task_id", nullable=True)
    for column in ("fan_id", "by_id"):
        name = op.f(f"ix_task_messages_brand_id_{column}_at")
        op.create_index(name, "task_messages", ["brand_id", column, "at"])
    _calls()
    fence("member_calls")


def _calls() -> None:
    op.create_table(
        "member_calls",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *(sa.Column(column, sa.BigInteger(), nullable=False) for _, column in OTHERS),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_member_calls_brand_id")),
        *(_to(table, column) for table, column in OTHERS),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_member_calls")),
        sa.UniqueConstraint("brand_id", "key", name=op.f("uq_member_calls_brand_id_key")),
    )
    for column in ("member_id", "by_id"):
        name = op.f(f"ix_member_calls_brand_id_{column}_at")
        op.create_index(name, "member_calls", ["brand_id", column, "at"])
    op.create_index(
        "ix_member_calls_calling",
        "member_calls",
        ["at"],
        postgresql_where=sa.text("state = 'calling'"),
    )


def _to(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{table}.brand_id", f"{table}.id"],
        name=op.f(f"fk_member_calls_brand_id_{column}"),
    )


def downgrade() -> None:
    op.drop_table("member_calls")
    for column in ("fan_id", "by_id"):
        op.drop_index(op.f(f"ix_task_messages_brand_id_{column}_at"), "task_messages")
    op.execute("ALTER TABLE task_messages NO FORCE ROW LEVEL SECURITY")  # of every brand
    op.execute("DELETE FROM task_messages WHERE task_id IS NULL")
    op.execute("ALTER TABLE task_messages FORCE ROW LEVEL SECURITY")
    op.alter_column("task_messages", "task_id", nullable=False)
    op.drop_column("stores", "line")
