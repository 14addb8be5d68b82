"""How many callbacks a second one core takes in: sealed, distinct, answered with a sealed text.

Ours are committed before the answer; the peers store nothing.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import func, select

from app.core import db
from app.core.db import session
from app.core.inbox import InboxMessage
from app.wechat.envelope import Seal, sign
from bench import house, load, servers
from bench.rows import row
from frontend import build

ROUNDS, WARM_UP, SECONDS, CONNECTIONS = 3, 1.0, 3.0, 32
MOST = 14_000  # requests a second that are prepared for
PEERS = servers.ROOT / "bench" / "peers"


@dataclass(frozen=True)
class Contender:
    """A server, its address for callbacks, and what it is called in the report."""

    name: str
    path: str
    command: Callable[[int], list[str]]
    environ: Mapping[str, str]


def measure() -> list[dict[str, Any]]:
    """Rows `callback` and `callback_bare`."""
    server_core, other_core = servers.cores()
    os.sched_setaffinity(0, {other_core})
    try:
        with house.open_house() as home:
            return _rows(_measured(home))
    finally:
        os.sched_setaffinity(0, {server_core, other_core})


def _measured(home: house.House) -> dict[str, list[load.Run]]:
    found: dict[str, list[load.Run]] = {}
    for number in range(ROUNDS):
        for contender in _contenders(home):
            run = _run(contender, number)
            found.setdefault(contender.name, []).append(run)
            print(
                f"  {contender.name}: {run.rate:.0f}/s, {run.percentile(0.99)} ms, "
                f"{run.cpu_us:.0f} µs"
            )
    return found


def _run(contender: Contender, number: int) -> load.Run:
    port = servers.free_port()
    requests = _requests(contender, port, number)
    before = _stored()
    with servers.pinned(contender.command(port), port, contender.environ) as child:
        used = servers.cpu_seconds(child)
        run = load.drive(port, requests, connections=CONNECTIONS, warm_up=WARM_UP, seconds=SECONDS)
        run.cpu_us = (servers.cpu_seconds(child) - used) / run.total * 1e6
    if set(run.answers) != {b"200"}:
        raise RuntimeError(f"{contender.name} refused what it should have taken: {run.answers}")
    if contender.name == "huike" and _stored() - before < len(run.waits_ms):
        raise RuntimeError("an answer was given for a message that is not stored")
    return run


def _stored() -> int:
    with db.system_transaction():
        return session.scalar(select(func.count()).select_from(InboxMessage)) or 0


def _requests(contender: Contender, port: int, number: int) -> list[bytes]:
    """Distinct SCAN events, sealed and signed."""
    seal, stamp = Seal.of(house.AES_KEY, house.APPID), str(int(time.time()))
    count = int(MOST * (WARM_UP + SECONDS))
    return [
        _request(contender.path, port, seal, stamp, f"{number}-{each}") for each in range(count)
    ]


def _request(path: str, port: int, seal: Seal, stamp: str, name: str) -> bytes:
    sealed = seal.close(
        f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName>"
        f"<FromUserName><![CDATA[o-{name}]]></FromUserName><CreateTime>{stamp}</CreateTime>"
        f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[SCAN]]></Event>"
        f"<EventKey><![CDATA[S0021-G07]]></EventKey><Ticket><![CDATA[gQ_bench]]></Ticket></xml>"
    )
    query = {"timestamp": stamp, "nonce": "n0nce", "encrypt_type": "aes", "openid": f"o-{name}"}
    query["signature"] = sign(house.TOKEN, stamp, "n0nce")
    query["msg_signature"] = sign(house.TOKEN, stamp, "n0nce", sealed)
    body = (
        "<xml><ToUserName><![CDATA[gh_bench]]></ToUserName>"
        f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    )
    return load.render(f"{path}?{urlencode(query)}", port, body.encode())


def _contenders(home: house.House) -> list[Contender]:
    known = {"BENCH_TOKEN": house.TOKEN, "BENCH_APPID": house.APPID}
    known |= {"BENCH_AES_KEY": house.AES_KEY, "NODE_ENV": "production"}
    node = build.find_node()
    build.install_packages(node, PEERS)
    echo = "bench.peers.wechatpy_echo:app"
    ours = f"/wechat/{home.url_key}/callback"
    return [
        Contender("huike", ours, servers.uvicorn, home.environ),
        Contender("npm wechat on express", "/wechat",
                  lambda _: [node.binary, str(PEERS / "express_wechat.js")], known),
        Contender("werobot on gthread", "/wechat",
                  lambda p: servers.gunicorn("bench.peers.werobot_app:app", p), known),
        Contender("wechatpy echo on gthread", "/wechat",
                  lambda p: servers.gunicorn(echo, p), known),
        Contender("bare Flask on gthread", "/bare", lambda p: servers.gunicorn(echo, p), known),
    ]  # fmt: skip


def _rows(found: dict[str, list[load.Run]]) -> list[dict[str, Any]]:
    rates = {name: [run.rate for run in runs] for name, runs in found.items()}
    ours, bare = rates.pop("huike"), rates.pop("bare Flask on gthread")
    fastest = max(rates, key=lambda name: median(rates[name]))
    waits = {
        "p50_ms": median(run.percentile(0.5) for run in found["huike"]),
        "p99_ms": median(run.percentile(0.99) for run in found["huike"]),
    }
    versions = {name: version(name) for name in ("uvicorn", "gunicorn", "flask", "wechatpy")}
    versions |= {"werobot": version("werobot")}
    versions |= json.loads((PEERS / "package.json").read_text())["dependencies"]
    peers = {name: round(median(each)) for name, each in rates.items()}
    cpu = {name: round(median(run.cpu_us for run in runs)) for name, runs in found.items()}
    return [
        row("callback", ours, "callbacks/s", anchor=fastest, anchor_values=rates[fastest],
            **waits, peers=peers, cpu_us=cpu, versions=versions),
        row("callback_bare", ours, "callbacks/s", anchor="bare Flask on gthread",
            anchor_values=bare),
    ]  # fmt: skip
