"""Events about the account itself: reviews, verification, content checks."""

from __future__ import annotations

from app.wechat.events.reading import Facts, Reading


def reviewed(message: Reading) -> Facts:
    """WeChat's own word says how the review ended."""
    return {"kind": message.kind.removeprefix("event.")}


def media(message: Reading) -> Facts:
    """A picture or recording was checked; several results of one second differ in trace_id."""
    older = {"0": "pass", "1": "risky"}.get(message.text("isrisky") or "")
    return {
        "trace_id": message.text("trace_id"),
        "suggestion": message.block("result").text("suggest") or older,
    }
