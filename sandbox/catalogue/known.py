"""The shape of an entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Known:
    """What follows the header by default, whose name is on it, and which window it opens.

    Text may name `{openid}`, `{unionid}`, `{appid}`, `{nonce}` and `{at}`; `sender` is empty
    when the fan herself is the sender.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    trigger: str = ""
    sender: str = ""


def filled(value: Any, facts: Mapping[str, str]) -> Any:
    """The defaults with the facts of this moment in them."""
    if isinstance(value, Mapping):
        return {name: filled(one, facts) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, facts) for one in value]
    return value.format_map(facts) if isinstance(value, str) else value
