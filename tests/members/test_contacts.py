"""Contacts of other systems: each once, sealed, with recordings only where the brand keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.brands.models import Brand
from app.core import clock, db
from app.core.db import session
from app.core.errors import BadInput
from app.members.models import Channel, Contact, Direction
from app.members.service import contacts
from tests import factories


@pytest.fixture
def call(house, lin):
    """Lin rang about a return; the call centre knows it as C-1."""
    return contacts.Told(
        source="callcentre",
        key="C-1",
        member_id=lin.id,
        channel=Channel.CALL,
        direction=Direction.IN,
        at=clock.now(),
        agent="07",
        duration_seconds=192,
        text="问面霜退货期限，已答复",
    )


def record(house, told):
    with db.transaction(house.brand.id):
        return contacts.record(told)


def rows(house) -> list[Contact]:
    with db.transaction(house.brand.id):
        return list(session.scalars(select(Contact)))


def allow(house, *hosts: str) -> None:
    with db.system_transaction():
        session.get_one(Brand, house.brand.id).settings = {"recording_hosts": list(hosts)}


def test_a_call_that_is_told_twice_is_one_call(house, call):
    first, second = record(house, call), record(house, call)

    assert (first.is_new, second.is_new) == (True, False)
    assert first.contact_id == second.contact_id
    assert len(rows(house)) == 1


def test_a_key_that_was_used_for_another_call_is_refused(house, call):
    record(house, call)

    with pytest.raises(contacts.OtherContact):
        record(house, replace(call, text="另一件事"))


def test_what_was_said_is_sealed_and_can_be_read_again(house, call):
    record(house, call)

    (row,) = rows(house)
    assert "面霜" not in row.text_encrypted
    with db.transaction(house.brand.id):
        assert contacts.contact_text(row) == call.text


def test_a_member_of_another_brand_does_not_exist(house, call):
    other = factories.make_brand("qinghe", "青禾")

    with pytest.raises(contacts.NoMember), db.transaction(other.id):
        contacts.record(call)


@pytest.mark.parametrize(
    "url",
    [
        "http://rec.example.com/1.mp3",
        "https://evil.example.com/1.mp3",
        "https://rec.example.com@evil.example.com/1.mp3",
        "https://rec.example.com:8443/1.mp3",
        "https://rec.example.com\\@evil.example.com/",
        "javascript:alert(1)",
        "https://[rec.example.com/1.mp3",
    ],
)
def test_a_recording_elsewhere_is_refused(house, call, url):
    allow(house, "rec.example.com")

    with pytest.raises(BadInput) as refused:
        record(house, replace(call, recording_url=url))
    assert list(refused.value.extra["fields"]) == ["recording_url"]


def test_a_recording_on_the_brands_host_is_kept(house, call):
    allow(house, "rec.example.com")

    record(house, replace(call, recording_url="https://rec.example.com/1.mp3"))

    assert rows(house)[0].recording_url == "https://rec.example.com/1.mp3"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", clock.now() + timedelta(days=1)),
        ("duration_seconds", -1),
        ("text", "字" * 2001),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(house, call, field, value):
    with pytest.raises(BadInput) as refused:
        record(house, replace(call, **{field: value}))
    assert list(refused.value.extra["fields"]) == [field]
