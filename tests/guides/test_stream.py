"""The stream: bells only, for one's own stores, until the session ends."""

from __future__ import annotations

import http.client
import time

import pytest

from app.core import db
from app.staff import service as staff
from tests import factories
from tests.guides import processes
from tests.guides.conftest import scan

pytestmark = pytest.mark.flow
ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def settings_of_stream(admin, built_app):
    with processes.own_database(admin, built_app) as settings:
        yield settings


@pytest.fixture(scope="module")
def house(settings_of_stream):
    return factories.make_house()


@pytest.fixture(scope="module")
def stream_port(settings_of_stream):
    port = processes.free_port()
    with processes.running_stream(settings_of_stream, port, ORIGIN):
        yield port


class Page:
    """A page that has opened a stream."""

    def __init__(self, port: int, token: str, topics: str, origin: str = ORIGIN) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        headers = {"Cookie": f"huike_guide={token}", "Origin": origin}
        self.connection.request("GET", f"/stream?topics={topics}", headers=headers)
        self.answer = self.connection.getresponse()

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_error) -> None:
        self.answer.close()
        self.connection.close()

    def next_bell(self) -> str | None:
        """The next bell's data; None when the stream has ended."""
        for line in self.answer:
            if line.startswith(b"data: "):
                return line.decode().removeprefix("data: ").strip()
        return None


def test_a_scan_rings_at_the_guide_of_its_store_with_a_number_and_no_data(house, stream_port):
    with Page(stream_port, factories.sign_in("wei"), f"store:{house.jingan.id}") as page:
        visit = scan(house)

        assert page.answer.getheader("Access-Control-Allow-Origin") == ORIGIN
        assert page.answer.getheader("Content-Type") == "text/event-stream"
        assert page.next_bell() == f"store:{house.jingan.id} seq:{visit.seq}"


def test_bells_of_other_stores_are_not_heard(house, stream_port):
    with Page(stream_port, factories.sign_in("wei"), f"store:{house.jingan.id}") as page:
        scan(house, "o-elsewhere", store=house.hubin)
        here = scan(house, "o-here")

        assert page.next_bell() == f"store:{house.jingan.id} seq:{here.seq}"


@pytest.mark.parametrize("topics", ["store:{other}", "store:{own},store:{other}", "brand:1", ""])
def test_a_stream_with_a_topic_that_is_not_hers_is_refused(house, stream_port, topics):
    asked = topics.format(own=house.jingan.id, other=house.hubin.id)

    with Page(stream_port, factories.sign_in("wei"), asked) as page:
        assert page.answer.status == 403


def test_without_a_session_there_is_no_stream(house, stream_port):
    with Page(stream_port, "made-up", f"store:{house.jingan.id}") as page:
        assert page.answer.status == 403


def test_a_page_of_another_origin_is_refused(house, stream_port):
    token, other = factories.sign_in("wei"), "http://127.0.0.1:9999"

    with Page(stream_port, token, f"store:{house.jingan.id}", other) as page:
        assert page.answer.status == 403


def test_signing_out_ends_the_stream_at_once(house, stream_port):
    token = factories.sign_in("wei")
    with Page(stream_port, token, f"store:{house.jingan.id}") as page:
        started = time.monotonic()

        with db.transaction():
            staff.sign_out(token)

        assert page.next_bell() is None
        assert time.monotonic() - started < 2


def test_headquarters_hears_every_store_of_its_brand_and_none_of_another(house, stream_port):
    other = factories.make_brand("another", "别家")
    foreign = factories.make_store(other.id, "别家的店", account_id=other.service.id)
    token = factories.sign_in("mei@hemuji", factories.Face.CONSOLE)

    with Page(stream_port, token, f"store:{house.hubin.id}") as own:
        assert own.answer.status == 200
    with Page(stream_port, token, f"store:{foreign.id}") as page:
        assert page.answer.status == 403
