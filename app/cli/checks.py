"""`flask timekeeper`, `flask ledger verify`, `flask audit verify`."""

from __future__ import annotations

import json
from typing import Any

import click
from sqlalchemy import func, select

from app import timekeeper
from app.brands.models import Brand
from app.core import audit as chain
from app.core import db
from app.core.db import session
from app.points import queries as points
from app.points.models import PointsAccount, PointsTransfer


@click.command("timekeeper")
def keep_time() -> None:
    """Ring for what is due, every five seconds, until stopped."""
    timekeeper.run()


@click.group()
def ledger() -> None:
    """The points ledger."""


@ledger.command("verify")
@click.option("--json", "as_json", is_flag=True)
def verify_ledger(as_json: bool) -> None:
    """Recompute every balance from its movements; exit 1 when one differs."""
    found = [_ledger_of(brand_id) for brand_id in _brand_ids()]
    report = {
        "balanced": all(row["balanced"] for row in found),
        "accounts": sum(row["accounts"] for row in found),
        "transfers": sum(row["transfers"] for row in found),
        "earned": sum(row["earned"] for row in found),
        "mismatches": [account for row in found for account in row["mismatches"]],
    }
    words = f"{report['earned']:,} 分，逐笔相加{'一致' if report['balanced'] else '不一致'}"
    click.echo(json.dumps(report) if as_json else words)
    raise SystemExit(0 if report["balanced"] else 1)


def _ledger_of(brand_id: int) -> dict[str, Any]:
    with db.transaction(brand_id):
        earned, total = points.totals()
        mismatches = points.mismatches()
        return {
            "balanced": total == 0 and not mismatches,
            "accounts": session.scalar(select(func.count()).select_from(PointsAccount)) or 0,
            "transfers": session.scalar(select(func.count()).select_from(PointsTransfer)) or 0,
            "earned": earned,
            "mismatches": mismatches,
        }


@click.group()
def audit() -> None:
    """The audit chain."""


@audit.command("verify")
@click.option("--json", "as_json", is_flag=True)
def verify_audit(as_json: bool) -> None:
    """Walk every brand's chain; exit 1 at the first row that was removed or edited."""
    found = {brand_id: _chain_of(brand_id) for brand_id in _brand_ids()}
    broken = {brand_id: link for brand_id, (_, link) in found.items() if link is not None}
    rows = sum(count for count, _ in found.values())
    report = {
        "intact": not broken,
        "rows": rows,
        "first_broken": next(iter(broken.values()), None),
    }
    for brand_id, link in broken.items():
        click.echo(f"品牌 {brand_id} 的审计从第 {link:,} 条断开", err=True)
    click.echo(json.dumps(report) if as_json else _chain_words(rows, bool(broken)))
    raise SystemExit(0 if report["intact"] else 1)


def _chain_of(brand_id: int) -> tuple[int, int | None]:
    with db.transaction(brand_id):
        return chain.verify()


def _chain_words(rows: int, is_broken: bool) -> str:
    return f"{rows:,} 条，{'断开了，上面是断点' if is_broken else '完整'}"


def _brand_ids() -> list[int]:
    with db.system_transaction():
        return list(session.scalars(select(Brand.id).order_by(Brand.id)))


COMMANDS = (keep_time, ledger, audit)
