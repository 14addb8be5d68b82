"""Pushes, runs, batches, deliveries, monthly counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "pushes",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("holdout_basis_points", sa.BigInteger(), nullable=False),
        sa.Column("day_of_month", sa.SmallInteger(), nullable=True),
        sa.Column("at_time", sa.Time(), nullable=True),
        sa.Column("once_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state = 'draft' OR once_at IS NOT NULL OR"
            " (day_of_month IS NOT NULL AND at_time IS NOT NULL)",
            name=op.f("ck_pushes_has_time"),
        ),
        sa.CheckConstraint("day_of_month BETWEEN 1 AND 31", name=op.f("ck_pushes_day")),
        sa.CheckConstraint(
            "holdout_basis_points BETWEEN 0 AND 5000", name=op.f("ck_pushes_holdout")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wechat_accounts.id"], name=op.f("fk_pushes_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "tag_id"],
            ["tags.brand_id", "tags.id"],
            name=op.f("fk_pushes_brand_id_tag_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_pushes_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_pushes")),
    )
    op.create_index(op.f("ix_pushes_next_at"), "pushes", ["next_at"], unique=False)
    op.create_table(
        "push_runs",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("push_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id", "push_id"],
            ["pushes.brand_id", "pushes.id"],
            name=op.f("fk_push_runs_brand_id_push_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_push_runs_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_push_runs")),
        sa.UniqueConstraint(
            "brand_id", "push_id", "period", name=op.f("uq_push_runs_brand_id_push_id_period")
        ),
    )
    op.create_table(
        "push_batches",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("first_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_token", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("errcode", sa.BigInteger(), nullable=True),
        sa.Column("receipt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_total", sa.BigInteger(), nullable=True),
        sa.Column("receipt_filtered", sa.BigInteger(), nullable=True),
        sa.Column("receipt_sent", sa.BigInteger(), nullable=True),
        sa.Column("receipt_errors", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["wechat_accounts.id"], name=op.f("fk_push_batches_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "run_id"],
            ["push_runs.brand_id", "push_runs.id"],
            name=op.f("fk_push_batches_brand_id_run_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_push_batches_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_push_batches")),
        sa.UniqueConstraint(
            "brand_id",
            "account_id",
            "message_id",
            name=op.f("uq_push_batches_brand_id_account_id_message_id"),
        ),
        sa.UniqueConstraint("brand_id", "key", name=op.f("uq_push_batches_brand_id_key")),
    )
    op.create_index(
        "ix_push_batches_lease",
        "push_batches",
        ["lease_until"],
        unique=False,
        postgresql_where="state = 'calling'",
    )
    op.create_table(
        "deliveries",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("errcode", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'skipped') = (reason IS NOT NULL)",
            name=op.f("ck_deliveries_skips_have_reasons"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "batch_id"],
            ["push_batches.brand_id", "push_batches.id"],
            name=op.f("fk_deliveries_brand_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"],
            ["fans.brand_id", "fans.id"],
            name=op.f("fk_deliveries_brand_id_fan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id", "run_id"],
            ["push_runs.brand_id", "push_runs.id"],
            name=op.f("fk_deliveries_brand_id_run_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_deliveries_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "run_id", "fan_id", name=op.f("pk_deliveries")),
    )
    op.create_index(
        op.f("ix_deliveries_brand_id_batch_id"),
        "deliveries",
        ["brand_id", "batch_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_deliveries_brand_id_fan_id"), "deliveries", ["brand_id", "fan_id"], unique=False
    )
    op.create_index(
        op.f("ix_deliveries_brand_id_run_id_state"),
        "deliveries",
        ["brand_id", "run_id", "state"],
        unique=False,
    )
    op.create_table(
        "mass_counts",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("count", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("count BETWEEN 0 AND 4", name=op.f("ck_mass_counts_cap")),
        sa.ForeignKeyConstraint(
            ["brand_id", "fan_id"],
            ["fans.brand_id", "fans.id"],
            name=op.f("fk_mass_counts_brand_id_fan_id"),
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_mass_counts_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "fan_id", "month", name=op.f("pk_mass_counts")),
    )
    fence("pushes", "push_runs", "push_batches", "deliveries", "mass_counts")


def downgrade() -> None:
    op.drop_table("mass_counts")
    op.drop_table("deliveries")
    op.drop_table("push_batches")
    op.drop_table("push_runs")
    op.drop_table("pushes")
