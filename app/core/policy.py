"""Who may use a route, and which rows the ids in its address may name. No route is without.

A door's guard answers in which role somebody came in; `core.web` holds that against the
route's policy before the view runs. A route that declares none stops the start of the process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])

ANYONE = "anyone"  # nobody is known here: health, logins, WeChat's signed callbacks
VISITOR = "visitor"  # whoever holds a session of the card
MACHINE = "machine"  # a till, an ERP: its API key is the scope


class Scope(StrEnum):
    """Which rows exist for who asks; every other id answers as one that never was."""

    NOTHING = "nothing"  # its address names no row
    SELF = "self"  # her own rows
    STORES = "stores"  # rows of the stores she works in; a region is its stores
    BRAND = "brand"  # any row of her brand


@dataclass(frozen=True)
class Policy:
    """The roles that may use a route, and what their ids may name."""

    roles: frozenset[str]
    scope: Scope

    def admits(self, role: str) -> bool:
        """Whether somebody in this role may use the route at all."""
        return ANYONE in self.roles or role in self.roles


class NoPolicy(RuntimeError):
    """A route says nothing about who may use it."""


OPEN = Policy(frozenset({ANYONE}), Scope.NOTHING)


def to(*roles: str, scope: Scope) -> Policy:
    """A policy, for the mount of a whole door."""
    return Policy(frozenset(str(role) for role in roles), scope)


def allow(*roles: str, scope: Scope) -> Callable[[View], View]:
    """Declare a view's policy; it goes before that of its door."""

    def declared(view: View) -> View:
        view.policy = to(*roles, scope=scope)  # type: ignore[attr-defined]
        return view

    return declared


def declared_by(view: Callable[..., Any]) -> Policy | None:
    """What the view itself declares."""
    return getattr(view, "policy", None)
