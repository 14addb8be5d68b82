"""A machine proves itself with every request; one request is taken once."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.pos import service as pos
from app.pos.models import ApiKey
from app.pos.signing import new_secret, sign
from tests import factories


def refused(answer) -> tuple[int, str]:
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.json["type"].removeprefix("/problems/")


def test_a_signed_request_is_answered(caller, lin):
    answer = caller.get(f"/members/{lin.number}")

    assert answer.status_code == 200
    assert answer.json["number"] == lin.number


@pytest.mark.parametrize(
    "headers",
    [
        {"Huike_Key": ""},
        {"Huike_Key": "hk_1_AAAAAAAAAAAAAAAA"},
        {"Huike_Key": "hk_999999999999999999_AAAAAAAAAAAAAAAA"},
        {"Huike_Key": "hk_0_AAAAAAAAAAAAAAAA"},
        {"Huike_Key": "钥匙"},
        {"webhook_id": "another"},
        {"webhook_id": ""},
        {"webhook_id": "x" * 65},
        {"webhook_timestamp": "soon"},
        {"webhook_timestamp": "²"},
        {"webhook_timestamp": "9" * 400},
        {"webhook_signature": ""},
        {"webhook_signature": "v1,AAAA"},
    ],
)
def test_unknown_key_and_wrong_signature_are_told_the_same(caller, lin, headers):
    assert refused(caller.get(f"/members/{lin.number}", **headers)) == (401, "signature_refused")


def test_a_body_that_was_changed_on_its_way_is_refused(caller, lin):
    signed = caller.signed(b'{"number": "A"}') | {"Content-Type": "application/json"}

    answer = caller.client.post("/open/v1/members/lookup", data=b'{"number": "B"}', headers=signed)

    assert refused(answer) == (401, "signature_refused")


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_request_is_fresh_for_five_minutes(caller, lin, seconds):
    clock.move(timedelta(seconds=seconds))

    assert refused(caller.get(f"/members/{lin.number}")) == (401, "request_stale")


def test_a_request_that_was_recorded_and_sent_again_is_refused(caller, lin):
    signed = caller.signed(b"")
    path = f"/open/v1/members/{lin.number}"

    first = caller.client.get(path, headers=signed)
    second = caller.client.get(path, headers=signed)

    assert first.status_code == 200
    assert refused(second) == (401, "request_replayed")


def test_a_request_that_failed_cannot_be_sent_again_either(caller):
    signed = caller.signed(b"")

    first = caller.client.get("/open/v1/members/NOBODY", headers=signed)
    second = caller.client.get("/open/v1/members/NOBODY", headers=signed)

    assert refused(first) == (404, "no_member")
    assert refused(second) == (401, "request_replayed")


def test_both_secrets_hold_for_a_day_while_they_are_changed(caller, house, mei, lin):
    path, old = f"/members/{lin.number}", caller.secret
    with db.transaction(house.brand.id):
        key = session.query(ApiKey).one()
        new = pos.rotate_key(mei, key.id).secret

    assert caller.get(path).status_code == 200
    caller.secret = new
    assert caller.get(path).status_code == 200
    caller.secret = old
    clock.move(pos.OVERLAP + timedelta(minutes=1))
    assert refused(_at_our_time(caller, path)) == (401, "signature_refused")
    caller.secret = new
    assert _at_our_time(caller, path).status_code == 200


def _at_our_time(caller, path):
    """A caller whose clock was moved with ours."""
    stamp = str(int(clock.now().timestamp()))
    name = f"msg_{time.monotonic_ns()}"
    signature = sign(caller.secret, name, stamp, b"")
    headers = {"webhook_id": name, "webhook_timestamp": stamp, "webhook_signature": signature}
    return caller.get(path, **headers)


def test_a_revoked_key_opens_nothing_from_the_next_request_on(caller, house, mei, lin):
    with db.transaction(house.brand.id):
        pos.revoke_key(mei, session.query(ApiKey).one().id)

    assert refused(caller.get(f"/members/{lin.number}")) == (401, "signature_refused")


def test_what_happens_to_a_key_stands_in_the_audit(caller, house, mei):
    with db.transaction(house.brand.id):
        key_id = session.query(ApiKey).one().id
        pos.rotate_key(mei, key_id)
        pos.revoke_key(mei, key_id)
        acts = [row.act for row in session.query(AuditRow).filter_by(subject=f"api_key:{key_id}")]

    assert acts == ["api_key.made", "api_key.rotated", "api_key.revoked"]


def test_secrets_lie_sealed_in_the_database(caller, house):
    with db.transaction(house.brand.id):
        key = session.query(ApiKey).one()

    assert caller.secret.removeprefix("whsec_") not in key.secret_encrypted


def test_too_many_requests_are_told_when_to_come_back(make_caller, lin):
    caller = make_caller(per_minute=3)
    answers = [caller.get(f"/members/{lin.number}") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert refused(answers[-1]) == (429, "too_often")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 20


def test_a_limit_is_of_one_key(make_caller, lin):
    one, other = make_caller(per_minute=1), make_caller(per_minute=1)

    answers = [each.get(f"/members/{lin.number}").status_code for each in (one, one, other)]

    assert answers == [200, 429, 200]


def test_a_key_opens_its_own_brand_alone(caller, client):
    other = factories.make_brand("qinghe", "青禾")
    fan = factories.make_fan(other.id, other.service.id, "o-foreign")
    foreign = factories.make_member(other.id, fan.id, "13900001111")

    there, nowhere = (caller.get(f"/members/{n}") for n in (foreign.number, "NOBODY"))

    assert refused(there) == refused(nowhere) == (404, "no_member")


def test_a_key_cannot_be_made_to_look_like_another_brands(caller, lin):
    forged = caller.public_id.replace("hk_", "hk_9", 1)

    answer = caller.get(f"/members/{lin.number}", Huike_Key=forged)

    assert refused(answer) == (401, "signature_refused")


def test_a_new_secret_is_long_enough():
    assert len(new_secret()) > len("whsec_") + 40
