"""What members complain of, and what was done about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0079"
down_revision = "0078"

ROWS = {
    "member_id": "members",
    "store_id": "stores",
    "staff_id": "staff",
    "visit_id": "visits",
    "recorded_by_id": "staff",
    "answered_by_id": "staff",
    "withdrawn_by_id": "staff",
}
ALWAYS = ("member_id", "recorded_by_id")
CHECKS = {
    "somewhere": "store_id IS NOT NULL OR (staff_id IS NULL AND visit_id IS NULL)",
    "open": "state <> 'open' OR answered_at IS NULL",
    "answered": "state <> 'answered' OR answered_at IS NOT NULL",
    "withdrawn": "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)"
    " AND (withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)",
}


def upgrade() -> None:
    op.create_table(
        "complaints",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=name not in ALWAYS) for name in ROWS),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("text_encrypted", sa.Text(), nullable=True),
        sa.Column("answer_encrypted", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=40), nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_complaints_{name}"))
            for name, rule in CHECKS.items()
        ),
        *_keys(),
    )
    _indexes()
    fence("complaints")


def _keys() -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_complaints_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_complaints")),
        sa.UniqueConstraint("brand_id", "key", name=op.f("uq_complaints_brand_id_key")),
        *(
            sa.ForeignKeyConstraint(
                ["brand_id", column],
                [f"{table}.brand_id", f"{table}.id"],
                name=op.f(f"fk_complaints_brand_id_{column}"),
            )
            for column, table in ROWS.items()
        ),
    )


def _indexes() -> None:
    op.create_index(
        op.f("ix_complaints_brand_id_member_id_recorded_at_id"),
        "complaints",
        ["brand_id", "member_id", "recorded_at", "id"],
    )
    op.create_index(
        op.f("ix_complaints_brand_id_store_id_happened_on"),
        "complaints",
        ["brand_id", "store_id", "happened_on"],
    )
    op.create_index(
        op.f("ix_complaints_open"),
        "complaints",
        ["brand_id", "due_at", "id"],
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_table("complaints")
