"""RQ as a doorbell: SQL says what is due, a ring only says "look now".

A ring carries the queue's name and nothing else, so that losing every key in Redis loses
nothing: the timekeeper rings again within its tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import redis
import structlog
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from app.core import db

log = structlog.get_logger()

NOW, BULK, FAST = "now", "bulk", "fast"  # fast: what is worth nothing in twenty seconds
JOB_SECONDS = 60
_BELL_SECONDS = 2
_connection: redis.Redis | None = None


def configure(url: str) -> None:
    """Say where the queue lives; connections are opened when first used."""
    global _connection
    _connection = redis.Redis.from_url(
        url, socket_timeout=5, socket_connect_timeout=5, health_check_interval=30
    )


def connection() -> redis.Redis:
    """The process's Redis client."""
    if _connection is None:
        raise RuntimeError("queue.configure was not called")
    return _connection


def ring(name: str) -> None:
    """Wake the worker of this queue, after the commit."""
    db.after_commit(lambda: ring_at_once(name))


def ring_at_once(name: str) -> None:
    """Wake the worker; rings within the same moment are one. Redis being down is no error."""
    try:
        with connection().pipeline(transaction=False) as both:
            both.set(_bell(name), 1, nx=True, ex=_BELL_SECONDS)
            both.exists(_awake(name))
            is_first, is_awake = both.execute()
        if is_first and not is_awake:
            _enqueue(name)
    except redis.RedisError:
        log.warning("queue.ring_lost", queue=name)


def _enqueue(name: str) -> None:
    _rq(name).enqueue(
        "app.worker.answer",
        name,
        job_timeout=JOB_SECONDS,
        result_ttl=0,
        failure_ttl=86400,
        description=f"answer {name}",
    )


def heard(name: str) -> bool:
    """Whether it was rung since the last look. Asking says that a worker is awake: as long as
    it asks, a ring needs no new job. One that dies is forgotten within two seconds."""
    connection().set(_awake(name), 1, ex=_BELL_SECONDS)
    return bool(connection().getdel(_bell(name)))


def fall_asleep(name: str) -> None:
    """The worker stops asking; a ring that came in between is rung anew."""
    connection().delete(_awake(name))
    if connection().getdel(_bell(name)):
        ring_at_once(name)


def depth(name: str) -> int:
    """Rings that no worker has answered yet; a worker that lives leaves hardly any."""
    return int(_rq(name).count)


def heartbeats(name: str) -> Sequence[datetime]:
    """When each worker that serves this queue was last alive, in UTC."""
    workers = Worker.all(queue=_rq(name), serializer=JSONSerializer)
    return [worker.last_heartbeat for worker in workers if worker.last_heartbeat]


def _bell(name: str) -> str:
    return f"huike:rung:{name}"


def _awake(name: str) -> str:
    return f"huike:awake:{name}"


def _rq(name: str) -> Queue:
    return Queue(name, connection=connection(), serializer=JSONSerializer)
