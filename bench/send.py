"""How many service notices a second one worker sends: WeChat answers after 50 ms, over TLS.

Ours is the worker's own loop: claimed, called, and settled row by row in PostgreSQL. The anchor
is `requests` with 16 threads, which keeps nothing. Both share a core with the database; the
sandbox has the other.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import requests
import urllib3
from sqlalchemy import func, select

from app.core import db
from app.core.db import session
from app.wechat import http, notices, tokens
from app.wechat.endpoints import SEND_TEMPLATE
from app.wechat.gateway import Template
from app.wechat.models import Notice, NoticeState
from bench import house, servers
from bench.rows import row

ROUNDS, MESSAGES, ANCHOR_MESSAGES = 3, 20_000, 3_000
PEOPLE, ANSWER_SECONDS, ANCHOR_THREADS = 200, 0.05, 16
TEMPLATE = "bench-template"
CONTENT = {"thing1": "积分到账 128 分", "thing2": "禾木集 静安寺店"}


@dataclass(frozen=True)
class Box:
    """The sandbox under this run, and who follows there."""

    url: str
    certificate: str
    openids: list[str]


def measure() -> list[dict[str, Any]]:
    """Row `send`: messages a second, with `requests` as the anchor of each round."""
    server_core, other_core = servers.cores()
    os.sched_setaffinity(0, {other_core})
    try:
        with _sandbox() as box, house.open_house(box.url) as home:
            http.configure(box.url, ca_file=box.certificate)
            pairs = [_round(box, home, number) for number in range(ROUNDS)]
    finally:
        os.sched_setaffinity(0, {server_core, other_core})
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    anchor = f"requests {version('requests')}, {ANCHOR_THREADS} threads"
    return [row("send", ours, "messages/s", anchor=anchor, anchor_values=theirs, messages=MESSAGES)]


def _round(box: Box, home: house.House, number: int) -> tuple[float, float]:
    _write(box, home, number)
    ours = _ours(home, number)
    theirs = _theirs(box, tokens.current(home.account_id))
    print(f"  huike: {ours:.0f}/s settled, requests: {theirs:.0f}/s")
    return ours, theirs


def _write(box: Box, home: house.House, number: int) -> None:
    message = Template(TEMPLATE, CONTENT)
    for start in range(0, MESSAGES, 2_000):
        with db.transaction(home.brand_id):
            for index in range(start, start + 2_000):
                notices.write(
                    account_id=home.account_id,
                    openid=box.openids[index % len(box.openids)],
                    subject=f"bench:{number}:{index}",
                    message=message,
                )


def _ours(home: house.House, number: int) -> float:
    started = time.perf_counter()
    while _is_any_due():
        notices.work()
    seconds = time.perf_counter() - started
    with db.transaction(home.brand_id):
        settled = select(func.count()).where(Notice.state == NoticeState.SENT)
        found = session.scalar(settled.where(Notice.message_id.is_not(None)))
    if found != MESSAGES * (number + 1):
        raise RuntimeError(f"only {found} of {MESSAGES * (number + 1)} notices are settled")
    return MESSAGES / seconds


def _is_any_due() -> bool:
    with db.system_transaction():
        return notices.is_any_due()


def _theirs(box: Box, token: str) -> float:
    url = f"{box.url}{SEND_TEMPLATE.path}?access_token={token}"
    mine = threading.local()

    def send(index: int) -> None:
        if not hasattr(mine, "session"):
            mine.session = requests.Session()
        body = {
            "touser": box.openids[index % len(box.openids)],
            **Template(TEMPLATE, CONTENT).body(),
            "client_msg_id": f"anchor-{time.time_ns()}-{index}"[:32],
        }
        raw = json.dumps(body, ensure_ascii=False).encode()  # WeChat refuses \\uXXXX (40033)
        answer = mine.session.post(url, data=raw, timeout=8, verify=box.certificate).json()
        if answer["errcode"] != 0:
            raise RuntimeError(f"the anchor was refused: {answer['errcode']}")

    with ThreadPoolExecutor(ANCHOR_THREADS) as threads:
        list(threads.map(send, range(ANCHOR_THREADS)))
        started = time.perf_counter()
        list(threads.map(send, range(ANCHOR_MESSAGES)))
        return ANCHOR_MESSAGES / (time.perf_counter() - started)


@contextmanager
def _sandbox() -> Iterator[Box]:
    port = servers.free_port()
    with tempfile.TemporaryDirectory() as folder:
        environ = {"SANDBOX_PORT": str(port), "SANDBOX_STATE": folder, "SANDBOX_TLS": "1"}
        command = [sys.executable, "-m", "sandbox"]
        with servers.pinned(command, port, environ):
            url = f"https://127.0.0.1:{port}"
            certificate = str(Path(folder) / "tls-certificate.pem")
            yield Box(url, certificate, _furnish(url, certificate))


def _furnish(url: str, certificate: str) -> Sequence[str]:
    """An account, its template, its followers; answers take their time and have no receipt."""
    pool = urllib3.PoolManager(ca_certs=certificate)

    def say(method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = pool.request(method, f"{url}/sandbox/api{path}", json=body)
        if answer.status != 200:
            raise RuntimeError(f"the sandbox refused {path}: {answer.status}")
        return answer.json()

    account = {"kind": "service", "secret": "bench-secret", "original_id": "gh_bench"}
    account |= {"name": "bench", "callback_url": "http://127.0.0.1:9/", "token": house.TOKEN}
    say("PUT", f"/accounts/{house.APPID}", account | {"encoding_aes_key": house.AES_KEY})
    content = "\n".join(f"{{{{{name}.DATA}}}}" for name in CONTENT)
    template = {"kind": "template", "title": "到账", "content": content}
    say("PUT", f"/accounts/{house.APPID}/templates/{TEMPLATE}", template)
    people = [{"key": f"p{number}", "nickname": f"p{number}"} for number in range(PEOPLE)]
    made = say("POST", "/people/bulk", {"people": people})["people"]
    for person in made:
        say("POST", f"/people/{person['person_id']}/follow", {"appid": house.APPID})
    say("POST", "/template", {"answer_seconds": ANSWER_SECONDS, "receipts": False})
    return [person["openids"][house.APPID] for person in made]
