"""Migrations over an installation at work: whose customer and who served are taken along."""

from __future__ import annotations

import pytest

from app.core import migrate
from tests import older
from tests.older import run

BEFORE = "0062"
ROWS = """
INSERT INTO brands (id, slug, name, color, zone, settings, created_at)
OVERRIDING SYSTEM VALUE VALUES (1, 'b', '禾木集', '#000', 'Asia/Shanghai', '{}', now());
INSERT INTO wechat_accounts (id, brand_id, kind, appid, original_id, name, secret_encrypted,
    callback_token_encrypted, aes_key_encrypted, url_key, mode, created_at)
OVERRIDING SYSTEM VALUE
VALUES (7, 1, 'service', 'wx1', 'gh1', '禾木集', '', '', '', 'k', 'safe', now());
INSERT INTO stores (id, brand_id, code, name, board_seq) OVERRIDING SYSTEM VALUE
VALUES (3, 1, 'S1', '静安寺店', 0);
INSERT INTO staff (id, brand_id, login, name, role, password_hash, is_active, permission_version,
    created_at) OVERRIDING SYSTEM VALUE VALUES (5, 1, 'wei', '小魏', 'guide', '', true, 0, now());
INSERT INTO members (id, brand_id, number, origin, joined_on, created_at, main_store_id, guide_id)
OVERRIDING SYSTEM VALUE VALUES (9, 1, 'M1', 'card', current_date, now(), 3, 5);
INSERT INTO fans (id, brand_id, account_id, openid_encrypted, openid_index, is_following,
    follow_order, created_at) OVERRIDING SYSTEM VALUE VALUES (4, 1, 7, 'x', 'x', true, 0, now());
INSERT INTO qr_codes (id, brand_id, account_id, store_id, kind, place, scene, created_at)
OVERRIDING SYSTEM VALUE VALUES (6, 1, 7, 3, 'store', '柜台', 's', now());
INSERT INTO visits (brand_id, store_id, fan_id, qr_code_id, kind, scanned_at, recorded_at, seq,
    state, claimed_by_id, claimed_until, outcome)
VALUES (1, 3, 4, 6, 'scan', '2026-11-01', '2026-11-01', 1, 'done', 5, '2026-11-01', 'bought')"""


@pytest.fixture
def installation(admin):
    """A database of some weeks ago, in use."""
    with older.database_at(admin, BEFORE) as urls:
        run(urls, ROWS)
        yield urls


def test_what_stood_before_is_taken_along(installation):
    migrate.upgrade(installation.owner)

    owners = run(installation, "SELECT member_id, staff_id, store_id, why FROM member_owners")
    served = run(
        installation,
        "SELECT first_scanned_at = scanned_at, served_by_id, served_outcome FROM visits",
    )
    assert owners == [(9, 5, 3, "before")]
    assert served == [(True, 5, "bought")]
