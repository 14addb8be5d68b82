"""Bells for open pages: one SSE stream a page, its topics multiplexed, and never any data.

Stands behind `asgi:app`: `GET /stream?topics=store:17` with a session cookie of either face.
What a bell means is fetched from Flask, where scope and masking live.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import psycopg
from prometheus_client import generate_latest

from app.core import asgi, clock, database, logging
from app.core.asgi import Receive, Scope, Send
from app.core.crypto import fingerprint
from app.core.ears import Ear, Ears
from app.core.settings import Settings
from app.staff.queries import may_hear

HEARTBEAT_SECONDS = 15
COOKIES = ("huike_guide", "huike_console", "__Host-huike_guide", "__Host-huike_console")


class Office:
    """What the streams of this process share: a database connection and a subscription."""

    def __init__(self, settings: Settings) -> None:
        public = urlsplit(settings.public_url)
        self.origin = f"{public.scheme}://{public.netloc}"
        self.ears = Ears(database.redis_url(settings))
        self.listening = asyncio.create_task(self.ears.listen())
        self._url = database.conninfo(database.locate(settings).system)
        self._connection: psycopg.AsyncConnection | None = None
        self._turn = asyncio.Lock()

    async def opened(self, sessions: list[str], topics: set[str]) -> set[str]:
        """The live sessions that open these topics; none when one topic is closed to them."""
        async with self._turn:
            if self._connection is None or self._connection.closed:
                self._connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        return await may_hear(self._connection, sessions, topics, clock.now())


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI entry."""
    state = scope["state"]
    if scope["type"] == "lifespan":

        async def start() -> Callable[[], object]:
            settings = Settings.from_env()
            logging.configure(settings.env)
            office = state["office"] = Office(settings)
            return office.listening.cancel

        await asgi.live(receive, send, start)
    elif scope["path"] == "/stream":
        await _stream(state["office"], scope, receive, send)
    elif scope["path"] == "/metrics":
        await asgi.answer(send, 200, {"content-type": "text/plain; version=0.0.4"})
        await asgi.say(send, generate_latest().decode(), more=False)
    else:
        await asgi.answer(send, 200 if scope["path"] == "/healthz" else 404)


async def _stream(office: Office, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    cookies = SimpleCookie(headers.get("cookie", ""))
    sessions = [fingerprint(cookies[name].value) for name in COOKIES if name in cookies]
    topics = set(parse_qs(scope["query_string"].decode()).get("topics", [""])[0].split(","))
    keys = await office.opened(sessions, topics)
    if not keys or headers.get("origin", office.origin) != office.origin:
        await asgi.answer(send, 403)
        return
    ear = Ear(topics | {f"session:{key}" for key in keys})
    with office.ears.opened(ear):
        leaving = asyncio.create_task(asgi.gone(receive))
        leaving.add_done_callback(lambda _: ear.ring("session:gone", ""))
        await asgi.answer(
            send, 200, asgi.EVENT_STREAM | {"access-control-allow-origin": office.origin}
        )
        await asgi.say(send, "retry: 2000\n\n")
        while await _tell_bells(ear, send) and await office.opened(sessions, topics) >= keys:
            await asgi.say(send, ": still here\n\n")
        await asgi.say(send, "", more=False)


async def _tell_bells(ear: Ear, send: Send) -> bool:
    """Until the next heartbeat; False once the session is over or the page has gone."""
    time = asyncio.get_running_loop().time
    until = time() + HEARTBEAT_SECONDS
    while (left := until - time()) > 0:
        for topic, seq in (await ear.take(left)).items():
            if topic.startswith("session:"):
                return False
            await asgi.say(send, f"event: bell\ndata: {topic} seq:{seq}\n\n")
    return True
