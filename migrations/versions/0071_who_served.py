"""Who answered a visit first and who served her, whatever her next scan clears."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"

WHO = ("first_claimed_by_id", "served_by_id")
WHEN = ("first_scanned_at", "first_claimed_at", "served_at")


def upgrade() -> None:
    for name in WHEN:
        op.add_column("visits", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("visits", sa.Column("served_outcome", sa.String(length=16), nullable=True))
    for name in WHO:
        op.add_column("visits", sa.Column(name, sa.BigInteger(), nullable=True))
    _keep_what_is_known()
    op.alter_column("visits", "first_scanned_at", nullable=False)
    for name in WHO:
        op.create_foreign_key(
            op.f(f"fk_visits_brand_id_{name}"),
            "visits",
            "staff",
            ["brand_id", name],
            ["brand_id", "id"],
        )
    op.create_check_constraint(
        op.f("ck_visits_served"), "visits", "(served_by_id IS NULL) = (served_outcome IS NULL)"
    )


def _keep_what_is_known() -> None:
    """Of earlier visits nobody wrote down when they were claimed first or finished."""
    op.execute("ALTER TABLE visits NO FORCE ROW LEVEL SECURITY")  # of every brand
    op.execute(
        "UPDATE visits SET first_scanned_at = scanned_at,"
        " served_by_id = CASE WHEN outcome IS NOT NULL THEN claimed_by_id END,"
        " served_outcome = CASE WHEN claimed_by_id IS NOT NULL THEN outcome END"
    )
    op.execute("ALTER TABLE visits FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    for name in (*WHO, *WHEN, "served_outcome"):
        op.drop_column("visits", name)
