"""`/readyz` tells machines what `flask doctor` tells people, in four words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock, db, pulse
from app.core.db import session
from app.wechat.models import AccessToken


@pytest.fixture
def service(house):
    """The house's service account; the timekeeper has just ticked."""
    with db.system_transaction():
        pulse.beat(pulse.TIMEKEEPER)
    return house.brand.service


def keep_token(account_id: int, **columns: object) -> None:
    kept = {"token_encrypted": "sealed", "expires_at": clock.now() + timedelta(hours=1)}
    with db.system_transaction():
        session.add(AccessToken(account_id=account_id, **kept | columns))


def test_a_living_token_is_ready(client, service):
    keep_token(service.id)

    answer = client.get("/readyz")

    every = {"database": True, "queue": True, "timekeeper": True, "tokens": True}
    assert (answer.status_code, answer.json) == (200, every)


def test_a_token_that_ran_out_is_not(client, service):
    keep_token(service.id, expires_at=clock.now() - timedelta(seconds=1))

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json["tokens"]) == (503, False)


def test_a_first_token_on_its_way_is_waited_for(client, service):
    keep_token(service.id, token_encrypted=None, expires_at=None, lease_token="holder")

    assert client.get("/readyz").json["tokens"] is True
