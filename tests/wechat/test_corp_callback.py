"""WeCom's door: always sealed, for its corp alone, kept once, answered at once."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from werkzeug.test import Client

from app.brands.models import AccountKind, CallbackMode, WechatAccount
from app.cli.brand import connect_wecom
from app.core import db, inbox, queue
from app.core.db import session
from app.wechat import callbacks, corps, service, tokens
from app.wechat.entry import Entry
from app.wechat.loop_entry import LoopEntry
from app.wechat.models import AccessToken, ContactState, ContactWelcome
from tests import factories
from tests.wechat import corp_letters, doors, letters
from tests.wechat.conftest import events_of, inbox_rows

WAYS_IN = {
    "by Flask's view": lambda app: app,
    "by the thin entry": Entry,
    "by the loop's entry": lambda _app: doors.as_wsgi(LoopEntry(doors.nobody, doors.keep)),
}


@pytest.fixture(params=WAYS_IN)
def client(app, request) -> Client:
    """All ways in are held to the same promises."""
    return Client(WAYS_IN[request.param](app))


@pytest.fixture
def corp(brand) -> WechatAccount:
    return factories.connect_wecom(brand.id).account


def address(account: WechatAccount) -> str:
    return f"/wechat/{account.url_key}/callback"


def welcomes(brand_id: int) -> list[ContactWelcome]:
    with db.transaction(brand_id):
        return list(session.scalars(select(ContactWelcome).order_by(ContactWelcome.id)))


def test_saving_the_address_is_answered_with_what_was_sealed(client, corp):
    query = corp_letters.echo("4375120948345356249", corp.appid)

    response = client.get(address(corp), query_string=query)

    assert (response.status_code, response.text) == (200, "4375120948345356249")


@pytest.mark.parametrize(
    "query",
    [
        lambda corp: corp_letters.echo("1", corp.appid, token="another-token"),
        lambda _corp: corp_letters.echo("1", "wwsomebodyelse"),
        lambda _corp: letters.stamped(echostr="1"),
        lambda _corp: letters.stamped(),
    ],
    ids=["wrong token", "another corp", "the echo of a service account", "no echo"],
)
def test_an_echo_that_is_not_wecoms_is_not_answered(client, corp, query):
    assert client.get(address(corp), query_string=query(corp)).status_code in (400, 403)


def test_what_a_customer_did_is_a_stored_row_and_success(client, corp):
    response = corp_letters.push(client, corp, corp_letters.added())

    assert (response.status_code, response.text) == (200, "success")
    (row,) = inbox_rows()
    assert (row.account_id, row.brand_id) == (corp.id, corp.brand_id)
    assert "wm-lin" not in row.raw_encrypted


def test_a_resend_in_another_envelope_is_the_same_row(client, corp):
    told = corp_letters.added()
    for _ in range(3):
        assert corp_letters.push(client, corp, told).status_code == 200

    assert len(inbox_rows()) == 1


def test_two_customers_in_one_second_are_two_rows(client, corp):
    """All of WeCom's events have the same sender."""
    for name in ("wm-lin", "wm-hua"):
        corp_letters.push(client, corp, corp_letters.added(name, at=1790000000))

    assert len(inbox_rows()) == 2


@pytest.mark.parametrize(
    "letter",
    [
        lambda corp: corp_letters.sealed(corp_letters.added(), corp.appid, token="wrong"),
        lambda _corp: corp_letters.sealed(corp_letters.added(), "wwsomebodyelse"),
        lambda corp: corp_letters.sealed(corp_letters.added(), corp.appid, at="1500000000"),
        lambda _corp: (letters.stamped(), corp_letters.added()),
        lambda corp: corp_letters.sealed(
            '<!DOCTYPE xml [<!ENTITY a "b">]>' + corp_letters.added(), corp.appid
        ),
        lambda corp: corp_letters.sealed(corp_letters.added(Padding="x" * 65_536), corp.appid),
    ],
    ids=["wrong token", "another corp", "stale", "not sealed", "with an entity", "too big"],
)
def test_what_is_not_wecoms_own_is_kept_nowhere(client, corp, letter):
    query, body = letter(corp)

    assert letters.send(client, corp.url_key, query, body).status_code in (400, 403, 413)
    assert inbox_rows() == []


def test_a_service_accounts_signature_opens_nothing_at_the_corps_door(client, corp, brand):
    query, body = letters.sealed(letters.scan(), brand.service.appid)

    assert letters.send(client, corp.url_key, query, body).status_code == 403


def test_a_member_who_writes_to_the_app_is_answered_nothing(client, corp):
    """WeCom would show a service account's words under the brand's app."""
    response = corp_letters.push(client, corp, letters.text_message("TD"))

    assert response.text == "success"


def test_the_fast_lane_is_rung_for_the_corp_and_not_for_the_others(client, corp, brand):
    letters.push(client, brand.service, letters.scan())
    callbacks.forget_doors()
    service._aside.submit(int).result()
    assert not queue.heard(queue.FAST)

    corp_letters.push(client, corp, corp_letters.added())
    service._aside.submit(int).result()

    assert queue.heard(queue.FAST)
    queue.fall_asleep(queue.FAST)


# From the inbox on, by whichever door it came


@pytest.fixture
def flask(app):
    return app.test_client()


def test_a_welcome_is_due_once_however_often_its_message_is_read(flask, corp):
    corp_letters.push(flask, corp, corp_letters.added(WelcomeCode="WC_1"))
    service.drain()
    with db.system_transaction():
        (row,) = session.scalars(select(inbox.InboxMessage))
        row.state = inbox.InboxState.NEW
    service.drain()

    (welcome,) = welcomes(corp.brand_id)
    assert (welcome.state, welcome.message_id) == (ContactState.DUE, row.id)
    assert len(events_of(corp.brand_id)) == 1


def test_the_welcome_code_is_in_no_row_but_the_sealed_message(flask, corp):
    corp_letters.push(flask, corp, corp_letters.added(WelcomeCode="WC_secret"))
    service.drain()

    (event,), (row,) = events_of(corp.brand_id), inbox_rows()
    assert "WC_secret" not in str(event.data)
    assert "WC_secret" not in row.raw_encrypted
    assert "WC_secret" in inbox.read(row)


def test_a_welcome_code_from_another_door_than_the_corps_is_worth_nothing(flask, corp, brand):
    letters.push(flask, brand.service, corp_letters.added(WelcomeCode="WC_1"))
    words = letters.text_message("<WelcomeCode>WC_2</WelcomeCode>")
    corp_letters.push(flask, corp, words)
    service.drain()

    assert welcomes(corp.brand_id) == []


def test_the_lane_reads_past_a_line_of_others(flask, corp, brand):
    """Its own messages alone are taken; the others keep their place."""
    letters.push(flask, brand.service, letters.scan())
    corp_letters.push(flask, corp, corp_letters.added(WelcomeCode="WC_1"))

    assert service.drain_corps() == 1
    assert [row.state for row in inbox_rows()] == ["new", "done"]


def test_nobody_fetches_a_service_accounts_token_for_a_corp(flask, corp, box):
    tokens.refresh_due()

    with db.system_transaction():
        held = set(session.scalars(select(AccessToken.account_id)))
    assert corp.id not in held


# Connecting


def connected(slug: str, *answers: str):
    asked = [slug, "--corp-id", "ww1", "--agent-id", "1"]
    return CliRunner().invoke(connect_wecom, asked, input="\n".join([*answers, ""]))


def corp_accounts(brand_id: int) -> list[WechatAccount]:
    with db.system_transaction():
        found = select(WechatAccount).filter_by(brand_id=brand_id, kind=AccountKind.WECOM)
        return list(session.scalars(found))


def test_the_login_alone_needs_no_callback(app, brand):
    assert connected("hemuji", "secret", "", "").exit_code == 0
    assert corp_accounts(brand.id) == []


def test_connecting_again_changes_what_it_is_sealed_with_and_keeps_the_address(app, brand):
    first = connected("hemuji", "secret", "token-1", factories.AES_KEY)
    (before,) = corp_accounts(brand.id)
    again = connected("hemuji", "secret-2", "token-2", factories.AES_KEY)
    (after,) = corp_accounts(brand.id)

    assert before.url_key in first.output
    assert before.url_key in again.output
    assert (after.id, after.mode) == (before.id, CallbackMode.SAFE)
    assert callbacks.look_up_door(after.url_key).token == "token-2"
    with db.system_transaction():
        assert corps.of_brand(brand.id).corp_id == "ww1"


def test_half_of_the_two_is_refused(app, brand):
    refused = connected("hemuji", "secret", "token", "")

    assert (refused.exit_code, corp_accounts(brand.id)) == (1, [])
    assert "要么都填" in refused.output
