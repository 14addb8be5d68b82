"""Whose customer she is, with its history; what `members.guide_id` said becomes the first row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.fence import fence

revision = "0063"
down_revision = "0062"

# Asked at the commit, of whichever of the two tables was written: they must say the same.
SAME_GUIDE = """
CREATE FUNCTION owner_says_the_same() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE hers bigint := CASE TG_TABLE_NAME WHEN 'members' THEN (to_jsonb(NEW)->>'id')::bigint
                       ELSE (to_jsonb(NEW)->>'member_id')::bigint END;
BEGIN
  IF (SELECT guide_id FROM members WHERE brand_id = NEW.brand_id AND id = hers)
     IS DISTINCT FROM (SELECT staff_id FROM member_owners
       WHERE brand_id = NEW.brand_id AND member_id = hers AND until IS NULL)
  THEN RAISE EXCEPTION 'members.guide_id is not the open row of member_owners'
    USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""
CLOSED_ONCE = """
CREATE FUNCTION refuse_second_close() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF OLD.until IS NOT NULL THEN
    RAISE EXCEPTION 'a closed row of member_owners is history';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    _create()
    fence("member_owners")
    _take_what_is_there()
    op.execute("REVOKE UPDATE, DELETE ON member_owners FROM huike_app, huike_system")
    op.execute("GRANT UPDATE (until) ON member_owners TO huike_app, huike_system")
    op.execute(CLOSED_ONCE)
    op.execute(
        "CREATE TRIGGER closed_once BEFORE UPDATE ON member_owners"
        " FOR EACH ROW EXECUTE FUNCTION refuse_second_close()"
    )
    op.execute(SAME_GUIDE)
    for table, when in (
        ("member_owners", "INSERT OR UPDATE"),
        ("members", "UPDATE OF guide_id"),
    ):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER same_guide AFTER {when} ON {table}"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION owner_says_the_same()"
        )
    op.execute(
        "CREATE CONSTRAINT TRIGGER same_guide_from_the_start AFTER INSERT ON members"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.guide_id IS NOT NULL)"
        " EXECUTE FUNCTION owner_says_the_same()"
    )


def _create() -> None:
    op.create_table(
        "member_owners",
        sa.Column("brand_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("store_id", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("rule_version", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("until >= since", name=op.f("ck_member_owners_in_order")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_member_owners_brand_id")
        ),
        *(_key(table, column) for table, column in KEYS),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_member_owners")),
    )
    is_open = sa.text("until IS NULL")
    op.create_index(
        "uq_member_owners_open",
        "member_owners",
        ["brand_id", "member_id"],
        unique=True,
        postgresql_where=is_open,
    )
    op.create_index(
        "ix_member_owners_of_guide",
        "member_owners",
        ["brand_id", "staff_id"],
        postgresql_where=is_open,
    )
    op.create_index(
        op.f("ix_member_owners_brand_id_member_id_since"),
        "member_owners",
        ["brand_id", "member_id", "since"],
    )
    op.execute(
        "ALTER TABLE member_owners ADD CONSTRAINT ex_member_owners_overlap EXCLUDE USING gist"
        " (int8range(member_id, member_id, '[]') WITH &&, tstzrange(since, until) WITH &&)"
    )


KEYS = (("members", "member_id"), ("staff", "staff_id"), ("stores", "store_id"))


def _key(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["brand_id", column],
        [f"{table}.brand_id", f"{table}.id"],
        name=op.f(f"fk_member_owners_brand_id_{column}"),
    )


def _take_what_is_there() -> None:
    """Since when it held nobody wrote down; so the history begins now."""
    for table in ("members", "member_owners"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO member_owners (brand_id, member_id, staff_id, store_id, since, why)"
        " SELECT brand_id, id, guide_id, main_store_id, now(), 'before' FROM members"
        " WHERE guide_id IS NOT NULL ORDER BY brand_id, id"
    )
    for table in ("members", "member_owners"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("DROP TRIGGER same_guide_from_the_start ON members")
    op.execute("DROP TRIGGER same_guide ON members")
    op.drop_table("member_owners")
    op.execute("DROP FUNCTION owner_says_the_same()")
    op.execute("DROP FUNCTION refuse_second_close()")
