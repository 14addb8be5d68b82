"""Keyset pages: `?limit=&after=`, and never a page number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

MAX_LIMIT = 100
Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page, and the key after which the next begins."""

    items: Sequence[Item]
    next: int | None


def limit(asked: int | None, default: int = 20) -> int:
    """A page size within bounds."""
    return max(1, min(asked or default, MAX_LIMIT))


def cut(rows: Sequence[Item], size: int, key: Callable[[Item], int]) -> Page[Item]:
    """Make a page of `size + 1` fetched rows."""
    items = rows[:size]
    return Page(items, key(items[-1]) if len(rows) > size else None)
