"""Is it alive, is it ready, what does it count."""

from __future__ import annotations

from datetime import timedelta

import redis
from flask import Blueprint, Response, jsonify
from prometheus_client import generate_latest
from sqlalchemy import or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, db, policy, pulse, queue
from app.core.web import App, anyone, steps
from app.wechat.models import AccessToken

bp = Blueprint("health", __name__)
SILENT_FOR = timedelta(seconds=60)


def mount(app: App) -> None:
    """Open to anyone on purpose: nothing here tells more than yes or no."""
    app.mount(bp, guard=anyone, policy=policy.OPEN)


@bp.get("/healthz")
@steps
def healthz() -> Response:
    """The process answers."""
    return jsonify(ok=True)


@bp.get("/readyz")
@steps
def readyz() -> tuple[Response, int]:
    """What this process needs, one by one."""
    found = {
        "database": _database(),
        "queue": _queue(),
        "timekeeper": _timekeeper(),
        "tokens": _tokens(),
    }
    return jsonify(found), 200 if all(found.values()) else 503


@bp.get("/metrics")
@steps
def metrics() -> Response:
    """Counters for Prometheus."""
    return Response(generate_latest(), content_type="text/plain; version=0.0.4")


def _database() -> bool:
    try:
        with db.transaction():
            return bool(db.session.scalar(text("SELECT 1")))
    except SQLAlchemyError:
        return False


def _queue() -> bool:
    try:
        return bool(queue.connection().ping())
    except redis.RedisError:
        return False


def _timekeeper() -> bool:
    try:
        with db.system_transaction():
            last = pulse.last(pulse.TIMEKEEPER)
    except SQLAlchemyError:
        return False
    return last is not None and clock.now() - last < SILENT_FOR


def _tokens() -> bool:
    """No account is without a living token, unless its first is just being fetched."""
    is_gone = or_(AccessToken.token_encrypted.is_(None), AccessToken.expires_at <= clock.now())
    without = select(AccessToken.account_id).where(is_gone, AccessToken.lease_token.is_(None))
    try:
        with db.system_transaction():
            return db.session.scalar(without.limit(1)) is None
    except SQLAlchemyError:
        return False
