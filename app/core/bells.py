"""Bells for open pages: something changed, come and fetch it. Never the data itself."""

from __future__ import annotations

import redis
import structlog

from app.core import db, queue

log = structlog.get_logger()
PREFIX = "huike:bell:"


def ring(topic: str, seq: int) -> None:
    """Tell every open page of this topic, after the commit. A lost bell costs one poll."""
    db.after_commit(lambda: _publish(topic, seq))


def _publish(topic: str, seq: int) -> None:
    try:
        queue.connection().publish(f"{PREFIX}{topic}", str(seq))
    except redis.RedisError:
        log.warning("bell.lost", topic=topic)
