"""The port: a bridge that rings two telephones and joins them, chosen once at the process's start.

What a bridge must speak is one POST of JSON, described in docs/settings.md; the sandbox has one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from app.core.settings import CallSettings
from app.sms.line import NoAnswer, Refused, post

__all__ = ["NoAnswer", "Refused", "bridge", "configure", "is_on"]


@dataclass(frozen=True)
class Bridge:
    """A service at an address, with the key that it gave us."""

    settings: CallSettings

    def call(self, first: str, second: str, key: str) -> None:
        """Ring the first, then the second; the same key is the same call. Raises Refused,
        NoAnswer."""
        asked = json.dumps({"first": first, "second": second, "key": key}).encode()
        headers = {
            "Authorization": f"Bearer {self.settings.key}",
            "Content-Type": "application/json",
        }
        answer = post(f"{self.settings.base_url}/bridge", headers, asked)
        if answer.get("code") != "OK":
            raise Refused(answer.get("code"))


_bridges: dict[str, Bridge] = {}


def configure(settings: CallSettings) -> None:
    """Say who joins our calls from now on; without an address nobody does."""
    _bridges.clear()
    if settings.base_url:
        _bridges["calls"] = Bridge(settings)


def is_on() -> bool:
    """Whether there is a bridge."""
    return "calls" in _bridges


def bridge(first: str, second: str, key: str) -> None:
    """Join these two telephones (E.164 the second). Raises Refused, NoAnswer, KeyError when there
    is no bridge: ask `is_on`."""
    _bridges["calls"].call(first, second, key)
