"""Imports: the demo's data and people's order files, through one path.

A file goes by COPY into staging, is checked there as a whole, and only then becomes rows of the
brand, step by step. Everything may be done again: what is in already is left alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import select

from app.brands import service as brands
from app.core import db
from app.core.db import session
from app.credit import jobs as credit
from app.imports import completejourney, counting, masters, offers, runs, till, till_file
from app.imports import staging as tables
from app.imports.models import ImportRun
from app.imports.progress import Progress
from app.imports.reports import BadFile, Imported, Problem, write_errors
from app.imports.runs import File
from app.imports.staging import Staging
from app.imports.steps import side_by_side, step
from app.imports.till_file import STAGED, TillFile
from app.insights import jobs as insights
from app.points import service as points

DEMO, ORDERS = "completejourney", "orders"
DEMO_MAPPING, ORDERS_MAPPING = 1, 1
SHIFT = "shift_weeks"
ERASED = "of_erased_people"


def import_completejourney(
    brand_id: int,
    *,
    folder: Path,
    progress: Progress,
    shift_weeks: int = 0,
    again: bool = False,
    order_limit: int | None = None,
) -> Imported:
    """The demo brand's history: stores, members, orders, points, tiers, campaigns, coupons.

    All dates move by whole weeks; a brand keeps the shift of its first import.
    """
    data = completejourney.find()
    file = File(DEMO, completejourney.digest(data), DEMO_MAPPING)
    load = partial(_load_demo, data, folder, progress, shift_weeks, order_limit)
    return _once(brand_id, file, load, again=again, facts={SHIFT: shift_weeks})


def import_orders_csv(
    brand_id: int, path: Path, *, folder: Path, progress: Progress, again: bool = False
) -> Imported:
    """A till's export. Lines that break a rule land in an error file; the good ones go in."""
    if not path.is_file():
        raise BadFile("没有这个文件；看看路径对不对")
    file = File(ORDERS, runs.digest_of(path), ORDERS_MAPPING)
    load = partial(_load_orders, till_file.open_file(path), folder, progress)
    return _once(brand_id, file, load, again=again, facts={})


Load = Callable[[int, ImportRun], tuple[dict[str, int], Path | None]]


def _once(brand_id: int, file: File, load: Load, *, again: bool, facts: dict[str, int]) -> Imported:
    with runs.only_one(brand_id):
        known = runs.done(brand_id, file)
        if known is not None and not again:
            return Imported(known.counts, seconds=0.0, was_known=True)
        started = time.monotonic()
        run = runs.begin(brand_id, file, known.counts if known else facts)
        counts, error_file = load(brand_id, run)
        runs.finish(brand_id, run.id, counts)
        insights.plan_after_import(brand_id)
        credit.plan_after_import(brand_id)
        return Imported(counts, time.monotonic() - started, error_file=error_file)


def _load_demo(
    data: Path,
    folder: Path,
    progress: Progress,
    shift_weeks: int,
    order_limit: int | None,
    brand_id: int,
    run: ImportRun,
) -> tuple[dict[str, int], None]:
    zone, shift_weeks = _prepare(brand_id), run.counts.get(SHIFT, shift_weeks)
    with runs.staged(brand_id, folder) as (staging, work):
        progress("读取数据", 0, 1)
        completejourney.read(data, work, shift_weeks=shift_weeks, order_limit=order_limit)
        progress("读取数据", 1, 1)
        side_by_side(
            partial(masters.add, brand_id, staging, work),
            partial(_stage_lines, brand_id, staging, work),
        )
        till.check(brand_id, staging, zone)
        _refuse_problems(brand_id, staging)
        last = till.last_position(brand_id, staging)
        till.add_orders(brand_id, staging, last, _counter(progress, "写入订单", last))
        side_by_side(
            partial(till.add_points, brand_id, staging, last, _counter(progress, "计算积分", last)),
            partial(offers.add, brand_id, staging, work, zone, progress),
        )
    return counting.of_brand(brand_id) | {SHIFT: shift_weeks}, None


def _prepare(brand_id: int) -> str:
    """The brand has its ladder; gives the zone in which its tills write times."""
    with db.transaction(brand_id):
        points.add_ladder()
        return brands.get(brand_id).zone


def _stage_lines(brand_id: int, staging: Staging, work: Path) -> None:
    with step(brand_id):
        tables.copy_file(staging.lines, work / "lines.csv")


def _refuse_problems(brand_id: int, staging: Staging) -> None:
    """The demo's data has none; one means that the brand holds other orders by these numbers."""
    if problems := _problems(brand_id, staging):
        first = problems[0]
        raise BadFile(f"{len(problems)} 行和品牌已有的订单不同：{first.field}，{first.reason}")


def _load_orders(
    file: TillFile, folder: Path, progress: Progress, brand_id: int, run: ImportRun
) -> tuple[dict[str, int], Path | None]:
    zone = _prepare(brand_id)
    with runs.staged(brand_id, folder) as (staging, _work):
        with step(brand_id):
            tables.copy_rows(staging.lines, STAGED, file.staged())
        left_out = till.check(brand_id, staging, zone)
        last = till.last_position(brand_id, staging)
        till.add_orders(brand_id, staging, last, _counter(progress, "写入订单", last))
        till.add_points(brand_id, staging, last, _counter(progress, "计算积分", last))
        problems = [*file.problems, *_problems(brand_id, staging)]
        counts = counting.of_file(brand_id, staging) | {
            "refused": len({p.record for p in problems})
        }
        if left_out:
            counts[ERASED] = left_out
    return counts, _write_errors(file, folder, run, problems)


def _problems(brand_id: int, staging: Staging) -> list[Problem]:
    found = staging.problems.c
    with step(brand_id):
        rows = session.execute(select(found.record, found.field, found.reason))
        return [Problem(*row) for row in rows]


def _write_errors(
    file: TillFile, folder: Path, run: ImportRun, problems: Sequence[Problem]
) -> Path | None:
    if not problems:
        return None
    target = folder / f"{file.path.stem}-{run.id}-errors.csv"
    write_errors(target, file.header, file.rows(), problems)
    return target


def _counter(progress: Progress, what: str, total: int) -> Callable[[int], None]:
    """Adds up what two threads report."""
    lock, done = threading.Lock(), 0

    def add(more: int) -> None:
        nonlocal done
        with lock:
            done += more
            progress(what, min(done, total), total)

    return add
