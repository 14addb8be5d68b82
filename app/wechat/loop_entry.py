"""The callbacks' way in on an event loop: every step of the pipeline in the loop, and hundreds of
callers waiting for one commit without a thread for each.

Threads cost more than the work: 32 of them fight for one lock over what takes 0.1 ms. See
docs/decisions/0014.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from app.core.asgi import Receive, Scope, Send
from app.wechat import callbacks, service
from app.wechat.doorstep import ADDRESS, BODY_LIMIT, excused, query_of
from app.wechat.refusals import Reason, Refused

Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Method: TypeAlias = Callable[[str, dict[str, str], Receive], Awaitable[service.Reply]]


class LoopEntry:
    """An ASGI application: callbacks straight to the service, everything else to another."""

    def __init__(self, application: Application, keep: service.Keep) -> None:
        self._application = application
        self._methods: dict[str, Method] = {"POST": partial(_take, keep), "GET": _echo}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        method = self._methods.get(scope["method"]) if address else None
        if address is None or method is None:
            await self._application(scope, receive, send)
            return
        reply = await _answer(method, address.group(1), scope, receive)
        body = reply.body.encode()
        headers = [
            (b"content-type", reply.content_type.encode()),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _answer(method: Method, url_key: str, scope: Scope, receive: Receive) -> service.Reply:
    try:
        return await method(url_key, query_of(scope["query_string"].decode("latin-1")), receive)
    except Exception as error:
        return excused(error)


async def _take(
    keep: service.Keep, url_key: str, query: dict[str, str], receive: Receive
) -> service.Reply:
    return await service.take_in_loop(url_key, query, await _body(receive), keep)


async def _echo(url_key: str, query: dict[str, str], _receive: Receive) -> service.Reply:
    door = await service.door_in_loop(url_key)
    return service.Reply(200, "text/plain", callbacks.echo(door, query))


async def _body(receive: Receive) -> bytes:
    """All of it, or no more than shows that it is too big."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= BODY_LIMIT:
        message = await receive()
        body += message.get("body", b"")
    if len(body) > BODY_LIMIT:
        raise Refused(Reason.TOO_BIG)
    return body
