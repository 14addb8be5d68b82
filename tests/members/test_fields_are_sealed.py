"""Free text about a member is sealed, also what a brand had before, and inside its merges."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from app.core import crypto, db, migrate
from app.core.db import session
from app.members.models import CustomChange, CustomValue, FieldKind
from app.members.service import fields
from app.members.service.field_values import before_and_after
from tests import ground, older
from tests.older import run

PLAIN, SEALED = "0037", "0038"
ROWS = """
INSERT INTO brands (id, slug, name, color, zone, settings, created_at)
OVERRIDING SYSTEM VALUE VALUES (1, 'b', '禾木集', '#000', 'Asia/Shanghai', '{}', now());
INSERT INTO members (brand_id, id, number, origin, joined_on, created_at)
OVERRIDING SYSTEM VALUE
VALUES (1, 1, '1', 'card', now(), now()), (1, 2, '2', 'card', now(), now());
INSERT INTO custom_fields (brand_id, id, name, kind, options, created_at) OVERRIDING SYSTEM VALUE
VALUES (1, 1, '称呼', 'text', '{}', now()), (1, 2, '喜好', 'text', '{}', now());
INSERT INTO custom_values (brand_id, member_id, field_id, kind, text_value)
VALUES (1, 1, 1, 'text', '林姐'), (1, 1, 2, 'text', '清爽');
INSERT INTO custom_changes (brand_id, member_id, field_id, before, after, changed_by, at)
VALUES (1, 1, 1, NULL, '"林姐"', 'staff:1', now()), (1, 1, 1, '["油"]', '["干"]', 's', now());
INSERT INTO member_merges (brand_id, survivor_id, merged_id, merged_at, merged_by, record)
SELECT 1, 1, 2, now(), 'staff:1', jsonb_build_object('custom_values', jsonb_build_object(
    'moved', jsonb_agg(to_jsonb(v) || '{"member_id": 2}') FILTER (WHERE field_id = 2),
    'aside', jsonb_agg(to_jsonb(v) || '{"member_id": 2, "text_value": "小林"}')
        FILTER (WHERE field_id = 1)))
FROM custom_values v"""
VALUES = "SELECT member_id, field_id, {} FROM custom_values ORDER BY 1, 2"
RECORD = "SELECT record -> 'custom_values' FROM member_merges"
HERS = [(1, 1, "林姐"), (1, 2, "清爽")]


def test_text_and_its_history_lie_sealed_and_are_read_as_they_were(house, lin):
    with db.transaction(house.brand.id):
        told = fields.define_field("称呼", FieldKind.TEXT)
        for words in ("林姐", "小林"):
            fields.change_value(lin.id, told.id, words, actor="staff:1")
        lying = [
            *session.scalars(select(CustomValue.text_encrypted)),
            *session.scalars(select(CustomChange.after_encrypted)),
        ]

    assert len(lying) == 3
    assert all(each.startswith("t1:") for each in lying)
    with db.transaction(house.brand.id):
        assert fields.held_by(lin.id)[0].value == "小林"
        was = [before_and_after(change) for change in fields.history(lin.id)]
    assert was == [("林姐", "小林"), (None, "林姐")]


@pytest.fixture
def plain_database(admin):
    """A database of the day before."""
    with older.database_at(admin, PLAIN) as urls:
        yield urls


def test_what_was_there_is_sealed_on_the_way_up_and_opened_on_the_way_down(plain_database):
    run(plain_database, ROWS)
    settings = ground.make_settings(plain_database)
    ring = crypto.Keyring(settings.data_keys, settings.index_key)

    migrate.upgrade(plain_database.owner, SEALED)

    sealed = run(plain_database, VALUES.format("text_encrypted"))
    opened = [(*ids, ring.open(words, context="1.custom_values.text")) for *ids, words in sealed]
    assert opened == [*HERS, (2, 1, "小林"), (2, 2, "清爽")]
    assert run(plain_database, RECORD) == [([2],)], "what was taken, and no words"
    before = "SELECT before_encrypted, after_encrypted FROM custom_changes ORDER BY id"
    (nothing, first), (_, second) = run(plain_database, before)
    assert nothing is None
    told = [ring.open(each, context="1.custom_changes.value") for each in (first, second)]
    assert list(map(json.loads, told)) == ["林姐", ["干"]]

    migrate.downgrade(plain_database.owner, PLAIN)

    assert run(plain_database, VALUES.format("text_value")) == HERS
    ((record,),) = run(plain_database, RECORD)
    words = {name: [row["text_value"] for row in rows] for name, rows in record.items()}
    assert words == {"moved": ["清爽"], "aside": ["小林"]}
    was = run(plain_database, "SELECT before, after FROM custom_changes ORDER BY id")
    assert was == [(None, "林姐"), (["油"], ["干"])]
