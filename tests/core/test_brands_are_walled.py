"""The wall between brands: twice, and each wall is tried alone."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.core import database, db
from app.core.db import NoBrand, session
from app.stores import service as stores
from app.stores.models import Store
from tests import factories


@pytest.fixture
def two_brands(own_database):
    ours, theirs = factories.make_brand("ours", "甲"), factories.make_brand("theirs", "乙")
    for brand in (ours, theirs):
        with db.transaction(brand.id):
            stores.add_store(code="S1", name="一店")
    return ours, theirs


def names_of_all_fenced_tables() -> list[str]:
    mappers = db.Model.registry.mappers
    return sorted(m.local_table.name for m in mappers if issubclass(m.class_, db.BrandRow))


def test_without_a_brand_the_database_shows_the_app_no_row_of_any_table(two_brands) -> None:
    with db.transaction():
        for table in names_of_all_fenced_tables():
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table
    with db.system_transaction():
        assert session.scalar(text("SELECT count(*) FROM stores")) == 2  # they are there


def test_every_table_of_a_brand_is_fenced(two_brands) -> None:
    with db.system_transaction():
        fenced = session.scalars(
            text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        ).all()

    assert set(names_of_all_fenced_tables()) <= set(fenced)


def test_one_brand_sees_its_own_rows_even_in_plain_sql(two_brands) -> None:
    ours, _ = two_brands

    with db.transaction(ours.id):
        assert session.scalars(text("SELECT DISTINCT brand_id FROM stores")).all() == [ours.id]


def test_another_brands_row_cannot_be_written(two_brands) -> None:
    ours, theirs = two_brands
    insert = text("INSERT INTO regions (brand_id, name) VALUES (:brand, '东')")

    with pytest.raises(DBAPIError, match="row-level security"), db.transaction(ours.id):
        session.execute(insert, {"brand": theirs.id})
    with db.transaction(ours.id):
        changed = session.execute(
            text("UPDATE stores SET name = '改' WHERE brand_id = :brand"), {"brand": theirs.id}
        )
        assert changed.rowcount == 0


def test_a_forgotten_scope_is_an_error_and_not_an_empty_list(two_brands) -> None:
    with pytest.raises(NoBrand), db.transaction():
        session.scalars(select(Store)).all()


def test_the_filter_holds_alone_where_the_database_would_not(two_brands) -> None:
    """The negative control: as the system role, which no policy stops."""
    ours, _ = two_brands

    with db.system_transaction(ours.id):
        assert [store.brand_id for store in session.scalars(select(Store))] == [ours.id]
    with db.system_transaction():
        assert len(session.scalars(select(Store)).all()) == 2


def test_a_key_to_another_brands_row_cannot_be_stored(two_brands) -> None:
    ours, theirs = two_brands
    with db.transaction(theirs.id):
        foreign = session.scalars(select(Store.id)).one()

    with pytest.raises(DBAPIError, match="foreign key"), db.transaction(ours.id):
        session.execute(
            text(
                "INSERT INTO orders (brand_id, source, order_no, store_id, paid_at, paid_fen,"
                " list_fen, coupon_fen, origin)"
                " VALUES (:brand, 'pos', '1', :store, now(), 1, 1, 0, 'pos')"
            ),
            {"brand": ours.id, "store": foreign},
        )


def test_the_app_refuses_to_start_as_superuser_or_owner(own_database, admin) -> None:
    name = db.make_url(own_database.database_url).database
    engine = db.make_engine(own_database.database_owner_url)
    with engine.connect() as connection, pytest.raises(database.WrongRole, match="huike_app"):
        database.check_role(connection)
    engine.dispose()
    assert name  # the address names a database


def test_points_and_audit_rows_are_never_edited(two_brands) -> None:
    ours, _ = two_brands
    for table in ("points_transfers", "audit", "consents"):
        with db.system_transaction():
            triggers = session.scalars(
                text("SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:t AS regclass)"),
                {"t": table},
            ).all()
        assert "append_only" in triggers, table
    assert ours
