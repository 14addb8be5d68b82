"""How each account's APIs fare, tickets for pages, and tokens that another environment killed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import grant

revision = "0017"
down_revision = "0016"


def _account() -> sa.Column[int]:
    return sa.Column("account_id", sa.BigInteger(), nullable=False)


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_account_id")
    return sa.ForeignKeyConstraint(["account_id"], ["wechat_accounts.id"], name=name)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("access_tokens", sa.Column("foreign_refresh_at", moment, nullable=True))
    op.add_column(
        "access_tokens",
        sa.Column("foreign_refresh_count", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_table(
        "js_tickets",
        _account(),
        sa.Column("token_encrypted", sa.Text(), nullable=True),
        sa.Column("expires_at", moment, nullable=True),
        sa.Column("refresh_after", moment, nullable=True),
        sa.Column("lease_until", moment, nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        _of_account("js_tickets"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_js_tickets")),
    )
    op.create_table(
        "api_health",
        _account(),
        sa.Column("api", sa.String(length=64), nullable=False),
        sa.Column("silences", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_silence_at", moment, nullable=True),
        sa.Column("open_until", moment, nullable=True),
        sa.Column("probe_until", moment, nullable=True),
        sa.Column("paused_until", moment, nullable=True),
        sa.Column("errcode", sa.BigInteger(), nullable=True),
        sa.Column("rid", sa.String(length=64), nullable=True),
        sa.Column("day_limit", sa.BigInteger(), nullable=True),
        _of_account("api_health"),
        sa.PrimaryKeyConstraint("account_id", "api", name=op.f("pk_api_health")),
    )
    grant("js_tickets", "api_health")


def downgrade() -> None:
    op.drop_table("api_health")
    op.drop_table("js_tickets")
    op.drop_column("access_tokens", "foreign_refresh_count")
    op.drop_column("access_tokens", "foreign_refresh_at")
