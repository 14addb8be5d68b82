"""The server's entry: the short way for template sends, the bridge for all the rest."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.box import Box
from sandbox.server.bridge import Bridge
from sandbox.server.fast_lane import FastLane
from sandbox.web import create_app

Handler = Callable[[Any, Any], Awaitable[None]]


def create() -> Handler:
    """The sandbox as an RSGI application."""
    app = create_app()
    box: Box = app.extensions["sandbox"]
    lane, bridge = FastLane(box), Bridge(app)

    async def handle(scope: Any, proto: Any) -> None:
        await (lane if lane.takes(scope) else bridge)(scope, proto)

    return handle
