"""Bad input: refused every time, with nothing changed, nothing leaked and nobody else delayed.

The server is the product's own under uvicorn. Whoever holds a right signature must not learn
from an answer, nor from its time, which check of a seal failed; the control is a difference
that the same test of times does see.
"""

from __future__ import annotations

import base64
import http.client
import os
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist
from subprocess import Popen
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.core import db
from app.core.db import Model, session
from app.process import Process
from bench import servers
from tests import factories, ground
from tests.soak.scene import percentile, row
from tests.wechat import letters

BLOCK = 32
MOST_GROWTH_MB, MOST_WAIT_MS, LEAST_P, TIMINGS = 20, 500, 0.01, 200
WARM_UP = 0.2  # of the requests come before the memory is first looked at
KEY = base64.b64decode(factories.AES_KEY + "=")
Request = tuple[str, dict[str, str], bytes]  # address, query, body


@dataclass
class Door:
    """One keep-alive connection to the server, and whose address is tried."""

    port: int
    url_key: str
    appid: str
    line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def post(self, request: Request) -> tuple[int, bytes, float]:
        """Status, body, and the wait in ms."""
        address, query, body = request
        began = time.perf_counter()
        self.line.request("POST", f"/wechat/{address}/callback?{urlencode(query)}", body)
        with self.line.getresponse() as answer:
            heard = answer.read()
        if answer.status == 413:
            self.line.close()  # the server has not read the body, and hangs up
        return answer.status, heard, (time.perf_counter() - began) * 1000

    def sealed(self, message: str, appid: str = "") -> Request:
        query, body = letters.sealed(message, appid or self.appid)
        return self.url_key, query, body.encode()

    def signed(self, cipher: str) -> Request:
        """A right signature over whatever was given."""
        query, body = letters.envelope(cipher)
        return self.url_key, query, body.encode()


def measure(seed: int, *, requests: int = 10_000) -> dict[str, Any]:
    """Row bad_input."""
    rng = random.Random(seed)
    with _serving() as (door, server):
        answers, growth, waits, changed = _besieged(door, server, rng, requests)
        oracle, told, control = _oracle(door)
    refused = all(400 <= status < 500 for status in answers)
    figures = {
        "requests": requests,
        "answers": {str(status): count for status, count in sorted(answers.items())},
        "changed": changed,
        "growth_mb": growth,
        "good_requests": len(waits),
        "oracle_p": oracle,
        "oracle_answers": told,
        "control_p": control,
    }
    quick = percentile(waits, 0.99) < MOST_WAIT_MS
    silent = oracle > LEAST_P and told == 1
    return row(
        "bad_input",
        seed,
        passed=refused and not changed and growth < MOST_GROWTH_MB and quick and silent,
        control_failed=control < LEAST_P,
        p50_ms=percentile(waits, 0.5),
        p99_ms=percentile(waits, 0.99),
        figures=figures,
    )


@contextmanager
def _serving() -> Iterator[tuple[Door, Popen[bytes]]]:
    with ground.cloned(ground.admin_url()) as urls:
        process, port = Process(ground.make_settings(urls), urls), servers.free_port()
        try:
            environ = ground.environ_of(urls) | {"WECHAT_API_BASE_URL": "http://127.0.0.1:9"}
            account = factories.make_brand("soak").service
            with servers.pinned(servers.uvicorn(port), port, environ) as child:
                yield Door(port, account.url_key, account.appid), child
        finally:
            process.disconnect()


def _besieged(
    door: Door, server: Popen[bytes], rng: random.Random, requests: int
) -> tuple[Counter[int], float, list[float], list[str]]:
    """Answers, growth in MB, the good ones' waits in ms, and tables that the bad ones changed."""
    kinds, answers, done = _kinds(door, rng), Counter[int](), threading.Event()
    before, waits, memory = _rows(), [], 0.0
    good = threading.Thread(target=_go_on_well, args=(door, waits, done))
    good.start()
    try:
        for number in range(requests):
            if number == int(requests * WARM_UP):
                memory = _pss_mb(server)
            answers[door.post(kinds[number % len(kinds)]())[0]] += 1
    finally:
        done.set()
        good.join()
    after = _rows() | {"inbox": _rows()["inbox"] - len(waits)}
    changed = [name for name, count in after.items() if before[name] != count]
    return answers, round(_pss_mb(server) - memory, 1), waits, changed


def _go_on_well(door: Door, waits: list[float], done: threading.Event) -> None:
    mine = Door(door.port, door.url_key, door.appid)
    while not done.is_set():
        status, _, wait = mine.post(mine.sealed(letters.scan(f"o-good-{len(waits)}")))
        waits.append(wait if status == 200 else float("inf"))
        done.wait(0.02)


def _kinds(door: Door, rng: random.Random) -> list[Callable[[], Request]]:
    """Every way to be wrong, each time with other bytes."""
    outside, inside = _broken_outside(rng), _broken_inside()
    return [
        lambda: (secrets.token_hex(12), *door.sealed(letters.scan())[1:]),
        lambda: _changed(door, msg_signature=secrets.token_hex(20)),
        lambda: _changed(door, msg_signature=""),
        lambda: _changed(door, msg_signature="签名"),
        lambda: _changed(door, nonce=secrets.token_hex(5)),
        lambda: _changed(door, timestamp=str(int(time.time()) - rng.randrange(601, 10**8))),
        lambda: _changed(door, timestamp=rng.choice(("", "soon", "-1", "9" * 500, "²", "1e9"))),
        lambda: (door.url_key, letters.stamped(), letters.scan().encode()),
        lambda: (door.url_key, letters.stamped(), b"x" * (64 * 1024 + rng.randrange(1, 4096))),
        lambda: (door.url_key, letters.stamped(), rng.choice(outside)),
        lambda: (door.url_key, letters.stamped(), rng.randbytes(rng.randrange(2000))),
        lambda: door.sealed(rng.choice(inside)),
        lambda: door.sealed(letters.scan(), appid="wxsomebodyelse001"),
        lambda: door.signed(base64.b64encode(rng.randbytes(rng.randrange(200))).decode()),
        lambda: door.signed(rng.choice(("", "AAAA", "not base64 !", "=" * 44, "键"))),
        lambda: door.signed(_wrong_padding(door.appid)),
        lambda: door.signed(_wrong_length(door.appid)),
    ]


def _changed(door: Door, **query: str) -> Request:
    address, right, body = door.sealed(letters.scan())
    return address, right | query, body


def _broken_outside(rng: random.Random) -> list[bytes]:
    return [
        b"",
        b"hello",
        b"\xff\xfe",
        b"<xml>",
        b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
        b"<xml><Encrypt>\x00</Encrypt></xml>",
        b"<!DOCTYPE xml SYSTEM 'file:///etc/passwd'><xml><Encrypt>a</Encrypt></xml>",
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><xml><Encrypt>&a;</Encrypt></xml>",
        b"<xml>" + b"<a>" * rng.randrange(5_000, 20_000),
        b'{"a":' * rng.randrange(5_000, 13_000),
        b'{"a": [' + b"1," * 30_000 + b"1]}",
        b'{"Encrypt": "a", "Encrypt": "b"}',
    ]


def _broken_inside() -> list[str]:
    head = "<ToUserName>gh</ToUserName><FromUserName>o</FromUserName><CreateTime>1</CreateTime>"
    return [
        "",
        "not xml",
        "<xml></xml>",
        f"<xml>{head}</xml>",
        f"<xml>{head}<MsgType>event</MsgType></xml>",
        f"<xml>{head}<FromUserName>victim</FromUserName><MsgType>text</MsgType></xml>",
        f"<xml>{head}<MsgType kind='odd'>text</MsgType></xml>",
        f"<!DOCTYPE xml><xml>{head}<MsgType>text</MsgType></xml>",
        f"<xml>{head}<MsgType>text</MsgType>{'<a>' * 5000}{'</a>' * 5000}</xml>",
        '{"MsgType": "text", "FromUserName": ["x", "victim"]}',
    ]


def _oracle(door: Door) -> tuple[float, int, float]:
    """The least p of the pairs of kinds, taken for as many as they are; how many different
    answers there were; and the p of the control, a seal of a thousand times the size."""
    kinds = [
        lambda: door.signed(_wrong_padding(door.appid)),
        lambda: door.signed(_wrong_padding("wxsomebodyelse001", padding=None)),
        lambda: door.signed(_wrong_length(door.appid)),
        lambda: door.signed(_wrong_padding(door.appid, message="x" * 40_000)),
    ]
    waits: list[list[float]] = [[] for _ in kinds]
    told: set[tuple[int, bytes]] = set()
    for _ in range(TIMINGS):
        for number in random.sample(range(len(kinds)), len(kinds)):
            status, body, wait = door.post(kinds[number]())
            waits[number].append(wait)
            told.add((status, body))
    padding, appid, length, large = waits
    pairs = ((padding, appid), (padding, length), (appid, length))
    least = min(mann_whitney(*pair) for pair in pairs)
    return min(1.0, round(least * len(pairs), 4)), len(told), mann_whitney(padding, large)


def mann_whitney(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Two-sided p that both come from one distribution; by the normal form, ties are rare."""
    ranked = sorted([(value, True) for value in ours] + [(value, False) for value in theirs])
    ranks = sum(rank for rank, (_, is_ours) in enumerate(ranked, 1) if is_ours)
    n, m = len(ours), len(theirs)
    statistic = ranks - n * (n + 1) / 2
    deviation = (n * m * (n + m + 1) / 12) ** 0.5
    return 2 * NormalDist().cdf(-abs(statistic - n * m / 2) / deviation)


def _wrong_padding(appid: str, *, message: str = "", padding: int | None = 0) -> str:
    """A seal whose last byte says what cannot be; with None it is as it should be."""
    return _seal(message or letters.scan(), appid, padding=padding)


def _wrong_length(appid: str) -> str:
    return _seal(letters.scan(), appid, longer=7)


def _seal(message: str, appid: str, *, padding: int | None = None, longer: int = 0) -> str:
    size = (len(message.encode()) + longer).to_bytes(4, "big")
    whole = secrets.token_bytes(16) + size + message.encode() + appid.encode()
    right = BLOCK - len(whole) % BLOCK
    whole += bytes([right]) * (right - 1) + bytes([right if padding is None else padding])
    worker = Cipher(algorithms.AES256(KEY), modes.CBC(KEY[:16])).encryptor()
    return base64.b64encode(worker.update(whole) + worker.finalize()).decode()


def _rows() -> dict[str, int]:
    with db.system_transaction():
        return {table.name: session.query(table).count() for table in Model.metadata.sorted_tables}


def _pss_mb(server: Popen[bytes]) -> float:
    """Of the server and its children: what they have for themselves, and their share."""
    found = 0
    for rollup in Path("/proc").glob("[0-9]*/smaps_rollup"):
        try:
            if os.getsid(int(rollup.parent.name)) == server.pid:
                lines = rollup.read_text().splitlines()
                found += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            continue  # it has just ended
    return found / 1024
