"""A brand of a million members, made set-wise: sealed names and phones come from small pools.

The members who are looked at have a history of their own; the others are there to be in the way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from app.core import database, db, embedded
from app.coupons import service as coupons
from app.coupons.models import CouponKind
from app.coupons.rule import Amount, Gift, Percent, Rule, Sample, Shipping
from app.imports.synthetic import SURNAMES
from app.members import service as members
from app.points import queries as ledger
from app.points import service as points
from bench import house

MEMBERS = int(os.environ.get("BENCH_MEMBERS", "1000000"))
LOOKED_AT, PHONES, STORES = 300, 10_000, 500
GIVEN = "梅兰竹菊春夏秋冬云霞雪月"

POOLS = (
    "CREATE TEMP TABLE names (n bigint, sealed text, tokens bigint[])",
    "CREATE TEMP TABLE phones (n bigint, sealed text, tail text, tokens bigint[])",
)
CROWD = """
INSERT INTO stores (brand_id, code, name, board_seq)
    SELECT {brand}, 'B' || n, '门店 ' || n, 0 FROM generate_series(1, {stores}) n;
INSERT INTO members (brand_id, number, phone_encrypted, phone_index, phone_tail, name_encrypted,
                     origin, joined_on, main_store_id, created_at)
    SELECT {brand}, 'M' || i, p.sealed, md5('p' || i) || md5('q' || i), p.tail, names.sealed,
           'import', current_date - 400,
           (SELECT min(id) FROM stores WHERE brand_id = {brand}) + i % {stores},
           now() - interval '400 days'
    FROM generate_series(1, {members}) i
    JOIN phones p ON p.n = i::bigint * 7919 % {phones}
    JOIN names ON names.n = i::bigint * 104729 % {names};
INSERT INTO member_tokens (brand_id, token, member_id)
    SELECT {brand}, t, m.id FROM members m
    JOIN names ON names.n = substr(m.number, 2)::bigint * 104729 % {names}
    JOIN phones p ON p.n = substr(m.number, 2)::bigint * 7919 % {phones},
    unnest(names.tokens || p.tokens) t WHERE m.brand_id = {brand} ORDER BY t, m.id;
INSERT INTO fans (brand_id, account_id, openid_encrypted, openid_index, member_id, is_following,
                  follow_order, created_at)
    SELECT {brand}, {account}, 'sealed', md5('o' || id) || md5('r' || id), id, true, 0, created_at
    FROM members WHERE brand_id = {brand};
INSERT INTO points_accounts (brand_id, member_id, kind, balance)
    SELECT {brand}, id, 'available', id % 5000 FROM members WHERE brand_id = {brand};
INSERT INTO member_tiers (brand_id, member_id, tier_id, earned_tier_id, spent_fen, changed_at)
    SELECT {brand}, m.id, lowest.id, lowest.id, m.id % 1000000, now()
    FROM members m, (SELECT min(id) AS id FROM tiers WHERE brand_id = {brand}) lowest
    WHERE m.brand_id = {brand};
INSERT INTO orders (brand_id, source, order_no, member_id, store_id, paid_at, paid_fen, list_fen,
                    coupon_fen, origin)
    SELECT {brand}, 'till', 'N' || id, id, main_store_id,
           now() - interval '1 day' * (id % 300), 9900, 9900, 0, 'import'
    FROM members WHERE brand_id = {brand};
INSERT INTO events (brand_id, name, at, fan_id, member_id, data)
    SELECT {brand}, 'member.joined', created_at, id, member_id, '{{}}' FROM fans
    WHERE brand_id = {brand};
"""
COUPONS = """
INSERT INTO coupons (brand_id, batch_id, member_id, reason, valid_from, valid_until, uses, used,
                     held, issued_at, is_synthetic)
    SELECT {brand}, batch.id, m.id, 'bench', now() - interval '40 days',
           now() + interval '1 day' * (m.id % 60 - 20), 1, m.id % 3 / 2, 0,
           now() - interval '40 days', false
    FROM members m CROSS JOIN LATERAL
        (SELECT id FROM coupon_batches WHERE brand_id = {brand} ORDER BY id
         LIMIT 2 OFFSET m.id % 4) batch
    WHERE m.brand_id = {brand};
INSERT INTO coupons (brand_id, batch_id, member_id, reason, valid_from, valid_until, uses, used,
                     held, issued_at, is_synthetic)
    SELECT {brand}, batch.id, member_id, 'held' || n, now() - interval '40 days',
           now() + interval '1 day' * (n * 5 - 20), 1, n % 4 / 3, 0, now(), false
    FROM seen, generate_series(1, 6) n,
         (SELECT id FROM coupon_batches WHERE brand_id = {brand}) batch;
INSERT INTO store_samples (brand_id, batch_id, store_id, left_count)
    SELECT {brand}, batch.id, s.id, 20 FROM stores s, coupon_batches batch
    WHERE s.brand_id = {brand} AND batch.brand_id = {brand} AND batch.kind = 'sample'
    ON CONFLICT DO NOTHING;
"""
HISTORY = """
CREATE TEMP TABLE seen AS SELECT m.id AS member_id, f.id AS fan_id, m.main_store_id AS store_id
    FROM members m JOIN fans f ON f.brand_id = m.brand_id AND f.member_id = m.id
    WHERE m.brand_id = {brand} AND m.id % ({members} / {looked_at}) = 0;
INSERT INTO orders (brand_id, source, order_no, member_id, store_id, paid_at, paid_fen, list_fen,
                    coupon_fen, origin)
    SELECT {brand}, 'till', 'H' || member_id || '-' || n, member_id, store_id,
           now() - interval '9 days' * n, 12900, 12900, 0, 'import'
    FROM seen, generate_series(1, 40) n;
INSERT INTO events (brand_id, name, at, fan_id, member_id, data)
    SELECT {brand}, 'wechat.menu_clicked', now() - interval '1 day' * n, fan_id, member_id,
           '{{"key": "护肤"}}' FROM seen, generate_series(1, 200) n;
INSERT INTO contacts (brand_id, source, key, member_id, channel, direction, agent,
                      duration_seconds, at, recorded_at)
    SELECT {brand}, 'bench', member_id || '-' || n, member_id, 'call', 'in', '07', 60,
           now() - interval '11 days' * n, now() FROM seen, generate_series(1, 20) n;
INSERT INTO consents (brand_id, member_id, purpose, channel, is_given, text_version, door, at)
    SELECT {brand}, member_id, purpose, 'all', true, '2026-11', 'card', now() - interval '400 days'
    FROM seen, unnest(ARRAY['membership', 'marketing', 'phone']) purpose;
"""
ANALYZED = (
    "members", "member_tokens", "fans", "points_accounts", "member_tiers", "orders", "events",
    "contacts", "consents", "stores", "coupons", "store_samples",
)  # fmt: skip


@dataclass(frozen=True)
class Crowd:
    """The brand, the members to look at, and what may be asked of the search."""

    home: house.House
    brand_id: int
    member_ids: Sequence[int]
    store_ids: Sequence[int]
    numbers: Sequence[str]
    names: Sequence[str]
    tails: Sequence[str]


@contextmanager
def open_crowd() -> Iterator[Crowd]:
    """A database of its own, filled without checking keys that cannot fail, then analyzed."""
    with house.open_house() as home:
        with db.transaction(home.brand_id):
            points.add_ladder()
            _add_batches()
            names, phones = _pools()
        yield _fill(home, names, phones)


def _add_batches() -> None:
    """One of each kind that a beauty brand gives, with the conditions that ask for more."""
    tier = ledger.ladder()[-1].id
    rules = {
        CouponKind.AMOUNT: Rule(Amount(3_000), min_spend_fen=19_900),
        CouponKind.PERCENT: Rule(Percent(1_500, 6_000), tier_ids=frozenset({tier})),
        CouponKind.GIFT: Rule(Gift("G1", "旅行装"), is_first_purchase=True),
        CouponKind.SHIPPING: Rule(Shipping(), weekdays=frozenset({6, 7})),
        CouponKind.SAMPLE: Rule(Sample("修护精华 5ml")),
    }
    for kind, rule in rules.items():
        coupons.add_batch(code=f"bench-{kind}", name=kind, kind=kind, stock=10**7, rule=rule)


Pool = list[tuple[str, str, list[int]]]  # plain, sealed, tokens


def _pools() -> tuple[Pool, Pool]:
    called = [one + given for one in SURNAMES for given in (*GIVEN, *map("小".__add__, GIVEN))]
    names = [(name, members.seal_name(name), members.tokens_of(None, name)) for name in called]
    numbers = [f"+8613{n % 10:d}8888{n:04d}" for n in range(PHONES)]
    return names, [(n, members.seal_phone(n), members.tokens_of(n, None)) for n in numbers]


def _fill(home: house.House, names: Pool, phones: Pool) -> Crowd:
    given = {
        "brand": home.brand_id,
        "account": home.account_id,
        "members": MEMBERS,
        "stores": STORES,
        "phones": len(phones),
        "names": len(names),
        "looked_at": LOOKED_AT,
    }
    with superuser(home) as connection:
        connection.execute("SET session_replication_role = replica")
        for pool in POOLS:
            connection.execute(pool)
        _copy(connection, "names (n, sealed, tokens)", names, lambda row: row[1:])
        _copy(connection, "phones (n, sealed, tail, tokens)", phones, _phone_row)
        for script in (CROWD, HISTORY, COUPONS):
            connection.execute(script.format(**given))
        connection.execute("VACUUM (ANALYZE) " + ", ".join(ANALYZED))
        stores = connection.execute("SELECT id FROM stores ORDER BY id").fetchall()
        seen = connection.execute("SELECT member_id FROM seen ORDER BY member_id").fetchall()
    return Crowd(
        home,
        home.brand_id,
        [member_id for (member_id,) in seen],
        [store_id for (store_id,) in stores],
        [f"M{n}" for n in range(1, MEMBERS, max(MEMBERS // LOOKED_AT, 1))],
        [name for name, *_ in names],
        [phone[-4:] for phone, *_ in phones],
    )


def _phone_row(row: tuple[str, str, list[int]]) -> tuple[object, ...]:
    return row[1], row[0][-4:], row[2]


def _copy(connection: psycopg.Connection, target: str, pool: Pool, columns) -> None:
    with connection.cursor().copy(f"COPY {target} FROM STDIN") as copy:
        for number, row in enumerate(pool):
            copy.write_row((number, *columns(row)))


@contextmanager
def superuser(home: house.House) -> Iterator[psycopg.Connection]:
    """The database without its fences, to be filled set-wise."""
    servers = embedded.ensure(house.BENCH_VAR)
    name = database.make_url(home.environ["DATABASE_URL"]).database
    url = database.make_url(servers.database_url).set(database=name, drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as opened:
        yield opened
