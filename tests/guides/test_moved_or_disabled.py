"""A guide who is moved to another store, or has left: her next request, her open stream and what
she asked to take away end with it."""

from __future__ import annotations

import re
import time

import pytest
from sqlalchemy import text

from app.core import db
from app.core.db import session
from app.exports import service as exports
from app.exports.models import Form, Kind, Why
from app.staff.models import Face, Role
from app.staff.service import people
from app.staff.service.people import Place
from tests import factories
from tests.guides.conftest import scan
from tests.guides.test_stream import (  # noqa: F401 - fixtures
    Page,
    house,
    settings_of_stream,
    stream_port,
)

pytestmark = pytest.mark.flow
LIMIT_SECONDS = 2
CSRF = r'name="csrf_token" value="([^"]+)"'


@pytest.fixture
def lu(house, request):  # noqa: F811
    """A guide of 静安寺店 for one test."""
    login = f"lu{abs(hash(request.node.name)) % 10**9}"
    return factories.make_staff(house.brand.id, login, name="小陆", store_ids=[house.jingan.id])


def move(house, person) -> None:  # noqa: F811
    with db.transaction(house.brand.id):
        place = Place([house.hubin.id])
        people.change(person.id, name=person.name, role=Role.GUIDE, place=place, actor="staff:1")


def disable(house, person) -> None:  # noqa: F811
    with db.transaction(house.brand.id):
        people.disable(person.id, actor="staff:1")


ENDS = {"moved": move, "disabled": disable}


def sees(built_app, token: str, visit_id: int) -> bool:
    """Whether her next request still answers with this scan of her old store."""
    client = built_app.test_client()
    client.set_cookie("huike_guide", token)
    answer = client.get("/guide/board.json?after=0")
    return answer.status_code == 200 and bool(re.search(rf'"visit_id": ?{visit_id}\b', answer.text))


def wait_for_the_end(page: Page) -> None:
    """Past whatever rings meanwhile: stores of tests that run beside this one have its numbers."""
    while page.next_bell() is not None:
        pass


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_her_open_stream_closes_within_two_seconds(house, stream_port, lu, end) -> None:  # noqa: F811
    with Page(stream_port, factories.sign_in(lu.login), f"store:{house.jingan.id}") as page:
        assert page.answer.status == 200
        started = time.monotonic()

        end(house, lu)

        wait_for_the_end(page)
        assert time.monotonic() - started < LIMIT_SECONDS


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_her_stream_does_not_open_again_for_that_store(house, stream_port, lu, end) -> None:  # noqa: F811
    token = factories.sign_in(lu.login)

    end(house, lu)

    with Page(stream_port, token, f"store:{house.jingan.id}") as page:
        assert page.answer.status == 403


def test_control_a_store_taken_away_behind_the_services_back_leaves_the_stream_open(
    house,  # noqa: F811
    stream_port,  # noqa: F811
    lu,
) -> None:
    """The clock of the test does notice a stream that is not told."""
    with Page(stream_port, factories.sign_in(lu.login), f"store:{house.jingan.id}") as page:
        page.connection.sock.settimeout(LIMIT_SECONDS)
        with db.transaction(house.brand.id):
            session.execute(text("DELETE FROM staff_stores WHERE staff_id = :id"), {"id": lu.id})

        with pytest.raises(TimeoutError):
            wait_for_the_end(page)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_her_next_request_about_the_store_is_refused(built_app, house, lu, request, end) -> None:  # noqa: F811
    token = factories.sign_in(lu.login)
    visit = scan(house, f"o-{request.node.name}")
    assert sees(built_app, token, visit.id)  # the control: before, it is answered

    end(house, lu)

    assert not sees(built_app, token, visit.id)


def to_a_store(house, person) -> None:  # noqa: F811
    """Only headquarters may take lists away: whoever is moved to a store no longer can."""
    with db.transaction(house.brand.id):
        place, role = Place([house.hubin.id]), Role.STORE_MANAGER
        people.change(person.id, name=person.name, role=role, place=place, actor="staff:1")


@pytest.mark.parametrize("end", [to_a_store, disable], ids=ENDS)
def test_her_link_and_what_waits_to_be_made_are_dead(built_app, house, request, end) -> None:  # noqa: F811
    login = f"xu{abs(hash(request.node.name)) % 10**9}"
    xu = factories.make_staff(house.brand.id, login, Role.MARKETER, name="许")
    token = factories.sign_in(login, Face.CONSOLE)
    client = built_app.test_client()
    client.set_cookie("huike_console", token)
    by = factories.actor(token, Face.CONSOLE)
    ready = _ask(house, by)
    exports.work()
    link = f"/console/exports/{ready}/file"
    form = {"csrf_token": re.search(CSRF, client.get("/console/exports").text)[1]}
    assert client.post(link, data=form).status_code == 200  # the control: alive so far
    waiting = _ask(house, by)

    end(house, xu)
    exports.work()

    assert client.post(link, data=form).status_code != 200
    assert _state(house, waiting) == "refused"


def _ask(house, by) -> int:  # noqa: F811
    with db.transaction(house.brand.id):
        return exports.ask(by, exports.Wish(Kind.STORES, Form.CSV, Why.RECONCILE)).id


def _state(house, export_id: int) -> str:  # noqa: F811
    with db.transaction(house.brand.id):
        found = text("SELECT state FROM exports WHERE id = :id")
        return str(session.scalar(found, {"id": export_id}))
