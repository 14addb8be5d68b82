"""The brand's service account, WeChat knowing it, and Huike behind a real address."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from app.brands import service as brands
from app.brands.models import AccountKind, CallbackMode
from app.core import db
from app.core.db import session
from app.core.events import Event
from app.core.inbox import InboxMessage
from app.wechat import http
from tests import factories
from tests.sandbox.play import Sandbox


@pytest.fixture
def brand(request) -> SimpleNamespace:
    request.getfixturevalue("own_database" if "own_database" in request.fixturenames else "app")
    return factories.make_brand()


@pytest.fixture
def account(brand):
    return brand.service


@pytest.fixture
def plain_account(brand):
    """An account of the same brand whose messages WeChat does not seal."""
    with db.system_transaction():
        return brands.add_account(
            brand_id=brand.id,
            kind=AccountKind.SERVICE,
            appid="wxplain",
            original_id="gh_plain",
            name="plain",
            secret="s",
            callback_token=factories.CALLBACK_TOKEN,
            aes_key=factories.AES_KEY,
            mode=CallbackMode.PLAIN,
        )


@pytest.fixture
def box(wechat_box: Sandbox, brand) -> Sandbox:
    """WeChat, knowing the brand's two accounts; nobody hears its callbacks."""
    wechat_box.admin("POST", "/reset")
    wechat_box.admin("DELETE", "/faults")
    know(wechat_box, brand, "http://127.0.0.1:9/")
    return wechat_box


def know(box: Sandbox, brand: SimpleNamespace, callback_url: str, **more: str) -> None:
    for account in (brand.service, brand.mini):
        known = {"kind": account.kind, "secret": f"secret-of-{account.appid}", "name": "禾木集"}
        known |= {"original_id": account.original_id, "callback_url": callback_url}
        known |= {"token": factories.CALLBACK_TOKEN, "encoding_aes_key": factories.AES_KEY}
        box.admin("PUT", f"/accounts/{account.appid}", known | more)


@pytest.fixture
def huike(built_app, own_database) -> Iterator[str]:
    """Huike at a real address, on a database of the test's own."""
    server = make_server("127.0.0.1", 0, built_app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def wechat_at(settings) -> Iterator[Callable[[str], None]]:
    """Point the gateway at another server for one test."""
    yield http.configure
    http.configure(settings.wechat_api_base_url)


def inbox_rows() -> list[InboxMessage]:
    with db.system_transaction():
        return list(session.scalars(select(InboxMessage).order_by(InboxMessage.id)))


def events_of(brand_id: int) -> list[Event]:
    with db.transaction(brand_id):
        return list(session.scalars(select(Event).order_by(Event.id)))
