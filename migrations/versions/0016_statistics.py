"""A bulk load may refresh the planner's statistics of tables that it does not own.

PostgreSQL 15 knows no MAINTAIN privilege; a function of the owner's does the same there.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION refresh_statistics(tables text[]) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE name text;
        BEGIN
            FOREACH name IN ARRAY tables LOOP
                EXECUTE format('ANALYZE public.%I', name);
            END LOOP;
        END $$""")
    op.execute("REVOKE ALL ON FUNCTION refresh_statistics(text[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION refresh_statistics(text[]) TO huike_system")


def downgrade() -> None:
    op.execute("DROP FUNCTION refresh_statistics(text[])")
