"""Row-level security and grants, as every migration with a new table calls them."""

from __future__ import annotations

from alembic import op

BRAND = "brand_id = NULLIF(current_setting('app.brand_id', true), '')::bigint"


def grant(*tables: str) -> None:
    """Both working roles may use these tables; the migrations' owner alone may change them."""
    for table in tables:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO huike_app, huike_system")


def fence(*tables: str) -> None:
    """Wall a brand's table: the app sees the brand it named, the system role sees all."""
    grant(*tables)
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_brand ON {table} TO huike_app USING ({BRAND}) WITH CHECK ({BRAND})"
        )
        op.execute(
            f"CREATE POLICY all_brands ON {table} TO huike_system USING (true) WITH CHECK (true)"
        )


def append_only(*tables: str) -> None:
    """Facts are never edited: not by a mistake, not by a person at the database."""
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in tables:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
