"""The few ASGI messages that the stream speaks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

Scope: TypeAlias = dict[str, Any]
Message: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Start: TypeAlias = Callable[[], Awaitable[Callable[[], object]]]
EVENT_STREAM = {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
    "access-control-allow-credentials": "true",
    "vary": "origin",
}


async def live(receive: Receive, send: Send, start: Start) -> None:
    """The process's life: `start` answers how to stop; if it fails the server says why and ends."""
    await receive()
    try:
        stop = await start()
    except Exception as error:
        await send({"type": "lifespan.startup.failed", "message": str(error)})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    stop()
    await send({"type": "lifespan.shutdown.complete"})


async def answer(send: Send, status: int, headers: Mapping[str, str] | None = None) -> None:
    """The head of an answer, and with no headers given all of it."""
    pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    if not headers:
        await say(send, "", more=False)


async def say(send: Send, text: str, *, more: bool = True) -> None:
    """A piece of the body."""
    await send({"type": "http.response.body", "body": text.encode(), "more_body": more})


async def gone(receive: Receive) -> None:
    """Returns when the caller has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
