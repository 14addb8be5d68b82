"""The whole year of completejourney, imported once; its published facts hold exactly."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from sqlalchemy import create_engine, text

from app.console.coupon_view import rate_words
from app.core import db
from app.core.db import session
from app.coupons import figures
from app.coupons import queries as coupon_queries
from app.coupons import service as coupons
from app.imports import progress, service
from app.points import queries
from app.points import service as points
from tests import factories, ground
from tests.imports import tables

pytestmark = pytest.mark.import_full


@pytest.fixture(scope="module")
def demo(admin, built_app, tmp_path_factory):
    """The imported brand in a database of this module's own."""
    process = built_app.extensions["process"]
    before = process.urls
    with ground.cloned(admin) as urls:
        process.disconnect()
        process.urls = urls
        process.connect()
        brand = factories.make_brand()
        done = service.import_completejourney(
            brand.id, folder=tmp_path_factory.mktemp("imports"), progress=progress.silent
        )
        print(f"{done.seconds:.1f} s, {done.lines_a_second:,} order lines a second")
        yield done
        process.disconnect()
    process.urls = before
    process.connect()


def ask(query: str) -> list[tuple]:
    with db.system_transaction():
        return [tuple(row) for row in session.execute(text(query))]


def test_everything_is_in(demo):
    assert demo.counts == {
        "stores": 457,
        "members": 2_469,
        "products": 92_331 + 17,
        "orders": 155_848,
        "order_lines": 1_469_307,
        "sales_fen": 459_603_958,
        "points": 4_519_934,
        "campaigns": 27,
        "targets": 6_589,
        "batches": 1_197,
        "coupons": 37_727 + 12_511 + 58_352,
        "redemptions": 2_102,
        "shift_weeks": 0,
    }


def test_every_member_is_known_by_a_phone_and_a_number_of_the_till(demo):
    counted = ask(
        "SELECT kind, source, count(*), count(DISTINCT member_id) FROM member_identities"
        " WHERE until IS NULL GROUP BY 1, 2 ORDER BY 1"
    )

    assert counted == [("erp", "import", 2_469, 2_469), ("phone", "import", 2_469, 2_469)]


def test_money_is_exact_on_every_line(demo):
    sums = """
        SELECT sum(paid_fen), sum(retail_discount_fen), sum(coupon_fen), sum(coupon_match_fen),
               count(*) FILTER (WHERE coupon_fen > 0), count(*) FILTER (WHERE coupon_match_fen > 0),
               sum(list_fen) - sum(paid_fen + retail_discount_fen + coupon_match_fen),
               count(*) FILTER (WHERE quantity = 0), count(DISTINCT product_id)
        FROM order_lines"""

    assert ask(sums) == [
        (459_603_958, 79_165_064, 2_635_990, 454_265, 21_889, 10_300, 0, 8_869, 68_509)
    ]


def test_unlisted_products_are_kept(demo):
    unlisted = """
        SELECT count(*), sum(l.paid_fen), count(DISTINCT p.id)
        FROM order_lines l JOIN products p ON (p.brand_id, p.id) = (l.brand_id, l.product_id)
        WHERE NOT p.is_listed"""

    assert ask(unlisted) == [(4_836, 17_257, 17)]


def test_time_is_the_shop_s_wall_clock(demo):
    times = """
        SELECT to_char(min(at), 'YYYY-MM-DD HH24:MI:SS'), to_char(max(at), 'YYYY-MM-DD HH24:MI:SS'),
               count(DISTINCT at::date), count(*) FILTER (WHERE at::date = '2017-12-25')
        FROM (SELECT paid_at AT TIME ZONE 'Asia/Shanghai' AS at FROM orders) AS local"""

    assert ask(times) == [("2017-01-01 06:53:26", "2017-12-31 23:01:20", 364, 0)]


def test_months_add_up(demo):
    months = """
        SELECT sum(paid_fen), count(DISTINCT member_id) FROM orders
        GROUP BY date_trunc('month', paid_at AT TIME ZONE 'Asia/Shanghai') ORDER BY
                 date_trunc('month', paid_at AT TIME ZONE 'Asia/Shanghai')"""

    assert ask(months) == [
        (37_330_023, 1983), (35_005_508, 1948), (37_999_784, 2025), (37_325_444, 2007),
        (40_162_929, 2075), (37_317_132, 2026), (39_709_105, 2077), (38_442_612, 2034),
        (36_755_787, 2028), (38_780_868, 2051), (38_602_721, 2061), (42_172_045, 2062),
    ]  # fmt: skip


def test_orders_per_member(demo):
    orders = """
        SELECT max(n), count(*) FILTER (WHERE n = 1), percentile_disc(0.5) WITHIN GROUP (ORDER BY n)
        FROM (SELECT count(*) AS n FROM orders GROUP BY member_id) AS members"""

    assert ask(orders) == [(780, 31, 43)]


def test_what_products_are_sold_without_fuel_and_the_like(demo):
    sold = """
        SELECT count(*), count(DISTINCT l.order_id), sum(l.paid_fen), sum(l.quantity),
               count(DISTINCT o.member_id)
        FROM order_lines l
        JOIN orders o ON (o.brand_id, o.id) = (l.brand_id, l.order_id)
        JOIN products p ON (p.brand_id, p.id) = (l.brand_id, l.product_id)
        WHERE p.is_listed AND p.department NOT IN ('FUEL', 'MISCELLANEOUS', 'COUPON')"""

    assert ask(sold) == [(1_446_192, 141_130, 418_676_138, 1_897_716, 2_467)]


def test_campaigns_by_kind(demo):
    kinds = """
        SELECT c.kind, count(DISTINCT c.id), count(*), count(DISTINCT t.member_id)
        FROM coupon_campaigns c
        JOIN coupon_targets t ON (t.brand_id, t.campaign_id) = (c.brand_id, c.id)
        GROUP BY c.kind ORDER BY c.kind"""

    assert ask(kinds) == [("A", 4, 3_647, 1_490), ("B", 17, 2_368, 995), ("C", 6, 574, 397)]
    assert ask("SELECT count(*) FROM coupon_campaigns WHERE is_randomised") == [(0,)]


def test_coupons_by_kind_and_what_is_made_up(demo):
    coupons = """
        SELECT c.kind, count(*), count(*) FILTER (WHERE k.is_synthetic),
               count(*) FILTER (WHERE k.is_synthetic AND k.used > 0)
        FROM coupons k
        JOIN coupon_batches b ON (b.brand_id, b.id) = (k.brand_id, k.batch_id)
        JOIN coupon_campaigns c ON (c.brand_id, c.id) = (b.brand_id, b.campaign_id)
        GROUP BY c.kind ORDER BY c.kind"""
    found = {kind: rest for kind, *rest in ask(coupons)}

    assert found["B"] == [37_727, 0, 0]
    assert found["C"] == [12_511, 0, 0]
    assert found["A"][0] == 58_352
    assert found["A"][2] == 0


def test_every_redemption_has_the_order_of_its_day(demo):
    redemptions = """
        SELECT c.kind, count(*), count(DISTINCT k.member_id)
        FROM redemptions r
        JOIN coupons k ON (k.brand_id, k.id) = (r.brand_id, r.coupon_id)
        JOIN coupon_batches b ON (b.brand_id, b.id) = (k.brand_id, k.batch_id)
        JOIN coupon_campaigns c ON (c.brand_id, c.id) = (b.brand_id, b.campaign_id)
        JOIN orders o ON (o.brand_id, o.id) = (r.brand_id, r.order_id)
        WHERE o.member_id = k.member_id AND o.store_id = r.store_id AND o.paid_at = r.redeemed_at
          AND r.redeemed_at >= k.valid_from AND r.redeemed_at < k.valid_until
        GROUP BY c.kind ORDER BY c.kind"""

    assert ask(redemptions) == [("A", 1_718, 371), ("B", 323, 116), ("C", 61, 30)]


def test_the_pages_show_what_share_redeemed(demo):
    """By person and campaign, as the published study counts them."""
    with db.transaction(the_brand()):
        rates = figures.rates_by_kind()

    assert [(rate.kind, rate.redeemed, rate.targets) for rate in rates] == [
        ("A", 604, 3_647),
        ("B", 154, 2_368),
        ("C", 34, 574),
    ]
    assert [rate_words(rate) for rate in rates] == ["16.56%", "6.50%", "5.92%"]


def the_brand() -> int:
    [(brand_id,)] = ask("SELECT id FROM brands")
    return brand_id


def test_every_redemption_passes_the_product_s_own_path(demo, admin):
    """Forgotten and used again one by one, in the order in which they happened."""
    brand_id, before = the_brand(), ask(USES)
    done = ask(
        "SELECT coupon_id, key, order_id, store_id, redeemed_at FROM redemptions ORDER BY id"
    )
    forget_uses(admin)
    for start in range(0, len(done), 100):
        with db.transaction(brand_id):
            for coupon_id, key, order_id, store_id, at in done[start : start + 100]:
                given = {"order_id": order_id, "store_id": store_id, "at": at}
                coupons.redeem(coupon_id, key=key, **given)

    assert ask(USES) == before
    assert len(done) == 2_102
    assert ask("SELECT count(*) FROM coupons WHERE uses > 1 AND used > 1") == [(27,)]
    assert ask("SELECT count(*) FROM coupon_steps WHERE to_step = 'redeemed'") == [(2_102,)]
    with db.transaction(brand_id):
        assert coupon_queries.miscounted_coupons() == []
        assert coupon_queries.miscounted_campaigns() == []
    with db.transaction(brand_id), pytest.raises(coupons.Refused):  # each is used up now
        coupons.redeem(done[0][0], key="once more", at=done[0][4])


USES = """
    SELECT r.coupon_id, r.key, r.order_id, r.store_id, r.redeemed_at, r.state, c.used
    FROM redemptions r JOIN coupons c ON (c.brand_id, c.id) = (r.brand_id, r.coupon_id)
    ORDER BY r.key"""


def forget_uses(admin) -> None:
    """As if nobody had used a coupon; only the server's own power can do that."""
    engine = create_engine(admin.set(database=db.make_url(str(db.app_bind().url)).database))
    with engine.begin() as connection:
        for act in (
            "ALTER TABLE coupon_steps DISABLE TRIGGER append_only",
            "DELETE FROM coupon_steps WHERE redemption_id IS NOT NULL",
            "ALTER TABLE coupon_steps ENABLE TRIGGER append_only",
            "DELETE FROM redemptions",
            "UPDATE coupons SET used = 0",
        ):
            connection.execute(text(act))
    engine.dispose()


def test_redemptions_by_month(demo):
    months = """
        SELECT count(*) FROM redemptions
        GROUP BY extract(month FROM redeemed_at AT TIME ZONE 'Asia/Shanghai')
        ORDER BY extract(month FROM redeemed_at AT TIME ZONE 'Asia/Shanghai')"""

    assert [n for (n,) in ask(months)] == [
        19, 44, 32, 20, 268, 155, 47, 424, 223, 70, 526, 274,
    ]  # fmt: skip


def test_ledger_orders_and_coupons_agree_and_nothing_is_left(demo):
    assert tables.broken_rules() == []
    assert tables.staging_tables() == []


def test_every_member_stands_on_the_ladder(demo):
    tiers = """
        SELECT t.name, count(*) FROM member_tiers m
        JOIN tiers t ON (t.brand_id, t.id) = (m.brand_id, m.tier_id) GROUP BY t.name, t.rank
        ORDER BY t.rank"""
    names, counts = zip(*ask(tiers), strict=True)

    assert names == ("青禾", "金穗", "木心")
    assert sum(counts) == 2_469
    assert ask("SELECT sum(spent_fen) FROM member_tiers") == [(459_603_958,)]
    assert ask("SELECT count(*) FROM members WHERE main_store_id IS NULL") == [(0,)]


def test_profiles_of_the_801_who_told(demo):
    profiles = "SELECT count(DISTINCT member_id), count(*) FROM member_tags"

    assert ask(profiles) == [(801, 801 * 4)]


def test_a_thousand_returned_orders_take_back_exactly_what_they_earned(demo):
    """The last test here: each comes back in two refunds, the first of a random part."""
    lot = random.Random(155_848)
    orders = ask(
        "SELECT brand_id, id, member_id, paid_fen FROM orders WHERE member_id IS NOT NULL"
        " ORDER BY id"
    )
    before = ask("SELECT member_id, balance FROM points_accounts WHERE kind = 'available'")
    taken: Counter[int] = Counter()
    for brand_id, order_id, member_id, paid_fen in lot.sample(orders, 1_000):
        wish = {"order_id": order_id, "paid_fen": paid_fen}
        part = lot.randint(0, max(paid_fen, 0))
        with db.transaction(brand_id):
            amounts = [
                points.claw_back(member_id, refund_key=key, refunded_fen=fen, **wish)
                for key, fen in (("r1", part), ("r2", paid_fen - part), ("r3", paid_fen))
            ]
        earned = max(paid_fen, 0) // 100
        kept = earned * (paid_fen - part) // paid_fen if paid_fen > 0 else 0
        assert amounts == [earned - kept, kept, 0]
        taken[member_id] += earned

    after = dict(
        ask(
            "SELECT member_id, sum(CASE kind WHEN 'owed' THEN -balance ELSE balance END)"
            " FROM points_accounts WHERE member_id IS NOT NULL GROUP BY member_id"
        )
    )
    assert {each: balance - taken[each] for each, balance in before} == after
    with db.transaction(brand_id):
        assert queries.mismatches() == []
        assert queries.totals() == (4_519_934, 0)
