"""An ASGI application spoken to as a WSGI one, so that one set of tests holds every way in."""

from __future__ import annotations

import asyncio
from typing import Any

from app.core.asgi import Message, Receive, Scope, Send
from app.core.inbox import Kept, Letter
from app.wechat import service
from app.wechat.loop_entry import Application

PIECE = 4096  # a server hands a body on as it comes


async def nobody(_scope: Scope, _receive: Receive, send: Send) -> None:
    """What stands behind the entry: nothing."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def keep(letter: Letter) -> Kept:
    """By a thread, as the test's transaction is the thread's; tests/core/test_wire.py and
    tests/wechat/test_loop.py have the loop's own way."""
    return await asyncio.to_thread(service.letters.submit, letter)


def as_wsgi(application: Application) -> Any:
    def call(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        head, *rest = asyncio.run(_ask(application, environ))
        headers = [(name.decode(), value.decode()) for name, value in head["headers"]]
        start_response(f"{head['status']} -", headers)
        return [message["body"] for message in rest]

    return call


async def _ask(application: Application, environ: dict[str, Any]) -> list[Message]:
    sent: list[Message] = []
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    pieces = [body[at : at + PIECE] for at in range(0, len(body) or 1, PIECE)]

    async def receive() -> Message:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "query_string": environ["QUERY_STRING"].encode("latin-1"),
        "headers": [],
    }
    await application(scope, receive, send)
    return sent
