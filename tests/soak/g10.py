"""G10: an import done again, killed, doubled or altered comes to what its file says, once.

The oracle is computed from the file's own text. The control reads the same file as many do: line
by line, committing as it goes, and from the start again after it died.
"""

from __future__ import annotations

import csv
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from app.core import clock, db
from app.core.db import session
from app.imports import progress, service
from app.members.models import Member
from app.orders.models import Order, OrderLine
from app.process import Process
from app.stores import service as stores
from tests import factories, ground
from tests.imports import tables, victim
from tests.soak.scene import row

HEADER = ("订单号", "行号", "门店号", "会员号", "付款时间", "商品编码", "数量", "实付", "原价")
STORES, MEMBERS, SKUS = 6, 200, 120
BROKEN, REPEATED = 0.01, 0.005  # of the lines
BEGINS = datetime(2026, 1, 5, 10, tzinfo=UTC)


@dataclass
class Oracle:
    """What the file's good lines add up to."""

    orders: dict[str, int] = field(default_factory=dict)  # by number, in fen
    lines: int = 0
    refused: int = 0

    def take(self, order_no: str, fen: int) -> None:
        self.orders[order_no] = self.orders.get(order_no, 0) + fen
        self.lines += 1

    @property
    def sums(self) -> dict[str, int]:
        """As `standing` reads them from the database."""
        return {
            "orders": len(self.orders),
            "order_lines": self.lines,
            "sales_fen": sum(self.orders.values()),
        }


def measure(seed: int, *, lines: int = 20_000, kills: int = 40) -> dict[str, Any]:
    """Row G10: what every run came to beside the oracle, and what the control doubled."""
    lot = random.Random(seed)
    with _shop() as shop:
        path, oracle = _file(lot, shop.folder, lines)
        broken = _killed(shop, path, lot, kills)
        after_kills = shop.standing()
        done = shop.bring(path)
        twice = _twice(shop, path)
        altered = _altered(shop, path, oracle)
        at_once = _at_once(shop, path)
        doubled = _control(path, lot)
    right = oracle.sums
    figures = {
        "lines": lines,
        **right,
        "refused": done.counts["refused"],
        "refused_oracle": oracle.refused,
        "orders_when_last_killed": after_kills["orders"],
        "rules_broken_after_a_kill": broken,
        "rows_written_by_the_same_file_again": twice,
        "conflicts_reported": altered,
        "at_once": at_once,
        "control_orders_doubled": doubled,
    }
    is_right = shop.found == right and done.counts["refused"] == oracle.refused
    stands = not broken and not twice and altered == shop.altered and at_once["differs"] == 0
    return row(
        "G10",
        seed,
        passed=is_right and stands and at_once["finished"] >= 1,
        control_failed=doubled > 0,
        kills=kills,
        lost=max(right["orders"] - shop.found["orders"], 0),
        doubled=max(shop.found["orders"] - right["orders"], 0),
        figures=figures,
    )


@dataclass
class Shop:
    """A brand with stores and members of its own, in a database with real commits."""

    urls: Any
    brand_id: int
    folder: Path
    found: dict[str, int] = field(default_factory=dict)
    altered: int = 0

    def bring(self, path: Path) -> Any:
        return service.import_orders_csv(
            self.brand_id, path, folder=self.folder, progress=progress.silent, again=True
        )

    def standing(self) -> dict[str, int]:
        """What lies in the database."""
        with db.transaction(self.brand_id):
            count, fen = session.execute(
                select(func.count(), func.coalesce(func.sum(Order.paid_fen), 0)).select_from(Order)
            ).one()
            lines = session.scalar(select(func.count()).select_from(OrderLine)) or 0
        return {"orders": count, "order_lines": lines, "sales_fen": int(fen)}


@contextmanager
def _shop() -> Iterator[Shop]:
    with tempfile.TemporaryDirectory() as folder, ground.cloned(ground.admin_url()) as urls:
        process = Process(
            ground.make_settings(urls, WECHAT_API_BASE_URL="http://127.0.0.1:9"), urls
        )
        try:
            brand = factories.make_brand()
            with db.transaction(brand.id):
                _people()
            yield Shop(urls, brand.id, Path(folder))
        finally:
            process.disconnect()


def _people() -> None:
    for number in range(STORES):
        stores.add_store(code=f"S-{number}", name=f"门店 {number}")
    now = clock.now()
    for number in range(MEMBERS):
        session.add(
            Member(number=f"M{number}", origin="import", joined_on=now.date(), created_at=now)
        )


# The file and its oracle


def _file(lot: random.Random, folder: Path, lines: int) -> tuple[Path, Oracle]:
    path, oracle, written, number = folder / "till.csv", Oracle(), 0, 0
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        while written < lines:
            number += 1
            for record in _order(lot, f"T{number:06d}", oracle)[: lines - written]:
                out.writerow(record)
                written += 1
    return path, _read(path)


def _order(lot: random.Random, order_no: str, _: Oracle) -> list[list[str]]:
    store, member = f"S-{lot.randrange(STORES)}", f"M{lot.randrange(MEMBERS)}"
    at = (BEGINS + timedelta(minutes=lot.randrange(200_000))).strftime("%Y-%m-%d %H:%M:%S")
    head = (store, member if lot.random() < 0.7 else "", at)
    records = []
    for line_no in range(1, lot.choice((1, 1, 2, 3, 4)) + 1):
        records.append([order_no, str(line_no), *head, *_goods(lot)])
        if lot.random() < BROKEN:
            records[-1][lot.choice((6, 7))] = "很多"
        if lot.random() < REPEATED:
            records.append([order_no, str(line_no), *head, *_goods(lot)])
    return records


def _goods(lot: random.Random) -> list[str]:
    fen, quantity = lot.randrange(100, 60_000), lot.choice((1, 1, 2))
    paid = f"{fen // 100}.{fen % 100:02d}"
    return [f"K{lot.randrange(SKUS)}", str(quantity), paid, paid]


def _read(path: Path) -> Oracle:
    """From the text alone: good form, and the first of each (order, line)."""
    oracle, seen = Oracle(), set()
    with path.open(newline="", encoding="utf-8") as file:
        for record in csv.DictReader(file):
            key = record["订单号"], record["行号"]
            if "很多" in record.values() or key in seen:
                oracle.refused += 1
                continue
            seen.add(key)
            yuan, _, rest = record["实付"].partition(".")
            oracle.take(record["订单号"], int(yuan) * 100 + int(rest))
    return oracle


# What is done to it


def _processes() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.imports.victim"])
    return context


def _start(shop: Shop, path: Path) -> Any:
    process = _processes().Process(
        target=victim.import_file, args=(shop.urls, shop.brand_id, str(shop.folder), str(path))
    )
    process.start()
    return process


def _killed(shop: Shop, path: Path, lot: random.Random, kills: int) -> list[str]:
    """Killed at so many moments of one import; answers the rules that did not hold afterwards."""
    with _other_shop(shop) as twin:
        began = time.monotonic()
        process = _start(twin, path)
        process.join()
        seconds = time.monotonic() - began
    broken: set[str] = set()
    done = 0
    while done < kills:
        process = _start(shop, path)
        process.join(lot.uniform(0, seconds))
        done += process.is_alive()
        _kill(process)
        broken |= set(tables.broken_rules())
    return sorted(broken)


@contextmanager
def _other_shop(shop: Shop) -> Iterator[Shop]:
    """A second brand, whose undisturbed import says how long one takes."""
    twin = factories.make_brand("twin", "孪生")
    with db.transaction(twin.id):
        _people()
    yield Shop(shop.urls, twin.id, shop.folder)


def _kill(process: Any) -> None:
    for reach in (os.killpg, os.kill):
        try:
            reach(process.pid, signal.SIGKILL)
            break
        except ProcessLookupError:
            continue
    process.join()


def _twice(shop: Shop, path: Path) -> int:
    """How many rows the same file writes when it is imported once more."""
    shop.found = shop.standing()
    before = tables.fingerprints()
    shop.bring(path)
    after = tables.fingerprints()
    return sum(before[name] != after[name] for name in before)


def _altered(shop: Shop, path: Path, oracle: Oracle) -> int:
    """The same orders with another amount: reported line by line, and nothing changes."""
    other = path.with_name("altered.csv")
    with path.open(newline="", encoding="utf-8") as file:
        rows = [record for record in csv.reader(file) if "很多" not in record][1:]
    changed = rows[: max(len(rows) // 50, 1)]
    for record in changed:
        record[7] = record[8] = f"{int(record[7].partition('.')[0]) + 1}.00"
    with other.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *changed])
    done = shop.bring(other)
    shop.altered = len(changed)
    return done.counts["refused"] if shop.standing() == oracle.sums else -1


def _at_once(shop: Shop, path: Path) -> dict[str, int]:
    """Two imports of one brand at the same moment: one works, the other says so or comes after."""
    before = shop.standing()
    processes = [_start(shop, path) for _ in range(2)]
    for process in processes:
        process.join()
    codes = [process.exitcode for process in processes]
    return {
        "finished": codes.count(0),
        "told_to_wait": codes.count(3),
        "differs": int(shop.standing() != before),
    }


def _control(path: Path, lot: random.Random) -> int:
    """How many orders stand there twice after a reader that commits as it goes died half-way."""
    with db.system_transaction():
        session.execute(text("CREATE TEMP TABLE plainly (order_no text, line_no int, fen int)"))
        with path.open(newline="", encoding="utf-8") as file:
            rows = [
                {"o": record[0], "l": int(record[1])}
                for record in csv.reader(file)
                if record[1].isdigit()
            ]
        stop = lot.randrange(1, len(rows))
        for part in (rows[:stop], rows):
            session.execute(text("INSERT INTO plainly VALUES (:o, :l, 1)"), part)
        twice = "SELECT count(DISTINCT order_no) FROM (SELECT order_no FROM plainly"
        twice += " GROUP BY order_no, line_no HAVING count(*) > 1) AS doubled"
        return session.scalar(text(twice)) or 0
