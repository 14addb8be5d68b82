"""How long a guide waits for her store's board and for a member's sheet: a million members, 500
stores with four guides each, over real HTTP from the server that `make run` starts.

A board shows the day's `VISITS` members, each with what she holds, what she bought last and her
line; a sheet, a member with forty purchases. The server has one core, the database and the client
the other. One request is asked after another, so a time is the page's own, without a queue.
"""

from __future__ import annotations

import http.client
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from app.core import clock, codes, db
from app.core.crypto import fingerprint
from app.visits import queries as visits
from bench import crowd, guide_paint, servers
from bench.crowd import MEMBERS, STORES, Crowd
from bench.rows import row

ROUNDS, CALLS, WARM, SEED = 3, 150, 20, 2024
GUIDES, VISITS, PRODUCTS, PARTNERS = 4, 46, 400, 40
SCRIPTS_EACH = 6  # for each situation of who stands in the store
GUIDE_COOKIE = "huike_guide"

STAFF = """
INSERT INTO staff (brand_id, login, name, role, password_hash, is_active, permission_version,
                   created_at)
    SELECT {brand}, 'g' || s.id || '-' || n, '导购' || n, 'guide', 'none', true, 1, now()
    FROM stores s, generate_series(1, {guides}) n WHERE s.brand_id = {brand};
INSERT INTO staff_stores (brand_id, staff_id, store_id)
    SELECT {brand}, id, split_part(substr(login, 2), '-', 1)::bigint FROM staff
    WHERE brand_id = {brand};
INSERT INTO qr_codes (brand_id, account_id, store_id, kind, place, scene, url, created_at)
    SELECT {brand}, {account}, id, 'store', '柜台', 'S' || id, 'http://bench.example/' || id, now()
    FROM stores WHERE brand_id = {brand};
"""
SCRIPTS = """
INSERT INTO scripts (brand_id, situation, is_on, version, created_at, uses, trials, wins,
                     counted_at)
    SELECT {brand}, situation, true, 1, now(), 20 * n, 20 * n, 3 * n, now()
    FROM unnest(ARRAY['new', 'returning', 'joined', 'member', 'asleep']) situation,
        generate_series(1, {scripts}) n;
INSERT INTO script_versions (brand_id, script_id, version, words, written_by_id, written_at)
    SELECT {brand}, id, 1, '{{称呼}}，我是{{店名}}的{{导购}}，{{商品}}还合用吗？',
           (SELECT min(id) FROM staff WHERE brand_id = {brand}), now()
    FROM scripts WHERE brand_id = {brand};
"""
BOUGHT = """
INSERT INTO products (brand_id, sku, name, department, category, is_listed)
    SELECT {brand}, 'P' || n, '产品 ' || n, '护肤', '品类 ' || n % 30, true
    FROM generate_series(1, {products}) n;
INSERT INTO order_lines (brand_id, order_id, line_no, product_id, quantity, paid_fen, list_fen,
                         retail_discount_fen, coupon_fen, coupon_match_fen)
    SELECT {brand}, o.id, n, p.least + (o.id * 31 + n * n * 7) % {products}, 1, 4300, 4300, 0, 0, 0
    FROM orders o, generate_series(1, 3) n, (SELECT min(id) AS least FROM products) p
    WHERE o.brand_id = {brand};
INSERT INTO insight_counts (brand_id, basis, store_id, planned_at, planned_to, counted_at, total)
    SELECT {brand}, basis, 0, now(), 0, now(), {members}
    FROM unnest(ARRAY['orders', 'members']) basis;
INSERT INTO product_pairs (brand_id, store_id, product_a, product_b, n_a, n_b, n_ab)
    SELECT {brand}, 0, a.name, b.name, 9000, 9000, 100 + (a.id + b.id) % 400 FROM products a
    JOIN products b ON b.id BETWEEN a.id - {partners} AND a.id + {partners}
    WHERE a.name < b.name COLLATE "C";
INSERT INTO product_neighbours (brand_id, product, place, neighbour, n_product, n_neighbour,
                                n_both, cosine)
    SELECT {brand}, a.name, n, '产品 ' || (a.id * 13 + n * 17) % {products} + 1, 9000, 9000, 900,
           1000 - n FROM products a, generate_series(1, 20) n;
"""
DAY = """
INSERT INTO visits (brand_id, store_id, fan_id, qr_code_id, kind, scanned_at, first_scanned_at,
                    recorded_at, seq, state)
    SELECT {brand}, m.main_store_id, f.id, c.id, 'member',
           ago.at, ago.at, now(),
           row_number() OVER (PARTITION BY m.main_store_id ORDER BY m.id), 'waiting'
    FROM members m JOIN fans f ON (f.brand_id, f.member_id) = (m.brand_id, m.id)
    JOIN qr_codes c ON (c.brand_id, c.store_id) = (m.brand_id, m.main_store_id)
    CROSS JOIN LATERAL (SELECT now() - interval '1 day' * (1 + mod(m.id, 300)) AS at) ago
    WHERE m.brand_id = {brand};
UPDATE visits SET scanned_at = %(midnight)s + (now() - %(midnight)s) * seq / {visits}
    WHERE brand_id = {brand} AND seq <= {visits};
INSERT INTO visits (brand_id, store_id, fan_id, qr_code_id, kind, scanned_at, first_scanned_at,
                    recorded_at, seq, state)
    SELECT {brand}, store_id, fan_id, c.id, 'member', now(), now(), now(), {members} + member_id,
           'waiting'
    FROM (SELECT m.id AS member_id, f.id AS fan_id, m.main_store_id AS store_id FROM members m
          JOIN fans f ON (f.brand_id, f.member_id) = (m.brand_id, m.id)
          WHERE m.id = ANY(%(looked_at)s)) seen
    JOIN qr_codes c USING (store_id);
UPDATE stores SET board_seq = (SELECT max(seq) FROM visits WHERE store_id = stores.id);
"""
SESSIONS = """
INSERT INTO staff_sessions (token_hash, brand_id, staff_id, face, created_at, seen_at)
    SELECT token.hash, {brand}, g.id, 'guide', now(), now()
    FROM unnest(%(hashes)s::text[]) WITH ORDINALITY AS token (hash, n)
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM staff WHERE brand_id = {brand}) g
        USING (n)
    RETURNING token_hash, staff_id
"""
WORKS_IN = "SELECT staff_id, store_id FROM staff_stores"
ANALYZED = (
    "scripts, script_versions, staff, staff_stores, qr_codes, products, order_lines, product_pairs,"
    " visits, stores"
)


@dataclass(frozen=True)
class Phone:
    """A guide who is signed in, and her one store."""

    token: str
    store_id: int


def measure() -> list[dict[str, Any]]:
    """Rows `guide_board`, `guide_sheet` and `guide_paint`. No peer sells what could be
    the anchor.

    `changes` beside the board's figures are those of the request that follows a bell.
    """
    server_core, other_core = servers.cores()
    os.sched_setaffinity(0, {other_core})
    try:
        with crowd.open_crowd() as found, _serving(found, _staffed(found)) as door:
            return [_board(door), _sheet(door, found), *guide_paint.measure(door.port, door.phones)]
    finally:
        os.sched_setaffinity(0, {server_core, other_core})


@dataclass(frozen=True)
class Door:
    """The server's port and the phones that may ask it."""

    port: int
    phones: Sequence[Phone]
    stores: dict[int, int]  # by looked-at member, her store


def _staffed(found: Crowd) -> list[Phone]:
    with db.transaction(found.brand_id):
        midnight, _ = visits.day_around(clock.now())
    given = {
        "brand": found.brand_id,
        "account": found.home.account_id,
        "guides": GUIDES,
        "products": PRODUCTS,
        "partners": PARTNERS,
        "members": MEMBERS,
        "visits": VISITS,
        "scripts": SCRIPTS_EACH,
    }
    tokens = [codes.code(24) for _ in range(STORES * GUIDES)]
    by_hash = {fingerprint(token): token for token in tokens}
    with crowd.superuser(found.home) as connection:
        connection.execute("SET session_replication_role = replica")
        for script in (STAFF, SCRIPTS, BOUGHT):
            connection.execute(script.format(**given))
        asked = {"midnight": midnight, "looked_at": list(found.member_ids)}
        for statement in DAY.format(**given).split(";\n"):
            if statement.strip():
                connection.execute(statement, asked)
        opened = connection.execute(SESSIONS.format(**given), {"hashes": list(by_hash)})
        signed_in = opened.fetchall()
        connection.execute(f"VACUUM (ANALYZE) {ANALYZED}")
        works_in = dict(connection.execute(WORKS_IN).fetchall())
    return [Phone(by_hash[key], works_in[staff_id]) for key, staff_id in signed_in]


@contextmanager
def _serving(found: Crowd, phones: Sequence[Phone]) -> Iterator[Door]:
    port = servers.free_port()
    environ = found.home.environ | {"PUBLIC_URL": f"http://127.0.0.1:{port}"}
    with crowd.superuser(found.home) as connection:
        hers = connection.execute(
            "SELECT id, main_store_id FROM members WHERE id = ANY(%s)", [list(found.member_ids)]
        )
        stores = dict(hers.fetchall())
    with servers.pinned(servers.granian(port), port, environ):
        yield Door(port, phones, stores)


def _board(door: Door) -> dict[str, Any]:
    by_store = {phone.store_id: phone for phone in door.phones}

    def ask(chance: random.Random) -> tuple[Phone, str, int]:
        return chance.choice(door.phones), "/guide/board", VISITS

    def ask_changes(chance: random.Random) -> tuple[Phone, str, int]:
        store_id = chance.choice(list(door.stores.values()))
        today = _today()
        return by_store[store_id], f"/guide/board?after={MEMBERS}&day={today}", 1

    changes = _rounds(door, "  changes", ask_changes)
    found = _rounds(door, "guide_board", ask)
    return _row("guide_board", found, changes_p95_ms=_of(changes)["p95_ms"], visits=VISITS)


def _sheet(door: Door, found: Crowd) -> dict[str, Any]:
    by_store = {phone.store_id: phone for phone in door.phones}

    def ask(chance: random.Random) -> tuple[Phone, str, int]:
        member_id = chance.choice(found.member_ids)
        return by_store[door.stores[member_id]], f"/guide/members/{member_id}", 0

    return _row("guide_sheet", _rounds(door, "guide_sheet", ask))


def _today() -> str:
    return clock.local(clock.now()).date().isoformat()


def _rounds(
    door: Door, name: str, ask: Callable[[random.Random], tuple[Phone, str, int]]
) -> list[list[float]]:
    line = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
    rounds = []
    for number in range(ROUNDS):
        chance = random.Random(SEED + number)
        taken = [_milliseconds(line, *ask(chance)) for _ in range(WARM + CALLS)][WARM:]
        rounds.append(taken)
        print(f"  {name} p50 {_percentile(taken, 50):.1f} p95 {_percentile(taken, 95):.1f} ms")
    line.close()
    return rounds


def _milliseconds(line: http.client.HTTPConnection, phone: Phone, path: str, cards: int) -> float:
    """Until the last byte. Raises RuntimeError for a page that lacks what it should show."""
    headers = {"Cookie": f"{GUIDE_COOKIE}={phone.token}", "HX-Request": "true"}
    began = time.perf_counter()
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    page = answer.read()
    taken = (time.perf_counter() - began) * 1000
    if answer.status != 200 or page.count(b"<article") < cards:
        raise RuntimeError(f"{path}: {answer.status} with {page.count(b'<article')} people")
    return taken


def _row(name: str, rounds: list[list[float]], **more: Any) -> dict[str, Any]:
    times = [taken for each in rounds for taken in each]
    values = [_percentile(each, 95) for each in rounds]
    sizes = {"members": MEMBERS, "guides": STORES * GUIDES, "calls": len(times)}
    return row(name, values, "ms", **_of(rounds), **sizes, **more)


def _of(rounds: list[list[float]]) -> dict[str, float]:
    times = [taken for each in rounds for taken in each]
    return {f"p{p}_ms": round(_percentile(times, p), 2) for p in (50, 95, 99)}


def _percentile(taken: list[float], percent: int) -> float:
    return quantiles(taken, n=100)[percent - 1]
