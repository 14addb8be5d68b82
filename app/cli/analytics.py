"""`flask analytics …`: figures with their definitions beside them."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy import select

from app.brands import service as brands
from app.brands.models import Brand
from app.core import clock, db
from app.core.db import session
from app.core.errors import AppError
from app.insights import bulk, queries
from app.insights.figures import DEFINITIONS, LEAST, basis_points, lift_hundredths, reaches
from app.insights.models import WHOLE_BRAND, Basis
from app.insights.queries import Pair
from app.stores.models import Store
from app.stores.service import NoStore

SHOWN = 20


@click.group()
def analytics() -> None:
    """What the data says."""


@analytics.command()
@click.option("--brand", "slug", help="Only needed where there is more than one.")
@click.option("--store", "code", help="A store's code; without it, the whole brand.")
@click.option(
    "--min-baskets",
    "least",
    type=click.IntRange(min=LEAST),
    default=500,
    show_default=True,
    help="Only pairs in at least so many orders.",
)
@click.option(
    "--min-confidence",
    "percent",
    type=click.IntRange(0, 100),
    default=0,
    help="Only pairs of which one way round reaches so many per cent.",
)
@click.option("--json", "as_json", is_flag=True)
def pairs(slug: str | None, code: str | None, least: int, percent: int, as_json: bool) -> None:
    """Products bought together, counted anew if orders came since the last count."""
    try:
        report = _pairs(_brand(slug), code, least, percent)
    except AppError as refused:
        raise click.ClickException(refused.title) from None
    click.echo(json.dumps(report, ensure_ascii=False) if as_json else _table(report))


def _brand(slug: str | None) -> Brand:
    with db.system_transaction():
        return brands.by_slug(slug) if slug else brands.only()


def _pairs(brand: Brand, code: str | None, least: int, percent: int) -> dict[str, Any]:
    with db.transaction(brand.id):
        store_id = _store_id(code) if code else WHOLE_BRAND
    _count_if_stale(brand.id, store_id)
    with db.transaction(brand.id):
        n = queries.total(Basis.ORDERS, store_id)
        wanted = queries.pairs(store_id, least=least)
    found = [_figures(pair, n) for pair in wanted if _is_confident(pair, percent)]
    return {
        "brand": brand.slug,
        "store": code,
        "n": n,
        "min_baskets": least,
        "min_confidence_percent": percent,
        "pair_count": len(found),
        "definitions": dict(DEFINITIONS),
        "pairs": found,
    }


def _store_id(code: str) -> int:
    found = session.scalar(select(Store.id).filter_by(code=code))
    if found is None:
        raise NoStore()
    return found


def _count_if_stale(brand_id: int, store_id: int) -> None:
    with db.transaction(brand_id):
        is_stale = bulk.is_stale(Basis.ORDERS, store_id)
        if is_stale:
            bulk.plan(clock.now())
    if is_stale:
        with db.transaction(brand_id):
            bulk.recount(Basis.ORDERS, store_id, wait=True)


def _is_confident(pair: Pair, percent: int) -> bool:
    return reaches(pair.n_ab, min(pair.n_a, pair.n_b), percent)


def _figures(pair: Pair, n: int) -> dict[str, Any]:
    counts = {"n_ab": pair.n_ab, "n_a": pair.n_a, "n_b": pair.n_b}
    return {
        "a": pair.product_a,
        "b": pair.product_b,
        **counts,
        "support_bp": basis_points(pair.n_ab, n),
        "confidence_ab_bp": basis_points(pair.n_ab, pair.n_a),
        "confidence_ba_bp": basis_points(pair.n_ab, pair.n_b),
        "popularity_a_bp": basis_points(pair.n_a, n),
        "popularity_b_bp": basis_points(pair.n_b, n),
        "lift_hundredths": lift_hundredths(**counts, n=n),
    }


def _table(report: dict[str, Any]) -> str:
    n, least = report["n"], report["min_baskets"]
    lines = [f"{report['pair_count']:,} 对，出自 {n:,} 单，每对至少 {least:,} 单"]
    lines += [
        f"{row['n_ab']:>8,} 单  {_times(row['lift_hundredths'])} 倍  {row['a']} ＋ {row['b']}"
        for row in report["pairs"][:SHOWN]
    ]
    if report["pair_count"] > SHOWN:
        lines.append(f"前 {SHOWN} 对；全部加 --json")
    lines += [f"{name}: {words}" for name, words in report["definitions"].items()]
    return "\n".join(lines)


def _times(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"
