"""The demo brand's pairs, held against a second count by another engine over the raw data."""

from __future__ import annotations

import json
from dataclasses import astuple

import duckdb
import pytest
from sqlalchemy import select

from app.cli import analytics
from app.core import db
from app.core.db import session
from app.imports import completejourney, progress, service
from app.insights import bulk, queries
from app.insights.models import Basis, Neighbour
from app.stores.models import Store
from tests import factories, ground

pytestmark = pytest.mark.import_full

COLUMNS = ("a", "b", "n_a", "n_b", "n_ab")
LEFT_OUT = "'FUEL', 'MISCELLANEOUS', 'COUPON'"
BY_DUCKDB = """
WITH baskets AS (
    SELECT DISTINCT {unit} AS unit,
        coalesce(product_type, product_category, department) AS product
    FROM '{data}/transactions.parquet' JOIN '{data}/products.parquet' USING (product_id)
    WHERE department NOT IN ({left_out}) {which}
), held AS (SELECT product, count(*) AS n FROM baskets GROUP BY product)
SELECT a.product, b.product, any_value(na.n), any_value(nb.n), count(*) AS n_ab
FROM baskets a JOIN baskets b ON b.unit = a.unit AND b.product > a.product
JOIN held na ON na.product = a.product JOIN held nb ON nb.product = b.product
GROUP BY a.product, b.product HAVING count(*) >= {least}
"""


@pytest.fixture(scope="module")
def demo(admin, built_app, tmp_path_factory):
    """The imported brand in a database of this module's own."""
    process = built_app.extensions["process"]
    before = process.urls
    with ground.cloned(admin) as urls:
        process.disconnect()
        process.urls = urls
        process.connect()
        brand = factories.make_brand()
        service.import_completejourney(
            brand.id, folder=tmp_path_factory.mktemp("imports"), progress=progress.silent
        )
        yield brand
        process.disconnect()
    process.urls = before
    process.connect()


def by_duckdb(unit: str, least: int, which: str = "") -> set[tuple]:
    data = completejourney.find()
    asked = BY_DUCKDB.format(unit=unit, data=data, left_out=LEFT_OUT, which=which, least=least)
    return set(duckdb.sql(asked).fetchall())


def asked(built_app, *arguments: str) -> dict:
    given = ["pairs", "--json", *arguments]
    done = built_app.test_cli_runner().invoke(analytics.analytics, given)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def counts(report: dict) -> set[tuple]:
    return {tuple(row[name] for name in COLUMNS) for row in report["pairs"]}


def test_the_brands_pairs_are_those_that_duckdb_counts(demo, built_app):
    report = asked(built_app, "--min-baskets", "500")

    assert (report["n"], report["pair_count"]) == (155_848, 1_844)
    assert counts(report) == by_duckdb("basket_id", 500)
    first = report["pairs"][0]
    assert (first["a"], first["b"], first["n_ab"]) == ("BANANAS", "FLUID MILK WHITE ONLY", 8_970)
    assert (first["support_bp"], first["lift_hundredths"]) == (576, 233)


def test_every_pair_that_is_kept_is_right(demo, built_app):
    asked(built_app)
    with db.transaction(demo.id):
        kept = queries.pairs(0, least=10)
    ours = {astuple(pair) for pair in kept}

    assert len(ours) == 188_691
    assert ours == by_duckdb("basket_id", 10)


def test_the_pairs_of_the_busiest_store(demo, built_app):
    with db.transaction(demo.id):
        code = session.scalar(select(Store.code).where(Store.code == "367"))
    report = asked(built_app, "--store", code, "--min-baskets", "10")

    assert report["n"] == 4_194
    assert counts(report) == by_duckdb("basket_id", 10, "AND store_id = '367'")


def test_neighbours_are_members_in_common(demo):
    with db.transaction(demo.id):
        bulk.recount(Basis.MEMBERS, 0)
        rows = session.scalars(select(Neighbour)).all()
    theirs = {(a, b): counts for a, b, *counts in by_duckdb("household_id", 10)}

    assert len(rows) == 49_403
    assert [row for row in rows if _in_order(row) != theirs[_pair(row)]] == []
    assert [row for row in rows if not _is_cosine(row)] == []


def _pair(row: Neighbour) -> tuple[str, str]:
    return min(row.product, row.neighbour), max(row.product, row.neighbour)


def _in_order(row: Neighbour) -> list[int]:
    own = [row.n_product, row.n_neighbour]
    return [*(own if row.product < row.neighbour else own[::-1]), row.n_both]


def _is_cosine(row: Neighbour) -> bool:
    """Rounded down, checked without a root."""
    square, whole = row.n_both**2 * 10**8, row.n_product * row.n_neighbour
    return row.cosine**2 * whole <= square < (row.cosine + 1) ** 2 * whole
