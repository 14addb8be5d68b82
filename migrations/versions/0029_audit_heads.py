"""The sealed head of each brand's audit chain; audit rows that nobody may touch."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0029"
down_revision = "0028"

ENDS = "SELECT DISTINCT ON (brand_id) brand_id, seq, hash FROM audit ORDER BY brand_id, seq DESC"


def upgrade() -> None:
    op.add_column("audit", sa.Column("request_id", sa.String(length=16), nullable=True))
    op.create_index("ix_audit_brand_id_actor_seq", "audit", ["brand_id", "actor", "seq"])
    op.create_index("ix_audit_brand_id_act_seq", "audit", ["brand_id", "act", "seq"])
    op.create_index("ix_audit_brand_id_subject_seq", "audit", ["brand_id", "subject", "seq"])
    op.create_index("ix_audit_brand_id_at", "audit", ["brand_id", "at"])
    op.create_table(
        "audit_heads",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("broken_at", sa.BigInteger(), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_rows", sa.BigInteger(), nullable=True),
        sa.Column("checked_broken", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_audit_heads_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_audit_heads")),
    )
    fence("audit_heads")
    _only_forward()
    _seal_what_is_there()
    op.execute("REVOKE UPDATE, DELETE ON audit FROM huike_app, huike_system")
    op.execute("REVOKE DELETE ON audit_heads FROM huike_app, huike_system")


def _only_forward() -> None:
    """A chain only grows: its head is neither taken away nor put back."""
    op.execute(
        "CREATE FUNCTION refuse_shorter_chain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'DELETE' OR NEW.brand_id <> OLD.brand_id OR NEW.seq < OLD.seq THEN"
        " RAISE EXCEPTION 'an audit chain only grows'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER only_forward BEFORE UPDATE OR DELETE ON audit_heads"
        " FOR EACH ROW EXECUTE FUNCTION refuse_shorter_chain()"
    )


def _seal_what_is_there() -> None:
    """Chains from before have no head; from now on their length is sealed. An empty database
    needs no key. The owner is under row-level security too, so it is lifted for the reading."""
    op.execute("ALTER TABLE audit NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE audit_heads NO FORCE ROW LEVEL SECURITY")
    ends = op.get_bind().execute(sa.text(ENDS)).all()
    for brand_id, seq, last in ends:
        values = {"brand": brand_id, "seq": seq, "hash": last, "seal": _seal(brand_id, seq, last)}
        op.get_bind().execute(
            sa.text(
                "INSERT INTO audit_heads (brand_id, seq, hash, seal)"
                " VALUES (:brand, :seq, :hash, :seal)"
            ),
            values,
        )
    op.execute("ALTER TABLE audit FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE audit_heads FORCE ROW LEVEL SECURITY")


def _seal(brand_id: int, seq: int, last: str) -> str:
    """As app/core/audit/chain.py did when this migration was written."""
    key = base64.b64decode(os.environ["INDEX_KEY"])  # noqa: TID251 - the application is not built
    message = f"audit.head\0{brand_id}:{seq}:{last}:"
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def downgrade() -> None:
    op.drop_table("audit_heads")
    op.execute("DROP FUNCTION refuse_shorter_chain")
    for name in ("at", "subject_seq", "act_seq", "actor_seq"):
        op.drop_index(f"ix_audit_brand_id_{name}", "audit")
    op.drop_column("audit", "request_id")
    op.execute("GRANT UPDATE, DELETE ON audit TO huike_app, huike_system")
