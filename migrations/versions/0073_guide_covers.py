"""Who stands in for a guide who is away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0073"
down_revision = "0072"

TABLE = "guide_covers"
CHECKS = {
    "in_order": "until_day >= from_day",
    "another": "cover_id <> staff_id",
    "ended": "(ended_at IS NULL) = (ended_by_id IS NULL)",
}
KEYS = {
    "staff_id": "staff",
    "cover_id": "staff",
    "store_id": "stores",
    "made_by_id": "staff",
    "ended_by_id": "staff",
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("staff_id", "store_id")),
        sa.Column("cover_id", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("from_day", "until_day")),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_{TABLE}_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{TABLE}_brand_id")),
        *(_key(column, table) for column, table in KEYS.items()),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        op.f(f"ix_{TABLE}_brand_id_store_id_until_day"),
        TABLE,
        ["brand_id", "store_id", "until_day"],
    )
    op.execute(
        "ALTER TABLE guide_covers ADD CONSTRAINT ex_guide_covers_overlap EXCLUDE USING gist"
        " (int8range(staff_id, staff_id, '[]') WITH &&,"
        " int8range(store_id, store_id, '[]') WITH &&,"
        " daterange(from_day, until_day, '[]') WITH &&) WHERE (ended_at IS NULL)"
    )
    fence(TABLE)


def _key(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{table}.brand_id", f"{table}.id"],
        name=op.f(f"fk_{TABLE}_brand_id_{column}"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
