"""Codes of a phone, recovery codes, known browsers, passwords that must be changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    # The default is for the code before, which does not know the column and still writes rows.
    op.add_column(
        "staff",
        sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("staff", sa.Column("totp_secret_encrypted", sa.Text(), nullable=True))
    op.add_column(
        "staff", sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("staff", sa.Column("totp_last_step", sa.BigInteger(), nullable=True))
    op.add_column("staff_sessions", sa.Column("agent", sa.String(length=160), nullable=True))
    for table, key, column in (
        ("staff_recovery_codes", "code_hash", sa.Column("used_at", sa.DateTime(timezone=True))),
        (
            "staff_devices",
            "token_hash",
            sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        ),
    ):
        op.create_table(
            table,
            sa.Column("brand_id", sa.BigInteger(), nullable=False),
            sa.Column("staff_id", sa.BigInteger(), nullable=False),
            sa.Column(key, sa.String(length=64), nullable=False),
            column,
            sa.ForeignKeyConstraint(
                ["brand_id", "staff_id"],
                ["staff.brand_id", "staff.id"],
                name=op.f(f"fk_{table}_brand_id_staff_id"),
            ),
            sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
            sa.PrimaryKeyConstraint("brand_id", "staff_id", key, name=op.f(f"pk_{table}")),
        )
    fence("staff_recovery_codes", "staff_devices")


def downgrade() -> None:
    op.drop_table("staff_devices")
    op.drop_table("staff_recovery_codes")
    op.drop_column("staff_sessions", "agent")
    for column in (
        "totp_last_step",
        "totp_confirmed_at",
        "totp_secret_encrypted",
        "must_change_password",
    ):
        op.drop_column("staff", column)
