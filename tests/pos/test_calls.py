"""What call centres and tills may ask, and what they are answered."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock, db, idempotency
from app.core.audit import AuditRow
from app.core.db import session
from app.members.models import Contact

SAID = {"channel": "call", "direction": "in", "at": "2026-11-20T10:00:00+08:00", "text": "问退货"}


def told(lin, key: str = "call-1", **given: object) -> dict[str, object]:
    return SAID | {"number": lin.number, "key": key} | given


def contacts(house) -> int:
    with db.transaction(house.brand.id):
        return session.scalar(select(func.count()).select_from(Contact))


def test_a_call_centre_puts_a_call_on_the_timeline(caller, house, lin):
    answer = caller.post("/contacts", told(lin, agent="3 号坐席"), key="0123456789")

    assert answer.status_code == 201
    assert answer.json["is_new"] is True
    with db.transaction(house.brand.id):
        contact = session.query(Contact).one()
        assert (contact.member_id, contact.agent) == (lin.id, "3 号坐席")
        assert contact.at.isoformat() == "2026-11-20T02:00:00+00:00"


def test_the_same_key_and_body_get_the_first_answer_again(caller, house, lin):
    first = caller.post("/contacts", told(lin), key="0123456789")
    again = caller.post("/contacts", told(lin), key="0123456789")

    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert contacts(house) == 1


def test_the_same_key_for_something_else_is_refused(caller, house, lin):
    caller.post("/contacts", told(lin), key="0123456789")

    answer = caller.post("/contacts", told(lin, "call-2"), key="0123456789")

    assert answer.status_code == 422
    assert answer.json["type"] == "/problems/idempotency_key_reused"
    assert contacts(house) == 1


def test_a_refusal_that_was_decided_is_kept_too(caller, house, lin):
    caller.post("/contacts", told(lin), key="first-key-1")
    first = caller.post("/contacts", told(lin, text="别的话"), key="second-key")
    again = caller.post("/contacts", told(lin, text="别的话"), key="second-key")

    assert first.status_code == 409
    assert (again.status_code, again.json) == (409, first.json)
    assert again.content_type == "application/problem+json"


def test_a_mistake_in_the_body_does_not_use_the_key_up(caller, lin):
    wrong = caller.post("/contacts", told(lin, channel="pigeon"), key="0123456789")
    right = caller.post("/contacts", told(lin), key="0123456789")

    assert (wrong.status_code, right.status_code) == (422, 201)


@pytest.mark.parametrize("key", [None, "short", "x" * 65, "键键键键键键键键"])
def test_a_write_without_a_key_of_its_own_is_refused(caller, lin, key):
    answer = caller.post("/contacts", told(lin), key=key)

    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json["fields"]["headers"]


def test_answers_are_kept_for_a_day_and_lie_sealed(caller, house, lin):
    caller.post("/contacts", told(lin), key="0123456789")

    with db.system_transaction():
        kept = session.query(idempotency.KeptAnswer).one()
        assert "contact_id" not in kept.body_encrypted
        assert kept.expires_at - clock.now() > timedelta(hours=23)
        clock.move(timedelta(hours=24, seconds=1))
        idempotency.forget_expired()
        assert session.query(idempotency.KeptAnswer).count() == 0


@pytest.mark.race
def test_a_request_that_is_still_being_answered_is_told_to_wait(own_database, caller, house, lin):
    """Eight at once under one key: one is done, the others hear "running" or its answer."""
    gate = threading.Barrier(8)

    def at_once(_: int) -> int:
        mine = type(caller)(caller.client.application.test_client(), *_named(caller))
        gate.wait()
        return mine.post("/contacts", told(lin), key="0123456789").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(at_once, range(8)))

    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert contacts(house) == 1


def _named(caller) -> tuple[str, str]:
    return caller.public_id, caller.secret


def test_a_worker_that_died_leaves_the_key_free_after_its_lease(app, house):
    claim = idempotency.Claim(house.brand.id, "api_key:1", "0123456789", "POST /x")
    with db.transaction(house.brand.id):
        assert idempotency.begin(claim) is None
    with db.transaction(house.brand.id), pytest.raises(idempotency.StillRunning):
        idempotency.begin(claim)

    clock.move(idempotency.LEASE)

    with db.transaction(house.brand.id):
        assert idempotency.begin(claim) is None


def test_a_crash_frees_the_key(app, house):
    claim = idempotency.Claim(house.brand.id, "api_key:1", "0123456789", "POST /x")
    with db.transaction(house.brand.id):
        idempotency.begin(claim)
        idempotency.release(claim)

    with db.transaction(house.brand.id):
        assert idempotency.begin(claim) is None


def test_a_member_is_found_by_phone_and_the_look_up_is_in_the_audit(caller, house, lin):
    answer = caller.post("/members/lookup", {"phone": "138 0000 5678"})

    assert answer.json == {
        "number": lin.number,
        "tier": answer.json["tier"],
        "points": 0,
        "joined_on": lin.joined_on.isoformat(),
        "name": f"会员 {lin.number[-4:]}",
        "phone": "138****5678",
    }
    with db.transaction(house.brand.id):
        row = session.query(AuditRow).filter_by(act="member.looked_up").one()
        assert (row.subject, row.actor.partition(":")[0]) == (f"member:{lin.id}", "api_key")


def test_a_key_without_the_scope_sees_neither_name_nor_phone(make_caller, lin):
    caller = make_caller("members:read")

    assert set(caller.get(f"/members/{lin.number}").json) == {
        "number",
        "tier",
        "points",
        "joined_on",
    }
    refused = caller.post("/contacts", told(lin), key="0123456789")
    assert (refused.status_code, refused.json["detail"]) == (403, "contacts:write")


def test_a_phone_is_never_in_an_address(built_app):
    rules = [rule.rule for rule in built_app.url_map.iter_rules() if "/open/" in rule.rule]

    assert rules
    assert [rule for rule in rules if "phone" in rule] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "number"),
        ({"phone": "13800005678", "number": "A"}, "number"),
        ({"phone": "13800005678", "brand_id": 2}, "brand_id"),
        ({"number": "a b"}, "number"),
        ({"number": 5}, "number"),
        ({"number": "A\0"}, "number"),
        ({"phone": None}, "phone"),
        ({"phone": "\ud800123456"}, "phone"),
    ],
)
def test_bad_input_is_named_field_by_field(caller, body, field):
    answer = caller.post("/members/lookup", body)

    assert answer.status_code == 422
    assert field in answer.json["fields"]["json"]


@pytest.mark.parametrize("number", ["a", "A" * 25, "A-B", "%00", "%ED%A0%80"])
def test_a_number_that_cannot_be_one_is_named(caller, number):
    answer = caller.get(f"/members/{number}")

    assert answer.status_code == 422
    assert "number" in answer.json["fields"]["path"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"at": "2026-11-20T10:00:00"}, "at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"at": "2999-01-01T00:00:00Z"}, "at"),
        ({"duration_seconds": -1}, "duration_seconds"),
        ({"duration_seconds": 1.5}, "duration_seconds"),
        ({"direction": "up"}, "direction"),
        ({"recording_url": "https://evil.example/x"}, "recording_url"),
        ({"text": "x" * 2001}, "text"),
        ({"member_id": 1}, "member_id"),
        ({"key": "空 格"}, "key"),
    ],
)
def test_a_contact_that_cannot_be_is_named(caller, lin, given, field):
    answer = caller.post("/contacts", told(lin, **given), key="0123456789")

    assert answer.status_code == 422
    assert field in str(answer.json["fields"])
