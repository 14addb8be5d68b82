"""What wakes the work: Redis, the workers, the timekeeper, the stream."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import redis
from sqlalchemy import select

from app.brands.models import AccountKind, WechatAccount
from app.core import clock, db, pulse, queue
from app.core.db import session
from app.doctor import web
from app.doctor.patient import Patient
from app.doctor.steps import Check, Fault

WORKER_SILENT = timedelta(seconds=75)  # an idle one beats every 30 s
TIMEKEEPER_SILENT = timedelta(seconds=30)  # it ticks every 5 s
MOST_RINGS = 50
START = "make run 会一起启动它；用自己的进程管理器时，看它为什么停了"


def reachable(_: Patient) -> str:
    """Redis answers."""
    try:
        queue.connection().ping()
        version = _info("server").get("redis_version")
    except redis.RedisError as error:
        raise Fault(
            f"Redis 连不上（{type(error).__name__}）",
            "看 Redis 是否在运行，REDIS_URL 的主机、端口、密码是否对。消息没有丢，只是慢",
        ) from None
    return f"Redis {version}"


def keeps(_: Patient) -> str:
    """It writes down what it is told, and throws nothing away when it is full."""
    if not _info("persistence").get("aof_enabled"):
        raise Fault("Redis 没有打开 AOF，重启会忘掉已排的活", "redis.conf 里设 appendonly yes")
    policy = _info("memory").get("maxmemory_policy")
    if policy != "noeviction":
        raise Fault(f"Redis 满了会丢键（{policy}）", "redis.conf 里设 maxmemory-policy noeviction")
    return "AOF 打开，noeviction"


def _info(section: str) -> dict[str, Any]:
    found: dict[str, Any] = queue.connection().info(section)
    return found


def worker_of(name: str) -> Check:
    """The check that some worker serves this queue."""

    def alive(_: Patient) -> str:
        beats = queue.heartbeats(name)
        fresh = [at for at in beats if clock.now() - at < WORKER_SILENT]
        if not fresh:
            seen = f"，最后一次在 {_ago(max(beats))}" if beats else ""
            raise Fault(f"没有 worker 在做 {name} 队列{seen}", f"启动 worker-{name}。{START}")
        return f"{len(fresh)} 个在做"

    return alive


def fast_worker(patient: Patient) -> str:
    """Some worker welcomes WeCom's customers, where a corp tells of them."""
    with db.system_transaction():
        heard = select(WechatAccount.id).where(WechatAccount.kind == AccountKind.WECOM)
        if session.scalar(heard.limit(1)) is None:
            return "没有接企业微信，用不着"
    return worker_of(queue.FAST)(patient)


def rings(_: Patient) -> str:
    """The workers keep up with what they are woken for."""
    depths = {name: queue.depth(name) for name in (queue.NOW, queue.FAST, queue.BULK)}
    late = [f"{name} {depth:,}" for name, depth in depths.items() if depth > MOST_RINGS]
    if late:
        raise Fault(f"队列积着：{'，'.join(late)}", "worker 做不过来：看它的日志，或再起一个")
    return "，".join(f"{name} {depth}" for name, depth in depths.items())


def timekeeper(_: Patient) -> str:
    """It beats."""
    with db.system_transaction():
        last = pulse.last(pulse.TIMEKEEPER)
    if last is None:
        raise Fault("timekeeper 从没有动过", f"启动 timekeeper。{START}")
    if clock.now() - last > TIMEKEEPER_SILENT:
        raise Fault(f"timekeeper 停了，最后一次在 {_ago(last)}", f"启动 timekeeper。{START}")
    return f"{_ago(last)}动过"


def _ago(at: Any) -> str:
    return f"{(clock.now() - at).total_seconds():,.0f} 秒前"


def stream(patient: Patient) -> str:
    """The stream stands at its address: without a session it refuses, which only it does."""
    try:
        answer = web.ask("GET", f"{patient.settings.stream_url}/stream")
    except web.Unreachable as error:
        raise Fault(
            f"STREAM_URL 连不上：{error.reason}",
            f"启动 stream。{START}。导购的页面现在每 5 秒自己来问",
        ) from None
    if answer.status != 403:
        raise Fault(
            f"STREAM_URL 答的不是 stream（HTTP {answer.status}）",
            "反向代理要把 /stream 交给 stream 进程，见 docs/operations.md 第 4 节",
        )
    return "在听"
