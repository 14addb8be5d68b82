"""What guides may say: scripts, their versions, their uses, favourites."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import append_only, fence

revision = "0062"
down_revision = "0061"

TABLES = ("scripts", "script_versions", "script_uses", "script_favourites")


def upgrade() -> None:
    op.create_table(
        "scripts",
        _number("brand_id"),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("situation", sa.String(8), nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        _moment("created_at"),
        _brand("scripts"),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_scripts")),
    )
    op.create_index(op.f("ix_scripts_brand_id_situation"), "scripts", ["brand_id", "situation"])
    op.create_table(
        "script_versions",
        _number("brand_id"),
        _number("script_id"),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        _number("written_by_id"),
        _moment("written_at"),
        _brand("script_versions"),
        _to("script_versions", "scripts", "script_id"),
        _to("script_versions", "staff", "written_by_id"),
        sa.PrimaryKeyConstraint(
            "brand_id", "script_id", "version", name=op.f("pk_script_versions")
        ),
    )
    _uses()
    op.create_table(
        "script_favourites",
        *(_number(name) for name in ("brand_id", "staff_id", "script_id")),
        _brand("script_favourites"),
        _to("script_favourites", "staff", "staff_id"),
        _to("script_favourites", "scripts", "script_id"),
        sa.PrimaryKeyConstraint(
            "brand_id", "staff_id", "script_id", name=op.f("pk_script_favourites")
        ),
    )
    fence(*TABLES)
    append_only("script_versions")


def _uses() -> None:
    op.create_table(
        "script_uses",
        _number("brand_id"),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _number("script_id"),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        _number("member_id"),
        _number("staff_id"),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(80), nullable=False),
        _moment("at"),
        sa.Column("outcome", sa.String(12), nullable=True),
        _brand("script_uses"),
        _to("script_uses", "scripts", "script_id"),
        _to("script_uses", "members", "member_id"),
        _to("script_uses", "staff", "staff_id"),
        _to("script_uses", "tasks", "task_id"),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_script_uses")),
        sa.UniqueConstraint("brand_id", "key", name=op.f("uq_script_uses_brand_id_key")),
    )
    for column in ("script_id", "member_id"):
        name = op.f(f"ix_script_uses_brand_id_{column}")
        op.create_index(name, "script_uses", ["brand_id", column])
    op.create_index(
        "ix_script_uses_task", "script_uses", ["brand_id", "task_id"],
        postgresql_where=sa.text("task_id IS NOT NULL"),
    )  # fmt: skip


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _moment(name: str) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


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
