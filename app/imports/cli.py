"""`flask import …`: bring a brand's history in."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click
from flask import current_app

from app.brands import service as brands
from app.core import clock, db
from app.core.errors import AppError
from app.imports import progress, service
from app.imports.reports import Imported

LAST_DAY = date(2017, 12, 31)


@click.group("import")
def imports() -> None:
    """Bring in the demo's data, or a till's order file."""


@imports.command("demo-brand")
@click.option("--brand", "slug", required=True, help="The brand's short name.")
@click.option("--again", is_flag=True, help="Also when these very files were imported before.")
@click.option("--shift-weeks", type=int, help="Move all dates; by default up to the last week.")
def demo_brand(slug: str, again: bool, shift_weeks: int | None) -> None:
    """A year of real, anonymised purchases (completejourney), as the brand's history."""
    weeks = _weeks_since_the_data() if shift_weeks is None else shift_weeks
    try:
        done = service.import_completejourney(
            _brand_id(slug),
            folder=_folder(),
            progress=progress.on(sys.stderr),
            shift_weeks=weeks,
            again=again,
        )
    except AppError as error:
        raise click.ClickException(error.detail or error.title) from None
    _tell(done)


@imports.command("orders")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--brand", "slug", required=True, help="The brand's short name.")
@click.option("--again", is_flag=True, help="Also when this very file was imported before.")
def orders(path: Path, slug: str, again: bool) -> None:
    """A CSV file of order lines; headings and rules: docs/operations.md."""
    try:
        done = service.import_orders_csv(
            _brand_id(slug),
            path,
            folder=_folder(),
            progress=progress.on(sys.stderr),
            again=again,
        )
    except AppError as error:
        raise click.ClickException(error.detail or error.title) from None
    _tell(done)


def _brand_id(slug: str) -> int:
    with db.system_transaction():
        return brands.by_slug(slug).id


def _folder() -> Path:
    var: Path = current_app.config["HUIKE"].var
    return var / "imports"


def _weeks_since_the_data() -> int:
    return (clock.business_day(clock.now()) - LAST_DAY).days // 7


def _tell(done: Imported) -> None:
    counts = done.counts
    click.echo(f"订单 {counts['orders']:,}，明细 {counts['order_lines']:,} 行")
    if done.was_known:
        click.echo("这份文件已经导入过，没有再导入；要再来一次，加上 --again")
        return
    click.echo(f"用时 {done.seconds:.1f} 秒，每秒 {done.lines_a_second:,} 行明细")
    if left_out := counts.get(service.ERASED):
        click.echo(f"{left_out:,} 行是已注销的人的，按她们的要求没有导入")
    if done.error_file is not None:
        click.echo(
            f"{counts['refused']:,} 行没有导入，原因见 {done.error_file}；改好后可以直接导入它"
        )
