"""G9: a merge loses nothing and can be undone, whatever came before, between, and in its midst.

The control leaves one table out of the record of a merge; the comparison must see it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import Engine, event, select, update
from sqlalchemy.exc import DBAPIError

from app.core import db
from app.core.db import session
from app.journeys import merging
from app.journeys.merging.table import RULES
from app.members.models import MemberMerge
from app.process import Process
from tests import ground
from tests.journeys import histories
from tests.journeys.histories import History, World, random_history
from tests.soak.scene import row

MIDDLE = 0.8  # of the statements of the first one: a later one finds some things made
# Without these somebody's row would stand where it never was: each is left out once.
LEFT_OUT = ("orders", "coupons", "contacts", "custom_changes", "notes", "member_tags", "fans")
FULL: Sequence[histories.Step] = tuple(
    (name, who, who + 1) for name in histories.BEFORE for who in (0, 1)
)


def measure(seed: int, *, lives: int = 300, kills: int = 30) -> dict[str, Any]:
    """Row G9: histories, how many of them differed and in what, kills, and what the control saw."""
    lot = random.Random(seed)
    with _database() as admin:
        found = [_told(random_history(lot), number) for number in range(lives)]
        killed, halves, points = _killed(lot, kills, admin)
        control = _control()
    different = [names for names in found if names]
    figures = {
        "histories": lives,
        "differences": len(different),
        "differing": sorted({name for names in different for name in names}),
        "tables": len(RULES),
        "kills": killed,
        "statements": points,
        "half_done": halves,
        "control_left_out": len(LEFT_OUT),
        "control_noticed": control,
    }
    return row(
        "G9",
        seed,
        passed=not different and not halves and killed == kills,
        control_failed=control == len(LEFT_OUT),
        kills=killed,
        lost=len(different),
        figures=figures,
    )


@contextmanager
def _database() -> Iterator[str]:
    """A database with real commits; gives the address by which its connections are ended."""
    with ground.cloned(ground.admin_url()) as urls:
        process = Process(
            ground.make_settings(urls, WECHAT_API_BASE_URL="http://127.0.0.1:9"), urls
        )
        admin = ground.admin_url().set(drivername="postgresql")
        try:
            yield admin.render_as_string(hide_password=False)
        finally:
            process.disconnect()


def _told(history: History, number: int) -> list[str]:
    """Merge and undo, then merge, live on, and undo; what differs from never having been one."""
    told, never = World(history, f"one{number}"), World(history, f"two{number}")
    before = told.rows()
    merge_id = merge(told)
    left = told.left_on(told.ids[1 - told.survivor])
    undo(told, merge_id)
    differing = [*left, *histories.differing(before, told.rows())]
    merge_id = merge(told)
    told.act(history.since)
    undo(told, merge_id)
    never.is_since = True
    never.act(never.settle(history.since))
    never.make_good()
    for found, expected in zip(told.facts(), never.facts(), strict=True):
        differing += histories.differing(found, expected)
    return differing


def merge(told: World) -> int:
    with db.transaction(told.brand.id):
        merge_id = merging.merge(*told.ids, actor="soak").id
    told.is_merged = True
    return merge_id


def undo(told: World, merge_id: int) -> None:
    with db.transaction(told.brand.id):
        merging.undo(merge_id, actor="soak")
    told.is_merged = False


def _full_life() -> History:
    return History((True, True), (True, True), False, FULL, ())


def _killed(lot: random.Random, kills: int, admin: str) -> tuple[int, int, int]:
    """(kills, how many left something half done, statements of a merge and of its undoing)."""
    told = World(_full_life(), "killed")
    with _counted() as merging_takes:
        merge_id = merge(told)
    with _counted() as undoing_takes:
        undo(told, merge_id)
    merges, undoings = (int(takes[0] * MIDDLE) for takes in (merging_takes, undoing_takes))
    done = halves = 0
    while done < kills:
        half = _killed_merge(told, lot.randrange(merges), admin)
        half += _killed_undoing(told, lot.randrange(undoings), admin)
        done, halves = done + 2, halves + half
    return done, halves, merging_takes[0] + undoing_takes[0]


def _killed_merge(told: World, at: int, admin: str) -> bool:
    """Whether anything of it stayed."""
    before = told.rows()
    _kill(at, partial(merge, told), admin)
    return bool(histories.differing(before, told.rows()))


def _killed_undoing(told: World, at: int, admin: str) -> bool:
    """Whether anything of it stayed; then it is undone in peace."""
    merge_id = merge(told)
    before = told.rows()
    _kill(at, partial(undo, told, merge_id), admin)
    is_half = bool(histories.differing(before, told.rows()))
    undo(told, merge_id)
    return is_half


@contextmanager
def _counted() -> Iterator[list[int]]:
    counted = [0]

    def count(*_: Any) -> None:
        counted[0] += 1

    with _before_each_statement(count):
        yield counted


def _kill(at: int, act: Callable[[], object], admin: str) -> None:
    """The server ends the connection before this statement of the act, which must fail of it."""
    left = [at]

    def end(_engine: Any, cursor: Any, *_: Any) -> None:
        if left[0] == 0:
            with psycopg.connect(admin, autocommit=True) as other:
                pid = cursor.connection.info.backend_pid
                other.execute("SELECT pg_terminate_backend(%s)", [pid])
        left[0] -= 1

    with _before_each_statement(end):
        try:
            act()
        except DBAPIError:
            return
    raise AssertionError(f"the act outlived the end of its connection at statement {at}")


@contextmanager
def _before_each_statement(call: Callable[..., None]) -> Iterator[None]:
    engine = db.app_bind()
    assert isinstance(engine, Engine)
    event.listen(engine, "before_cursor_execute", call)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", call)


def _control() -> int:
    """How many tables, each left out of one merge's record, were missed afterwards."""
    return sum(_is_noticed(table) for table in LEFT_OUT)


def _is_noticed(table: str) -> bool:
    told = World(_full_life(), f"without-{table}".replace("_", "-"))
    before = told.rows()
    merge_id = merge(told)
    leave_out(told, merge_id, table)
    undo(told, merge_id)
    return bool(histories.differing(before, told.rows()))


def leave_out(told: World, merge_id: int, table: str) -> None:
    """As if the merge had never looked at this table."""
    nothing = {"moved": [], "aside": [], "renamed": []}
    with db.transaction(told.brand.id):
        record = session.scalars(select(MemberMerge.record).filter_by(id=merge_id)).one()
        empty = nothing if isinstance(record[table], dict) else []
        ours = update(MemberMerge).where(MemberMerge.id == merge_id)
        session.execute(ours.values(record=record | {table: empty}))
