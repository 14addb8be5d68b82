"""What people take back in WeChat, their subscription consents, and follows of one second."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    order = sa.Column("follow_order", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("fans", order)
    op.alter_column("fans", "follow_order", server_default=None)
    op.create_table(
        "subscription_entries",
        *_event_of_a_fan("subscription_entries", is_fan_known=True),
        sa.Column("template_id", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint(
            "brand_id",
            "event_id",
            "position",
            name=op.f("uq_subscription_entries_brand_id_event_id_position"),
        ),
    )
    op.create_index(
        op.f("ix_subscription_entries_brand_id_fan_id_template_id"),
        "subscription_entries",
        ["brand_id", "fan_id", "template_id"],
    )
    op.create_table(
        "withdrawals",
        *_event_of_a_fan("withdrawals", is_fan_known=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.UniqueConstraint("brand_id", "event_id", name=op.f("uq_withdrawals_brand_id_event_id")),
    )
    op.create_index(
        "ix_withdrawals_open", "withdrawals", ["brand_id"], postgresql_where="state <> 'done'"
    )
    fence("subscription_entries", "withdrawals")


def _event_of_a_fan(table: str, *, is_fan_known: bool) -> list[sa.Column | sa.Constraint]:
    return [
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=not is_fan_known),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"],
            ["fans.brand_id", "fans.id"],
            name=op.f(f"fk_{table}_brand_id_fan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "event_id"],
            ["events.brand_id", "events.id"],
            name=op.f(f"fk_{table}_brand_id_event_id"),
        ),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    op.drop_table("withdrawals")
    op.drop_table("subscription_entries")
    op.drop_column("fans", "follow_order")
