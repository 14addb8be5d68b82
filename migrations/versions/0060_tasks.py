"""What guides are asked to do: tasks with their history, rules, batches, messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import append_only, fence

revision = "0060"
down_revision = "0059"

TABLES = ("task_rules", "task_batches", "tasks", "task_steps", "task_messages")


def upgrade() -> None:
    _rules()
    _batches()
    _tasks()
    _steps()
    _messages()
    fence(*TABLES)
    append_only("task_steps")


def _rules() -> None:
    op.create_table(
        "task_rules",
        _number("brand_id"),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("for_days", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        _check("task_rules", "days", "days BETWEEN 0 AND 365"),
        _check("task_rules", "for_days", "for_days BETWEEN 1 AND 30"),
        _brand("task_rules"),
        sa.PrimaryKeyConstraint("brand_id", "kind", name=op.f("pk_task_rules")),
    )


def _batches() -> None:
    op.create_table(
        "task_batches",
        *_numbered(),
        _number("tag_id"),
        sa.Column("situation", sa.String(8), nullable=False),
        sa.Column("why", sa.String(60), nullable=False),
        sa.Column("words", sa.String(300), nullable=True),
        sa.Column("for_days", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        *(_number(name) for name in ("chosen_to", "seen", "made", "asked_by_id")),
        _moment("asked_at"),
        _moment("ended_at", nullable=True),
        _check("task_batches", "for_days", "for_days BETWEEN 1 AND 30"),
        _check("task_batches", "counts", "made BETWEEN 0 AND seen"),
        _check("task_batches", "ended", "(state = 'making') = (ended_at IS NULL)"),
        _brand("task_batches"),
        _to("task_batches", "tags", "tag_id"),
        _to("task_batches", "staff", "asked_by_id"),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_task_batches")),
    )
    op.create_index(
        "ix_task_batches_open", "task_batches", ["id"], postgresql_where=sa.text("state = 'making'")
    )


def _tasks() -> None:
    op.create_table(
        "tasks",
        *_numbered(),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("source_key", sa.String(96), nullable=False),
        sa.Column("situation", sa.String(8), nullable=False),
        _number("member_id"),
        _number("store_id"),
        _number("guide_id", nullable=True),
        _number("batch_id", nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("words", sa.String(300), nullable=True),
        *(_moment(name) for name in ("created_at", "starts_at", "due_at")),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("outcome", sa.String(12), nullable=True),
        sa.Column("touches", sa.SmallInteger(), nullable=False),
        _moment("touched_at", nullable=True),
        sa.Column("changes", sa.SmallInteger(), nullable=False),
        _moment("ended_at", nullable=True),
        _check("tasks", "ended", "(state = 'open') = (ended_at IS NULL)"),
        _check("tasks", "dates", "due_at > starts_at"),
        _check("tasks", "touches", "touches >= 0"),
        _brand("tasks"),
        _to("tasks", "members", "member_id"),
        _to("tasks", "stores", "store_id"),
        _to("tasks", "staff", "guide_id"),
        _to("tasks", "task_batches", "batch_id"),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("brand_id", "source_key", name=op.f("uq_tasks_brand_id_source_key")),
    )
    is_open = sa.text("state = 'open'")
    op.create_index(op.f("ix_tasks_brand_id_member_id"), "tasks", ["brand_id", "member_id"])
    op.create_index(
        op.f("ix_tasks_brand_id_store_id_starts_at"), "tasks", ["brand_id", "store_id", "starts_at"]
    )
    op.create_index(
        "ix_tasks_open", "tasks", ["brand_id", "store_id", "due_at"], postgresql_where=is_open
    )
    op.create_index("ix_tasks_over", "tasks", ["due_at"], postgresql_where=is_open)


def _steps() -> None:
    op.create_table(
        "task_steps",
        _number("brand_id"),
        _number("task_id"),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("step", sa.String(8), nullable=False),
        sa.Column("outcome", sa.String(12), nullable=True),
        _moment("at"),
        _number("by_id"),
        _number("to_id", nullable=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        _check("task_steps", "outcome", "(step = 'outcome') = (outcome IS NOT NULL)"),
        _check("task_steps", "given", "(step = 'given') = (to_id IS NOT NULL)"),
        _brand("task_steps"),
        _to("task_steps", "tasks", "task_id"),
        _to("task_steps", "staff", "by_id"),
        _to("task_steps", "staff", "to_id"),
        sa.PrimaryKeyConstraint("brand_id", "task_id", "number", name=op.f("pk_task_steps")),
        sa.UniqueConstraint("brand_id", "key", name=op.f("uq_task_steps_brand_id_key")),
    )


def _messages() -> None:
    op.create_table(
        "task_messages",
        *_numbered(),
        *(_number(name) for name in ("task_id", "fan_id", "by_id")),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        _moment("at"),
        sa.Column("errcode", sa.BigInteger(), nullable=True),
        _brand("task_messages"),
        _to("task_messages", "tasks", "task_id"),
        _to("task_messages", "fans", "fan_id"),
        _to("task_messages", "staff", "by_id"),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_task_messages")),
        sa.UniqueConstraint("brand_id", "key", name=op.f("uq_task_messages_brand_id_key")),
    )
    op.create_index(
        op.f("ix_task_messages_brand_id_task_id"), "task_messages", ["brand_id", "task_id"]
    )
    op.create_index(
        "ix_task_messages_calling", "task_messages", ["at"],
        postgresql_where=sa.text("state = 'calling'"),
    )  # fmt: skip


def _numbered() -> tuple[sa.Column[int], sa.Column[int]]:
    return _number("brand_id"), sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _brand(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id"))


def _to(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{other}.brand_id", f"{other}.id"],
        name=op.f(f"fk_{table}_brand_id_{column}"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
