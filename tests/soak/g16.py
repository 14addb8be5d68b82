"""G16: an account whose WeChat swallows every call slows no other, and no call waits 10 s.

One worker sends the notices of two accounts, first with both sound, then with one stuck. The
negative control is a worker that serves the accounts in turn and has no breaker.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select

from app.core import db
from app.core.db import session
from app.wechat import gateway, health, notices
from app.wechat.errors import NoAnswer
from app.wechat.gateway import Template
from app.wechat.models import Notice, NoticeState
from app.wechat.notices import sending
from tests.soak.scene import Scene, percentile, row, scene

TEMPLATE, PEOPLE = "soak-template", 20
ENOUGH, LONGEST_MS, PATIENCE_SECONDS = 0.8, 10_000, 90


def measure(seed: int, *, messages: int = 3_000) -> dict[str, Any]:
    """Row G16: how fast the sound account's notices go out beside a stuck one."""
    with scene() as stage:
        sound, other = _brand(stage), _brand(stage)
        # A planned fault costs the box time at every call, whomever it is for: in both runs.
        stage.box.fault("*", "errcode", times=10**6, appid="wxnobody")
        normal = _seconds(sound, other, messages, _work)
        stage.box.fault("*", "blackhole", times=10**6, appid=other.service.appid)
        beside = _seconds(sound, other, messages, _work)
        waits = [_asked(other) for _ in range(5)]
        with _no_breaker(other):
            control = _seconds(sound, other, messages, lambda: _in_turn((other, sound)))
    figures = {
        "messages": messages,
        "normal_per_second": round(messages / normal),
        "beside_a_stuck_account_per_second": round(messages / beside),
        "share": round(normal / beside, 2),
        "control_share": round(normal / control, 2),
        "longest_call_ms": max(waits),
    }
    return row(
        "G16",
        seed,
        passed=normal / beside >= ENOUGH and max(waits) < LONGEST_MS,
        control_failed=normal / control < ENOUGH,
        p50_ms=percentile(waits, 0.5),
        p99_ms=percentile(waits, 0.99),
        figures=figures,
    )


def _brand(stage: Scene) -> Any:
    brand = stage.open_brand(PEOPLE)
    path = f"/accounts/{brand.service.appid}/templates/{TEMPLATE}"
    template = {"kind": "template", "title": "到账", "content": "{{thing1.DATA}}"}
    stage.box.admin("PUT", path, template)
    stage.box.admin("POST", "/template", {"answer_seconds": 0.05, "receipts": False})
    return brand


def _seconds(sound: Any, other: Any, messages: int, work: Callable[[], None]) -> float:
    """Both have so many due; until the sound one's are all settled."""
    for brand in (sound, other):
        _write(brand, messages)
    wanted = _sent(sound) + messages
    started = time.monotonic()
    with _working(work):
        while _sent(sound) < wanted:
            if time.monotonic() - started > PATIENCE_SECONDS:
                break
            time.sleep(0.05)
        return time.monotonic() - started


@contextmanager
def _working(work: Callable[[], None]) -> Iterator[None]:
    done = threading.Event()

    def go_on() -> None:
        while not done.is_set():
            work()
            done.wait(0.05)

    worker = threading.Thread(target=go_on)
    worker.start()
    yield
    done.set()
    worker.join()


def _work() -> None:
    notices.work()


def _in_turn(brands: tuple[Any, ...]) -> None:
    with ThreadPoolExecutor(sending.PARALLEL) as threads:
        for brand in brands:
            sending._step_or_log(threads, brand.id, brand.service.id)


def _write(brand: Any, messages: int) -> None:
    with db.transaction(brand.id):
        made = session.scalar(select(func.count(Notice.id))) or 0
        for number in range(made, made + messages):
            notices.write(
                account_id=brand.service.id,
                openid=brand.openids[number % PEOPLE],
                subject=f"soak:{number}",
                message=Template(TEMPLATE, {"thing1": "积分到账"}),
            )


def _sent(brand: Any) -> int:
    with db.transaction(brand.id):
        sent = select(func.count(Notice.id)).where(Notice.state == NoticeState.SENT)
        return session.scalar(sent) or 0


def _asked(brand: Any) -> float:
    """How long a single call for the stuck account waits, in ms, before it says so."""
    started = time.perf_counter()
    try:
        gateway.user_info(brand.service.id, brand.openids[0])
    except NoAnswer:
        return round((time.perf_counter() - started) * 1000)
    raise RuntimeError("the fault is not in force")


@contextmanager
def _no_breaker(brand: Any) -> Iterator[None]:
    kept, health.OPENS_AFTER = health.OPENS_AFTER, 0
    health.resume(brand.service.id)
    try:
        yield
    finally:
        health.OPENS_AFTER = kept
