"""The names by which members are known, possible twins, merges; every known name written down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.fence import fence

revision = "0032"
down_revision = "0031"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("members", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_members_brand_id_merged_into_id"),
        "members",
        "members",
        ["brand_id", "merged_into_id"],
        ["brand_id", "id"],
    )
    op.create_index(
        "ix_members_merged",
        "members",
        ["brand_id", "merged_into_id"],
        postgresql_where="merged_into_id IS NOT NULL",
    )
    _identities()
    _twins()
    _merges()
    fence("member_identities", "member_twins", "member_merges")
    _write_known_names_down()


def _table(name: str, *columns: sa.Column | sa.Constraint) -> None:
    op.create_table(
        name,
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{name}_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f(f"pk_{name}")),
    )


def _to(table: str, name: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{table}.brand_id", f"{table}.id"],
        name=op.f(f"fk_{name}_brand_id_{column}"),
    )


def _identities() -> None:
    name = "member_identities"
    _table(
        name,
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("fan_id", sa.BigInteger(), nullable=True),
        sa.Column("value_encrypted", sa.Text(), nullable=True),
        sa.Column("value_index", sa.String(length=64), nullable=True),
        sa.Column("value_tail", sa.String(length=4), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("ended_reason", sa.String(length=16), nullable=True),
        sa.CheckConstraint(
            "(fan_id IS NULL) <> (value_index IS NULL)", name=op.f(f"ck_{name}_one_name")
        ),
        _to("members", name, "member_id"),
        _to("fans", name, "fan_id"),
    )
    op.create_index(op.f(f"ix_{name}_brand_id_member_id"), name, ["brand_id", "member_id"])
    op.create_index(
        "uq_member_identities_value",
        name,
        ["brand_id", "kind", "account", "value_index"],
        unique=True,
        postgresql_where="until IS NULL AND value_index IS NOT NULL",
    )
    op.create_index(
        "uq_member_identities_fan",
        name,
        ["brand_id", "fan_id", "kind"],
        unique=True,
        postgresql_where="until IS NULL AND fan_id IS NOT NULL",
    )


def _twins() -> None:
    name = "member_twins"
    _table(
        name,
        sa.Column("low_id", sa.BigInteger(), nullable=False),
        sa.Column("high_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.CheckConstraint("low_id < high_id", name=op.f(f"ck_{name}_in_order")),
        _to("members", name, "low_id"),
        _to("members", name, "high_id"),
        sa.UniqueConstraint(
            "brand_id", "low_id", "high_id", name=op.f(f"uq_{name}_brand_id_low_id_high_id")
        ),
    )
    op.create_index(op.f(f"ix_{name}_brand_id_high_id"), name, ["brand_id", "high_id"])
    op.create_index(
        "ix_member_twins_open", name, ["brand_id", "id"], postgresql_where="state = 'open'"
    )


def _merges() -> None:
    name = "member_merges"
    _table(
        name,
        sa.Column("survivor_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_at", MOMENT, nullable=False),
        sa.Column("merged_by", sa.String(length=64), nullable=False),
        sa.Column("record", postgresql.JSONB(), nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("undone_by", sa.String(length=64), nullable=True),
        sa.Column("kept", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("survivor_id <> merged_id", name=op.f(f"ck_{name}_two_people")),
        _to("members", name, "survivor_id"),
        _to("members", name, "merged_id"),
    )
    op.create_index(op.f(f"ix_{name}_brand_id_survivor_id"), name, ["brand_id", "survivor_id"])
    op.create_index(
        "uq_member_merges_standing",
        name,
        ["brand_id", "merged_id"],
        unique=True,
        postgresql_where="undone_at IS NULL",
    )


def _write_known_names_down() -> None:
    """Phones as they lie sealed in `members`, and every WeChat that is linked already."""
    tables = ("members", "fans", "member_identities")
    # The owner is fenced in as everybody is: what it copies it may see for this moment alone.
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO member_identities (brand_id, member_id, kind, account, source, since,"
        " value_encrypted, value_index, value_tail)"
        " SELECT brand_id, id, 'phone', '', origin, created_at, phone_encrypted, phone_index,"
        " phone_tail FROM members WHERE phone_index IS NOT NULL"
    )
    op.execute(
        "INSERT INTO member_identities (brand_id, member_id, kind, account, source, since, fan_id)"
        " SELECT brand_id, member_id, named.kind, '', 'wechat', created_at, id FROM fans,"
        " LATERAL (VALUES ('openid', openid_index), ('unionid', unionid_index))"
        " AS named (kind, name)"
        " WHERE member_id IS NOT NULL AND named.name IS NOT NULL"
    )
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.drop_table("member_merges")
    op.drop_table("member_twins")
    op.drop_table("member_identities")
    op.drop_index("ix_members_merged", "members")
    op.drop_constraint(op.f("fk_members_brand_id_merged_into_id"), "members")
    op.drop_column("members", "merged_into_id")
