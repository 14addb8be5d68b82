"""The door of machines; the modules beside this one hang their calls on it."""

from __future__ import annotations

from apiflask import APIBlueprint

bp = APIBlueprint("open", __name__, url_prefix="/open/v1", tag="Machines")
REFUSED = [401, 403, 422, 429]
