"""No phone, name, openid or secret in the database, in Valkey, in a job or in a log (G11)."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from app.core import queue
from tests.soak import g11
from tests.soak.canaries import Canaries

SEED = 20261123
PHONE, NAME = "19912345678", "欧阳金丝雀"
QUICK = ("a view crashes", "a job crashes", "members are refused", "WeChat writes nonsense")
PLANTED = Canaries({"phone": [PHONE], "name": [NAME]})


@pytest.fixture
def own_process(built_app, settings, quiet_queue):
    """The soak brings a process and servers of its own; afterwards the tests' are back."""
    yield
    queue.configure(settings.redis_url)


@pytest.mark.fault
@pytest.mark.usefixtures("own_process")
def test_what_people_and_wechat_bring_lies_nowhere_in_clear_whatever_breaks():
    found = g11.measure(SEED, birds=1, failures=QUICK)
    figures = found["figures"]

    assert figures["hits"] == []
    assert found["control_failed"], figures["control_hits"]
    assert figures["joined"] == 1, "she should have become a member"
    assert figures["endpoints"] > 60
    assert int(figures["answers"].get("500", 0)) > 0, "nothing was broken"


@pytest.mark.parametrize(
    ("where", "data"),
    [
        ("plain", f"phone={PHONE}".encode()),
        ("+86", f"+86{PHONE}".encode()),
        ("json", json.dumps({"name": NAME}).encode()),
        ("json in json", json.dumps(json.dumps({"name": NAME})).encode()),
        ("url", quote(NAME).encode()),
        ("utf-16", NAME.encode("utf-16")),
        ("utf-16 be", PHONE.encode("utf-16-be")),
        ("bytea", PHONE.encode().hex().encode()),
        *(
            (f"base64 after {count}", base64.b64encode(b"x" * count + PHONE.encode() + b"yz"))
            for count in range(4)
        ),
    ],
)
def test_the_search_finds_a_value_in_every_form(where, data):
    assert PLANTED.found_in(data, where), where


def test_the_search_finds_nothing_where_nothing_is():
    assert PLANTED.found_in(b"138****5678 1991234567 \xe6\xac\xa7\xe9\x98\xb3", "here") == []
