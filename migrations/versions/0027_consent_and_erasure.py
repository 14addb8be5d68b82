"""Consent by channel and text; erasures with their receipts, and tombstones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import append_only, fence

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("members", sa.Column("born_on", sa.Date(), nullable=True))
    op.add_column("members", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("fans", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    _widen_consents()
    _make_consent_texts()
    _make_erasures()
    _make_tombstones()
    append_only("consent_texts")


def _widen_consents() -> None:
    """What was given so far was given for every channel; a fan may now refuse as well."""
    channel = sa.Column("channel", sa.String(length=16), nullable=False, server_default="all")
    op.add_column("consents", channel)
    op.alter_column("consents", "channel", server_default=None)
    op.alter_column("consents", "member_id", existing_type=sa.BigInteger(), nullable=True)
    op.add_column("consents", sa.Column("fan_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_consents_brand_id_fan_id"),
        "consents",
        "fans",
        ["brand_id", "fan_id"],
        ["brand_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_consents_one_person"), "consents", "(member_id IS NULL) <> (fan_id IS NULL)"
    )
    op.create_index(
        "ix_consents_fan",
        "consents",
        ["brand_id", "fan_id", "purpose", "at"],
        postgresql_where="fan_id IS NOT NULL",
    )


def _make_consent_texts() -> None:
    op.create_table(
        "consent_texts",
        *_numbered("consent_texts"),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint(
            "brand_id",
            "purpose",
            "version",
            name=op.f("uq_consent_texts_brand_id_purpose_version"),
        ),
    )
    fence("consent_texts")


def _make_erasures() -> None:
    op.create_table(
        "erasures",
        *_numbered("erasures"),
        sa.Column("receipt", sa.String(length=16), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("fan_id", sa.BigInteger(), nullable=True),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        _to("erasures", "members", "member_id"),
        _to("erasures", "fans", "fan_id"),
        sa.CheckConstraint(
            "member_id IS NOT NULL OR fan_id IS NOT NULL", name=op.f("ck_erasures_somebody")
        ),
        sa.UniqueConstraint("brand_id", "receipt", name=op.f("uq_erasures_brand_id_receipt")),
    )
    op.create_index("ix_erasures_due", "erasures", ["due_at"], postgresql_where="state = 'asked'")
    for who, where in (
        ("member", "state = 'asked' AND member_id IS NOT NULL"),
        ("fan", "state = 'asked' AND member_id IS NULL"),
    ):
        op.create_index(
            f"ix_erasures_asked_{who}",
            "erasures",
            ["brand_id", f"{who}_id"],
            unique=True,
            postgresql_where=where,
        )
    fence("erasures")


def _make_tombstones() -> None:
    op.create_table(
        "tombstones",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_tombstones_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "name", "hash", name=op.f("pk_tombstones")),
    )
    fence("tombstones")


def _numbered(table: str) -> list[sa.Column | sa.Constraint]:
    return [
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f(f"pk_{table}")),
    ]


def _to(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{other}.brand_id", f"{other}.id"],
        name=op.f(f"fk_{table}_brand_id_{column}"),
    )


def downgrade() -> None:
    op.drop_table("tombstones")
    op.drop_table("erasures")
    op.drop_table("consent_texts")
    op.drop_index("ix_consents_fan", "consents")
    op.drop_constraint(op.f("ck_consents_one_person"), "consents")
    op.drop_column("consents", "fan_id")
    op.drop_column("consents", "channel")
    op.drop_column("fans", "erased_at")
    op.drop_column("members", "erased_at")
    op.drop_column("members", "born_on")
