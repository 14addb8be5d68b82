"""Which store the story plays in, and whose phone the guide's is."""

from typing import Any

from sandbox.store import Store

NAME = "story.config"


def read(store: Store) -> dict[str, Any]:
    """The story as it was set, with its password; empty when none is set."""
    kept: dict[str, Any] = store.setting(NAME, {})
    return kept


def save(store: Store, given: dict[str, Any]) -> None:
    """Set the story."""
    store.set_setting(NAME, given)


def shown(given: dict[str, Any]) -> dict[str, Any]:
    """The story as a page may have it: without passwords."""
    return {name: _without_password(value) for name, value in given.items()}


def _without_password(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: inner for name, inner in value.items() if name != "password"}
