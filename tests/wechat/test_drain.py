"""From inbox rows to events: each once, and no bad one in the way of the others."""

from __future__ import annotations

from sqlalchemy import update

from app.core import clock, db, events, inbox
from app.core.db import session
from app.core.inbox import InboxMessage
from app.wechat import service
from tests import factories
from tests.wechat import letters
from tests.wechat.conftest import events_of, inbox_rows

FINISHED = {
    "MsgID": 1000000007, "Status": "send success", "TotalCount": 120, "FilterCount": 95,
    "SentCount": 94, "ErrorCount": 1, "CopyrightCheckResult": {"Count": 0, "ResultList": None},
    "ArticleUrlResult": {"ResultList": {"item": [{"ArticleIdx": 1}, {"ArticleIdx": 2}]}},
}  # fmt: skip


def told(client, account, *messages: str) -> list[tuple]:
    """What the brand's timeline says once these messages have been drained."""
    for message in messages:
        assert letters.push(client, account, message).text == "success"
    service.drain()
    return [(event.name, event.data) for event in events_of(account.brand_id)]


def named(brand_id: int) -> list[str | None]:
    """Whom each event names, opened."""
    return [events.person(event) for event in events_of(brand_id)]


def test_a_scan_of_a_follower_becomes_an_event(client, account):
    assert told(client, account, letters.scan("o-lin", scene="12")) == [
        (
            "wechat.scanned",
            {"account_id": account.id, "scene": "12", "sent_at": 1790000000},
        )
    ]
    assert named(account.brand_id) == ["o-lin"]


def test_a_follow_by_a_code_carries_the_bare_scene(client, account):
    ((name, data),) = told(client, account, letters.event("subscribe", EventKey="qrscene_S1"))

    assert (name, data["scene"]) == ("wechat.subscribed", "S1")


def test_a_follow_without_a_store_code_has_no_scene(client, account):
    found = told(
        client,
        account,
        letters.event("subscribe", "o-1", EventKey=""),
        letters.event("subscribe", "o-2"),
        letters.event("subscribe", "o-3", EventKey="last_trade_no_4003"),
        letters.event("subscribe", "o-4", EventKey="scanbarcode|EAN_13|690"),
    )

    assert {name for name, _ in found} == {"wechat.subscribed"}
    assert [data["scene"] for _, data in found] == [None] * 4


def test_an_unfollow_becomes_an_event(client, account):
    ((name, data),) = told(client, account, letters.event("unsubscribe", EventKey=""))

    assert (name, "openid" in data) == ("wechat.unsubscribed", False)
    assert named(account.brand_id) == ["o-lin"]


def test_the_receipt_of_a_mass_send_keeps_its_five_figures(client, account):
    ((name, data),) = told(client, account, letters.event("MASSSENDJOBFINISH", **FINISHED))

    assert name == "wechat.mass_finished"
    assert data["message_id"] == 1000000007
    assert [data[key] for key in ("total", "filtered", "sent", "errors")] == [120, 95, 94, 1]
    assert data["status"] == "send success"


def test_what_we_do_not_know_is_kept_by_its_kind(client, account):
    ((name, data),) = told(client, account, letters.event("Event_Of_Next_Year", Secret="退货"))

    assert (name, data["kind"]) == ("wechat.other", "event.event_of_next_year")
    assert "退货" not in str(data)


def test_draining_twice_changes_nothing(client, account):
    told(client, account, letters.scan())

    assert service.drain() == 0
    assert len(events_of(account.brand_id)) == 1


def test_a_row_read_again_makes_no_second_event(client, account):
    told(client, account, letters.scan())
    with db.system_transaction():
        session.execute(update(InboxMessage).values(state="new"))

    assert service.drain() == 1
    assert len(events_of(account.brand_id)) == 1


def test_an_event_happened_when_the_message_was_received(client, account):
    told(client, account, letters.scan())

    assert events_of(account.brand_id)[0].at == inbox_rows()[0].received_at


def test_two_brands_in_one_batch_get_their_own_events(client, account):
    other = factories.make_brand("qinghe", "青禾")
    letters.push(client, other.service, letters.scan("o-bo"))
    told(client, account, letters.scan("o-lin"))

    assert named(account.brand_id) == ["o-lin"]
    assert named(other.id) == ["o-bo"]


def test_one_poisoned_message_does_not_stop_the_others(client, account):
    letters.push(client, account, letters.scan("o-1"))
    letters.push(client, account, letters.event("MASSSENDJOBFINISH", MsgID="none"))
    letters.push(client, account, letters.scan("o-3"))

    assert service.drain() == 3

    assert named(account.brand_id) == ["o-1", "o-3"]
    assert [row.state for row in inbox_rows()] == ["done", "new", "done"]


def test_a_message_that_the_database_refuses_takes_nothing_else_with_it(client, account):
    letters.push(client, account, letters.scan("o-1"))
    letters.push(client, account, letters.scan("o-2"))
    nobodys = inbox_rows()[0].id
    with db.system_transaction():
        session.execute(update(InboxMessage).filter_by(id=nobodys).values(brand_id=999_999))

    assert service.drain() == 2

    assert named(account.brand_id) == ["o-2"]
    assert [(row.state, row.last_error) for row in inbox_rows()] == [
        ("new", "IntegrityError"),
        ("done", None),
    ]


def test_a_poisoned_message_is_tried_later_and_later_and_then_shown(client, account):
    letters.push(client, account, letters.event("MASSSENDJOBFINISH", MsgID="none"))

    for attempt in range(1, inbox.MAX_ATTEMPTS + 1):
        assert service.drain() == 1
        assert service.drain() == 0
        assert inbox_rows()[0].attempts == attempt
        clock.move(clock.timedelta(seconds=2**10 * attempt))

    row = inbox_rows()[0]
    assert (row.state, row.last_error) == ("dead", "ValueError")
    assert service.drain() == 0
