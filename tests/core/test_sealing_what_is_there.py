"""The migration that seals openids takes along what lies there, and gives it back going down."""

from __future__ import annotations

import pytest

from app.core import crypto, migrate
from tests import ground, older
from tests.older import run

PLAIN, SEALED = "0029", "0030"
FAN = "SELECT openid, unionid FROM fans"
SEALED_FAN = "SELECT openid_encrypted, openid_index, unionid_encrypted, unionid_index FROM fans"
ROWS = """
INSERT INTO brands (id, slug, name, color, zone, settings, created_at)
OVERRIDING SYSTEM VALUE VALUES (1, 'b', '禾木集', '#000', 'Asia/Shanghai', '{}', now());
INSERT INTO wechat_accounts (id, brand_id, kind, appid, original_id, name, secret_encrypted,
    callback_token_encrypted, aes_key_encrypted, url_key, mode, created_at)
OVERRIDING SYSTEM VALUE
VALUES (7, 1, 'service', 'wx1', 'gh1', '禾木集', '', '', '', 'k', 'safe', now());
INSERT INTO fans (brand_id, account_id, openid, unionid, is_following, follow_order, created_at)
VALUES (1, 7, 'o-lin', 'u-lin', true, 0, now());
INSERT INTO notices (brand_id, account_id, openid, subject, template_id, content_encrypted,
    state, due_at) VALUES (1, 7, 'o-lin', 's', 't', '', 'due', now());
INSERT INTO events (brand_id, name, at, data) VALUES
    (1, 'wechat.scanned', now(), '{"openid": "o-lin", "account_id": 7}'),
    (1, 'wechat.scanned', now(), '{"openid": "o-bo", "account_id": 7}');
INSERT INTO reaction_work (brand_id, event_id, reaction, state, attempts, due_at)
SELECT 1, id, 'scan', CASE data->>'openid' WHEN 'o-bo' THEN 'due' ELSE 'done' END, 0, now()
FROM events"""
WAITING = "SELECT data, person_encrypted FROM events ORDER BY id"


@pytest.fixture
def plain_database(admin):
    """A database of the day before."""
    with older.database_at(admin, PLAIN) as urls:
        yield urls


def test_rows_are_sealed_on_the_way_up_and_opened_on_the_way_down(plain_database):
    run(plain_database, ROWS)
    settings = ground.make_settings(plain_database)
    ring = crypto.Keyring(settings.data_keys, settings.index_key)

    migrate.upgrade(plain_database.owner, SEALED)

    ((openid, openid_index, unionid, unionid_index),) = run(plain_database, SEALED_FAN)
    assert ring.open(openid, context="1.openid.7") == "o-lin"
    assert openid_index == ring.index("o-lin", context="1.openid.7")
    assert ring.open(unionid, context="1.fans.unionid") == "u-lin"
    assert unionid_index == ring.index("u-lin", context="1.unionid")
    ((notice,),) = run(plain_database, "SELECT openid_encrypted FROM notices")
    assert ring.open(notice, context="1.openid.7") == "o-lin"
    (settled, _), (waiting, person) = run(plain_database, WAITING)
    assert settled == waiting == {"account_id": 7}
    assert ring.open(person, context="1.events.person") == "o-bo"

    migrate.downgrade(plain_database.owner, PLAIN)

    assert run(plain_database, FAN) == [("o-lin", "u-lin")]
    assert run(plain_database, "SELECT openid FROM notices") == [("o-lin",)]
    assert run(plain_database, "SELECT data->>'openid' FROM events ORDER BY id") == [
        (None,),
        ("o-bo",),
    ]
