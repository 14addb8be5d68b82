"""`flask credit …`: whose sales are whose, worked out again, and whether they add up."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from app.brands import service as brands
from app.core import clock, db
from app.core.errors import AppError
from app.core.money import yuan
from app.credit import form, service, words
from app.credit.queries import period as periods
from app.credit.queries import ruling, shares
from app.credit.queries.period import Period
from app.credit.queries.replaying import Replay, replay, unbalanced
from app.credit.queries.shares import Sum
from app.staff import queries as staff
from app.stores import queries as stores

NOBODY = "门店"
of_brand = click.option("--brand", "slug", help="Only needed where there is more than one.")
as_json = click.option("--json", "is_json", is_flag=True)


@click.group()
def credit() -> None:
    """Whose sale an order is."""


@credit.command("replay")
@of_brand
@click.option("--month", "written", required=True, help="As 2026-10, in the brand's zone.")
@click.option("--rule", "version", type=int, help="Without it, the rules that held.")
@as_json
def replay_month(slug: str | None, written: str, version: int | None, is_json: bool) -> None:
    """A month worked out anew, beside what stands. Writes nothing; the same digest every time."""
    with db.transaction(_brand_id(slug)):
        try:
            report = _replayed(written, version)
        except AppError as refused:
            raise click.ClickException(refused.title) from None
    click.echo(json.dumps(report, ensure_ascii=False) if is_json else _side_by_side(report))


@credit.command()
@of_brand
@click.option("--month", "written", help="Without it, every month in which anything was sold.")
@as_json
def verify(slug: str | None, written: str | None, is_json: bool) -> None:
    """Credits of every store and month are what it sold. Exit 1 where they are not."""
    with db.transaction(_brand_id(slug)):
        months = [written] if written else list(shares.months(periods.zone().key))
        checked = [_checked(each) for each in months]
    is_balanced = not any(month["unbalanced"] for month in checked)
    report = {"balanced": is_balanced, "months": checked}
    click.echo(json.dumps(report, ensure_ascii=False) if is_json else _told(report))
    if not is_balanced:
        raise SystemExit(1)


@credit.command()
@of_brand
@click.option("--starts", type=click.DateTime(["%Y-%m-%d"]), help="A day of the brand's; else now.")
@click.argument("parts", nargs=-1, required=True)
def publish(slug: str | None, starts: datetime | None, parts: tuple[str, ...]) -> None:
    """A new rule, each part as "7000: seller > scan 0 > owner > touch 7 > promoter".

    10,000 basis points together; a number behind a way is how many days it counts. It holds for
    orders paid from its start on: what was sold before stays as it was.
    """
    with db.transaction(_brand_id(slug)):
        try:
            made = service.publish(
                [form.read(part) for part in parts], starts_at=_day(starts), actor="huike"
            )
        except AppError as refused:
            raise click.ClickException(refused.title) from None
    click.echo(f"第 {made.rule.version} 版：{words.sentence(made.rule.parts)}")


def _day(starts: datetime | None) -> datetime | None:
    return clock.day_bounds(starts.date(), periods.zone())[0] if starts else None


@credit.command()
@of_brand
def rules(slug: str | None) -> None:
    """All versions, newest first, each as a sentence."""
    with db.transaction(_brand_id(slug)):
        for each in ruling.history():
            since = f"{each.starts_at:%Y-%m-%d %H:%M} UTC 起" if each.starts_at else "一开始"
            click.echo(f"第 {each.rule.version} 版（{since}）{words.sentence(each.rule.parts)}")


def _brand_id(slug: str | None) -> int:
    with db.system_transaction():
        try:
            return (brands.by_slug(slug) if slug else brands.only()).id
        except AppError as refused:
            raise click.ClickException(refused.title) from None


def _replayed(written: str, version: int | None) -> dict[str, Any]:
    period = periods.month(written)
    rule = None if version is None else ruling.by_number(version).rule
    now, again = shares.sums(period), replay(period, rule)
    fens: dict[tuple[int, int | None], list[int]] = {}
    for place, found in enumerate((now, again.sums)):
        for each in found:
            fens.setdefault((each.store_id, each.staff_id), [0, 0])[place] += each.fen
    return {
        "month": written,
        "rule": version,
        "digest": again.digest,
        "sales_fen": sum(shares.sales(period).values()),
        "stands_fen": sum(each.fen for each in now),
        "replayed_fen": again.fen,
        "unbalanced": _differences(period, now, again),
        "rows": _rows(fens),
    }


def _differences(period: Period, now: list[Sum], again: Replay) -> dict[str, dict[int, int]]:
    found = {"stands": unbalanced(period, now), "replayed": unbalanced(period, again.sums)}
    return {name: stores for name, stores in found.items() if stores}


def _rows(fens: dict[tuple[int, int | None], list[int]]) -> list[dict[str, Any]]:
    people = staff.names()
    named = stores.by_ids({store_id for store_id, _ in fens})
    ordered = sorted(fens, key=lambda whose: (whose[0], whose[1] is None, whose[1] or 0))
    return [
        {
            "store": named[store_id].code,
            "staff_id": staff_id,
            "name": people.get(staff_id, NOBODY) if staff_id else NOBODY,
            "stands_fen": fens[store_id, staff_id][0],
            "replayed_fen": fens[store_id, staff_id][1],
        }
        for store_id, staff_id in ordered
    ]


def _checked(written: str) -> dict[str, Any]:
    """What stands against the orders themselves."""
    period = periods.month(written)
    found, lines = shares.sums(period), shares.lines(period)
    return {
        "month": written,
        "sales_fen": sum(shares.sales(period).values()),
        "credit_fen": sum(each.fen for each in found),
        "waiting_orders": sum(line.version is None for line in lines),
        "unbalanced": unbalanced(period, found),
    }


def _told(report: dict[str, Any]) -> str:
    lines = [
        f"{each['month']}  卖出 {yuan(each['sales_fen'])}  各人相加 {yuan(each['credit_fen'])}"
        f"  还没算 {each['waiting_orders']:,} 单{'  ✗ 对不上' if each['unbalanced'] else ''}"
        for each in report["months"]
    ]
    return "\n".join([*lines, "都对得上" if report["balanced"] else "有月份对不上，见上"])


def _side_by_side(report: dict[str, Any]) -> str:
    lines = [
        f"{each['store']:<8} {yuan(each['stands_fen']):>16} → {yuan(each['replayed_fen']):>16}"
        f"  {each['name']}"
        for each in report["rows"]
    ]
    totals = f"卖出 {yuan(report['sales_fen'])}；现在 {yuan(report['stands_fen'])}，重算"
    return "\n".join([*lines, f"{totals} {yuan(report['replayed_fen'])}", report["digest"]])
