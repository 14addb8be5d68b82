"""The sandbox's callbacks to Huike at a real address, resends and all."""

from __future__ import annotations

import pytest

from app.core import events as event_rows
from app.wechat import gateway, service
from tests.sandbox.play import Sandbox, eventually
from tests.wechat.conftest import events_of, inbox_rows, know

pytestmark = pytest.mark.flow


@pytest.fixture
def box_calling_huike(huike, box: Sandbox, brand) -> Sandbox:
    know(box, brand, f"{huike}/wechat/{brand.service.url_key}/callback")
    return box


def act(box: Sandbox, person: dict, what: str, appid: str, **given) -> dict:
    body = {"appid": appid, "wait": True, **given}
    return box.admin("POST", f"/people/{person['person_id']}/{what}", body)


def test_a_scan_in_the_store_becomes_an_event(box_calling_huike, account):
    lin = box_calling_huike.person("lin")

    done = act(box_calling_huike, lin, "scan", account.appid, scene="S0021-G07")
    service.drain()

    assert (done["delivered"], done["attempts"]) == (True, 1)
    (event,) = events_of(account.brand_id)
    assert (event.name, event.data["scene"]) == ("wechat.subscribed", "S0021-G07")
    assert event_rows.person(event) == lin["openids"][account.appid]


def test_a_callback_whose_answer_was_lost_three_times_is_one_row(box_calling_huike, account):
    lin = box_calling_huike.person("lin")
    box_calling_huike.fault("callback", "resend", times=3)

    done = act(box_calling_huike, lin, "scan", account.appid, scene="S1")

    assert done["attempts"] == 3
    assert len(inbox_rows()) == 1


def test_a_mass_send_is_closed_by_its_receipt(box_calling_huike, account):
    people = [box_calling_huike.person(key) for key in ("a", "b", "c")]
    for person in people:
        act(box_calling_huike, person, "follow", account.appid)
    openids = [person["openids"][account.appid] for person in people]

    job = gateway.mass_send_text(account.id, openids, "十月新品", "batch-1")
    eventually(lambda: len(inbox_rows()) == 4)
    service.drain()

    receipt = events_of(account.brand_id)[-1]
    assert (receipt.name, receipt.data["message_id"]) == ("wechat.mass_finished", job.message_id)
    assert [receipt.data[key] for key in ("total", "filtered", "sent", "errors")] == [3, 3, 3, 0]
