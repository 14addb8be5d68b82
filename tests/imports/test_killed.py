"""An import killed at any moment is done again and comes to the same."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time

import pytest

from app.core import db
from app.imports import progress, service
from tests import factories
from tests.imports import tables, victim

ORDERS = 100
KILLS = 20
SOAK_ORDERS, SOAK_KILLS = 5_000, 20


@pytest.fixture(scope="module")
def processes():
    """Processes that have the product loaded already, so that a kill hits the import."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.imports.victim"])
    return context


def start(processes, urls, brand_id, folder, orders):
    process = processes.Process(
        target=victim.import_slice, args=(urls, brand_id, str(folder), orders)
    )
    process.start()
    return process


def kill(process) -> None:
    """SIGKILL to the import and its reader."""
    for reach in (os.killpg, os.kill):
        try:
            reach(process.pid, signal.SIGKILL)
            break
        except ProcessLookupError:
            continue
    process.join()


def whole_run(processes, urls, brand_id, folder, orders) -> float:
    """Seconds of an undisturbed import."""
    started = time.monotonic()
    process = start(processes, urls, brand_id, folder, orders)
    process.join()
    assert process.exitcode == 0
    return time.monotonic() - started


def urls_of(built_app):
    return built_app.extensions["process"].urls


@pytest.mark.fault
def test_killed_at_twenty_points_it_comes_to_the_same(own_database, built_app, processes, tmp_path):
    urls = urls_of(built_app)
    brand, twin = factories.make_brand(), factories.make_brand("twin", "孪生")
    whole_run(processes, urls, twin.id, tmp_path, ORDERS)
    expected = contents_of(twin)
    seconds = whole_run(processes, urls, twin.id, tmp_path, ORDERS)  # the shorter: nothing is new
    seed = random.randrange(10**6)
    print(f"seed {seed}, points within {seconds:.1f} s")
    rng = random.Random(seed)

    killed = 0
    while killed < KILLS:
        process = start(processes, urls, brand.id, tmp_path, ORDERS)
        process.join(rng.uniform(0, seconds))
        killed += process.is_alive()
        kill(process)
        assert tables.broken_rules() == []
    whole_run(processes, urls, brand.id, tmp_path, ORDERS)

    assert contents_of(brand) == expected
    assert tables.staging_tables() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault
@pytest.mark.soak
@pytest.mark.parametrize("round_no", range(SOAK_KILLS))
def test_killed_once_at_any_point_it_comes_to_the_same(
    round_no, own_database, built_app, processes, tmp_path
):
    urls = urls_of(built_app)
    brand, twin = factories.make_brand(), factories.make_brand("twin", "孪生")
    seconds = whole_run(processes, urls, twin.id, tmp_path, SOAK_ORDERS)
    seed = random.randrange(10**6)
    print(f"seed {seed}, one import takes {seconds:.1f} s")

    process = start(processes, urls, brand.id, tmp_path, SOAK_ORDERS)
    process.join(random.Random(seed).uniform(0, seconds))
    kill(process)
    whole_run(processes, urls, brand.id, tmp_path, SOAK_ORDERS)

    assert contents_of(brand) == contents_of(twin)
    assert tables.broken_rules() == []
    assert tables.staging_tables() == []


def test_done_again_it_changes_no_row(own_database, tmp_path):
    brand = factories.make_brand()
    bring(brand, tmp_path)
    before = tables.fingerprints()

    again = bring(brand, tmp_path, again=True)

    assert not again.was_known
    assert tables.fingerprints() == before


def test_the_same_data_is_skipped_and_keeps_its_first_shift(own_database, tmp_path):
    brand = factories.make_brand()
    first = bring(brand, tmp_path, shift_weeks=52)
    before = tables.fingerprints()

    skipped = bring(brand, tmp_path, shift_weeks=53)
    again = bring(brand, tmp_path, shift_weeks=53, again=True)

    assert skipped.was_known
    assert skipped.counts == first.counts == again.counts
    assert tables.fingerprints() == before


def bring(brand, folder, **given):
    return service.import_completejourney(
        brand.id, folder=folder, progress=progress.silent, order_limit=ORDERS, **given
    )


def contents_of(brand) -> dict[str, int]:
    with db.transaction(brand.id):
        return tables.sums()
