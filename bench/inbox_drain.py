"""How fast stored callbacks become fans, tags, visits and timeline rows: in batches, as the
product works, against one RQ job for each, as is usual."""

from __future__ import annotations

import time
from importlib.metadata import version
from typing import Any

from rq import Queue, Worker
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from app.core import db, inbox, queue
from app.core.db import session
from app.core.events import Event
from app.core.inbox import Letter
from app.journeys import reactions
from app.journeys import service as journeys
from app.members.models import Fan
from app.stores import service as stores
from app.stores.models import CodeKind
from app.visits.models import Visit
from app.wechat import service as wechat
from bench import house
from bench.rows import row

ROUNDS, EVENTS, JOBS = 3, 3000, 60
STORES = 20
QUEUE = "bench"


def measure() -> list[dict[str, Any]]:
    """Row `inbox_drain`: distinct scans of people nobody has seen, spread over the stores."""
    with house.open_house() as home:
        scenes = _open_stores(home)
        batched, single = [], []
        for number in range(ROUNDS):
            batched.append(_rate(home, scenes, f"b{number}", EVENTS, _in_batches))
            single.append(_rate(home, scenes, f"s{number}", JOBS, _job_by_job))
            print(f"  in batches {batched[-1]:.0f}/s, a job each {single[-1]:.1f}/s")
    anchor = f"one RQ {version('rq')} job an event, a worker that forks"
    return [row("inbox_drain", batched, "events/s", anchor=anchor, anchor_values=single)]


def _open_stores(home: house.House) -> list[str]:
    with db.transaction(home.brand_id):
        opened = [stores.add_store(code=f"B{n:03d}", name=f"门店 {n}") for n in range(STORES)]
        session.flush()
        return [_code(home, store.id) for store in opened]


def _code(home: house.House, store_id: int) -> str:
    code = stores.add_code(
        account_id=home.account_id, store_id=store_id, kind=CodeKind.STORE, place="柜台"
    )
    return code.scene


def _rate(home: house.House, scenes: list[str], tag: str, count: int, drain: Any) -> float:
    """Events a second, all effects included; raises RuntimeError when one effect is missing."""
    _store(home, scenes, tag, count)
    before = _effects(home)
    began = time.perf_counter()
    drain(count)
    seconds = time.perf_counter() - began
    made = [after - earlier for after, earlier in zip(_effects(home), before, strict=True)]
    if made != [count] * len(made):
        raise RuntimeError(f"{count} events made {made} fans, visits, timeline rows")
    return count / seconds


def _store(home: house.House, scenes: list[str], tag: str, count: int) -> None:
    letters = [
        Letter(home.brand_id, home.account_id, name, _scan(f"o-{name}", scenes[n % STORES]))
        for n, name in enumerate(f"{tag}-{n}" for n in range(count))
    ]
    inbox.put(letters)


def _scan(openid: str, scene: str) -> str:
    return (
        f"<xml><ToUserName>gh_bench</ToUserName><FromUserName>{openid}</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType>event</MsgType><Event>SCAN</Event>"
        f"<EventKey>{scene}</EventKey><Ticket>gQ_bench</Ticket></xml>"
    )


def _effects(home: house.House) -> list[int]:
    with db.transaction(home.brand_id):
        return [
            session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Fan, Visit, Event)
        ]


def _in_batches(_count: int) -> None:
    by_name = reactions.by_name()
    while wechat.drain() + journeys.react_due(by_name):
        pass


def _job_by_job(count: int) -> None:
    """The same functions, a message at a time, each in a job of its own."""
    jobs = Queue(QUEUE, connection=queue.connection(), serializer=JSONSerializer)
    for _ in range(count):
        jobs.enqueue("bench.inbox_drain.one", result_ttl=0)
    db.dispose_after_fork()
    worker = Worker([jobs], connection=queue.connection(), serializer=JSONSerializer)
    worker.work(burst=True, logging_level="ERROR")


def one() -> None:
    """The next message and what follows from it."""
    db.dispose_after_fork()
    wechat.drain(1)
    journeys.react_due(reactions.by_name())
