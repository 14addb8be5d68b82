"""How long from a scan to the guide's phone: 50 scans a second over 200 open boards.

Everything is real and on its own: the sandbox seals a callback, the stream process commits it, the
worker makes a visit of it, its bell comes over the board's SSE stream, and the phone then fetches
its changed cards from the web process. A time runs from the moment before the sandbox is told that
she scans to the last byte of the cards with her among them. The phones poll every 5 s beside that,
as real ones do. All processes share the machine's cores with the 200 phones.
"""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from sqlalchemy import update

from app.core import clock, codes, db
from app.core.crypto import fingerprint
from app.core.db import session
from app.members import service as members
from app.members.models import Fan
from app.points import service as points
from app.staff import service as staff
from app.staff.models import Face, Role, StaffSession
from app.stores import service as stores
from app.stores.models import CodeKind
from bench import house, servers
from bench.rows import row

ROUNDS, STORES, RATE, SECONDS = 3, int(os.environ.get("BENCH_BOARDS", "200")), 50, 10
PEOPLE = ROUNDS * RATE * SECONDS
POLL, LAST_WAIT, ASKERS = 5.0, 10.0, 16
CARD = re.compile(rb'<article [^>]*id="visit-(\d+)"[^>]* data-seq="(\d+)"')
UPDATE = re.compile(rb'id="update" data-seq="(\d+)"')


@dataclass
class Phone:
    """A guide's open board: what was scanned in her store and has not reached her yet."""

    store_id: int
    scene: str
    token: str
    seq: int = 0
    expected: list[float] = field(default_factory=list)  # when each scan began, oldest first
    waits_ms: list[float] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    is_asking: bool = False
    is_rung_meanwhile: bool = False


@dataclass(frozen=True)
class Place:
    """Where the processes of this run listen."""

    sandbox: int
    web: int
    stream: int


def measure() -> list[dict[str, Any]]:
    """Row `scan_to_guide`. Raises RuntimeError when a scan reaches its board never or twice."""
    place = Place(servers.free_port(), servers.free_port(), servers.free_port())
    with _sandbox(place) as _, house.open_house(f"http://127.0.0.1:{place.sandbox}") as home:
        people = _meet(place)
        phones = _open_stores(home)
        _make_known(home, people)
        with _running(home, place):
            _open_account(place, home)
            rounds = asyncio.run(_day(place, phones, people))
    return [_row(rounds)]


def _row(rounds: list[list[float]]) -> dict[str, Any]:
    times = [taken for each in rounds for taken in each]
    p = {f"p{n}_ms": round(quantiles(times, n=100)[n - 1], 1) for n in (50, 95, 99)}
    values = [quantiles(each, n=100)[94] for each in rounds]
    sizes = {"scans": len(times), "scans_a_second": RATE, "boards": STORES}
    return row("scan_to_guide", values, "ms", **p, **sizes)


# The processes


@contextmanager
def _sandbox(place: Place) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        environ = {"SANDBOX_PORT": str(place.sandbox), "SANDBOX_STATE": folder}
        with servers.running([sys.executable, "-m", "sandbox"], environ, port=place.sandbox):
            yield


@contextmanager
def _running(home: house.House, place: Place) -> Iterator[None]:
    """The web, the stream and the worker, as `make run` starts them."""
    environ = home.environ | {
        "PUBLIC_URL": f"http://127.0.0.1:{place.web}",
        "STREAM_URL": f"http://127.0.0.1:{place.stream}",
    }
    worker = [sys.executable, "-m", "app.worker", "now"]
    with ExitStack() as stack:
        stack.enter_context(servers.running(servers.granian(place.web), environ, port=place.web))
        stream = servers.running(servers.uvicorn(place.stream), environ, port=place.stream)
        stack.enter_context(stream)
        stack.enter_context(servers.running(worker, environ))
        yield


# The brand


def _say(place: Place, method: str, path: str, body: dict[str, Any]) -> Any:
    line = http.client.HTTPConnection("127.0.0.1", place.sandbox, timeout=60)
    line.request(method, f"/sandbox/api{path}", json.dumps(body).encode())
    answer = line.getresponse()
    said = answer.read()
    line.close()
    if answer.status != 200:
        raise RuntimeError(f"the sandbox refused {path}: {answer.status}")
    return json.loads(said)


def _open_account(place: Place, home: house.House | None) -> None:
    key = f"wechat/{home.url_key}/callback" if home else ""
    account = {"kind": "service", "secret": "bench-secret", "original_id": "gh_bench"}
    account |= {"name": "bench", "token": house.TOKEN, "encoding_aes_key": house.AES_KEY}
    port = place.stream if home else 9  # before the doors are open, nobody is told
    account["callback_url"] = f"http://127.0.0.1:{port}/{key}"
    _say(place, "PUT", f"/accounts/{house.APPID}", account)


def _meet(place: Place) -> list[tuple[str, str]]:
    """Person and openid of everybody, all of whom follow."""
    _open_account(place, None)
    made = []
    for start in range(0, PEOPLE, 500):
        named = [{"key": f"p{n}", "nickname": f"p{n}"} for n in range(start, start + 500)]
        made += _say(place, "POST", "/people/bulk", {"people": named})["people"]
    with ThreadPoolExecutor(ASKERS) as pool:
        list(pool.map(lambda each: _follow(place, each["person_id"]), made))
    return [(each["person_id"], each["openids"][house.APPID]) for each in made]


def _follow(place: Place, person_id: str) -> None:
    _say(place, "POST", f"/people/{person_id}/follow", {"appid": house.APPID})


def _open_stores(home: house.House) -> list[Phone]:
    with db.transaction(home.brand_id):
        points.add_ladder()
        return [_phone(home, number) for number in range(STORES)]


def _phone(home: house.House, number: int) -> Phone:
    store = stores.add_store(code=f"B{number:03d}", name=f"门店 {number}")
    code = stores.add_code(
        account_id=home.account_id, store_id=store.id, kind=CodeKind.STORE, place="柜台"
    )
    guide = staff.add(
        login=f"g{number}",
        name="小魏",
        role=Role.GUIDE,
        password="only for measuring",
        store_ids=[store.id],
    )
    token = codes.code(24)
    session.add(_session(home.brand_id, guide.id, token))
    return Phone(store.id, code.scene, token)


def _session(brand_id: int, staff_id: int, token: str) -> StaffSession:
    now = clock.now()
    return StaffSession(
        token_hash=fingerprint(token),
        brand_id=brand_id,
        staff_id=staff_id,
        face=Face.GUIDE,
        created_at=now,
        seen_at=now,
    )


def _make_known(home: house.House, people: Sequence[tuple[str, str]]) -> None:
    """Every other person is a member; of nobody is anything due to be asked."""
    for number, (_, openid) in enumerate(people):
        with db.transaction(home.brand_id):
            fan = members.follow(home.account_id, openid, clock.now())
            if number % 2:
                _join(fan, number)
    with db.transaction(home.brand_id):
        session.execute(update(Fan).values(unionid_due_at=None))


def _join(fan: Fan, number: int) -> None:
    session.flush()
    phone = f"1390000{number:04d}"
    members.join(
        fan_id=fan.id, phone=phone, agreed=True, marketing=False, door="card", store_id=None
    )


# The day


async def _day(
    place: Place, phones: Sequence[Phone], people: Sequence[tuple[str, str]]
) -> list[list[float]]:
    boards = [asyncio.create_task(_board(place, phone)) for phone in phones]
    await asyncio.sleep(3)  # all streams are open, the worker is awake
    left, rounds = iter(people), []
    with ThreadPoolExecutor(ASKERS) as pool:
        for number in range(ROUNDS):
            group = list(itertools.islice(left, RATE * SECONDS))
            rounds.append(await _round(place, phones, group, pool))
            taken = quantiles(rounds[-1], n=100)
            print(f"  p50 {taken[49]:.0f}, p95 {taken[94]:.0f}, p99 {taken[98]:.0f} ms ({number})")
    for board in boards:
        board.cancel()
    await asyncio.gather(*boards, return_exceptions=True)
    return rounds


async def _round(
    place: Place,
    phones: Sequence[Phone],
    people: Sequence[tuple[str, str]],
    pool: ThreadPoolExecutor,
) -> list[float]:
    loop, began = asyncio.get_running_loop(), time.perf_counter()
    scans = []
    for number, (person_id, _) in enumerate(people):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        phone = phones[number % len(phones)]
        phone.expected.append(time.perf_counter())
        scans.append(loop.run_in_executor(pool, _scan, place, person_id, phone.scene))
    await asyncio.gather(*scans)
    until = time.perf_counter() + LAST_WAIT
    while any(phone.expected for phone in phones) and time.perf_counter() < until:
        await asyncio.sleep(0.05)
    missing = sum(len(phone.expected) for phone in phones)
    if missing:
        raise RuntimeError(f"{missing} of {len(people)} scans never reached their board")
    taken = [wait for phone in phones for wait in phone.waits_ms]
    for phone in phones:
        phone.waits_ms.clear()
    return taken


def _scan(place: Place, person_id: str, scene: str) -> None:
    _say(place, "POST", f"/people/{person_id}/scan", {"appid": house.APPID, "scene": scene})


async def _board(place: Place, phone: Phone) -> None:
    """What the page does: a stream for bells, a poll every 5 s, one fetch at a time."""
    web = Line("127.0.0.1", place.web)
    await _ask(web, phone)
    poll = asyncio.create_task(_poll(web, phone))
    try:
        async for _ in _bells(place, phone):
            asyncio.get_running_loop().create_task(_ask(web, phone))
    finally:
        poll.cancel()


async def _poll(web: Line, phone: Phone) -> None:
    await asyncio.sleep(POLL * (phone.store_id % 100) / 100)  # phones were not opened together
    while True:
        await _ask(web, phone)
        await asyncio.sleep(POLL)


async def _bells(place: Place, phone: Phone) -> Any:
    reader, writer = await asyncio.open_connection("127.0.0.1", place.stream)
    writer.write(
        f"GET /stream?topics=store:{phone.store_id} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Cookie: huike_guide={phone.token}\r\n"
        f"Origin: http://127.0.0.1:{place.web}\r\n\r\n".encode()
    )
    status = await reader.readline()
    if b"200" not in status:
        raise RuntimeError(f"the stream was refused: {status!r}")
    while line := await reader.readline():
        if line.startswith(b"event: bell"):
            yield line


async def _ask(web: Line, phone: Phone) -> None:
    if phone.is_asking:
        phone.is_rung_meanwhile = True
        return
    phone.is_asking = True
    while True:
        phone.is_rung_meanwhile = False
        today = _today()
        path = f"/guide/board?after={phone.seq}&day={today}&store={phone.store_id}"
        _take(phone, await web.get(path, phone.token))
        if not phone.is_rung_meanwhile:
            break
    phone.is_asking = False


def _today() -> str:
    return clock.local(clock.now()).date().isoformat()


def _take(phone: Phone, page: bytes) -> None:
    now = time.perf_counter()
    for visit_id, _ in sorted(CARD.findall(page), key=lambda card: int(card[1])):
        if int(visit_id) in phone.seen:
            raise RuntimeError(f"a visit came to its board twice: {visit_id!r}")
        phone.seen.add(int(visit_id))
        phone.waits_ms.append((now - phone.expected.pop(0)) * 1000)
    if found := UPDATE.search(page):
        phone.seq = int(found[1])


class Line:
    """A keep-alive connection of one phone."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.pipe: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, token: str) -> bytes:
        """The body; empty for 204. Raises RuntimeError for a refusal."""
        if self.pipe is None:
            self.pipe = await asyncio.open_connection(self.host, self.port)
        reader, writer = self.pipe
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\nCookie: huike_guide={token}\r\n"
            "HX-Request: true\r\nX-Unattended: 1\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        body = await self._body(head.lower(), reader)
        if head[9:12] not in (b"200", b"204"):
            raise RuntimeError(f"{path}: {head[:40]!r}")
        return body

    @staticmethod
    async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
        if found := re.search(rb"content-length: (\d+)", head):
            return await reader.readexactly(int(found[1]))
        body = b""
        while b"transfer-encoding: chunked" in head:
            size = int(await reader.readline(), 16)
            body += (await reader.readexactly(size + 2))[:-2]
            if not size:
                break
        return body
