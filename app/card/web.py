"""The guard of the card's API: a bearer token becomes a visitor."""

from __future__ import annotations

from flask import g, request

from app.card.service import sessions
from app.core.policy import VISITOR


def guard() -> str:
    """Let a living session in; `g.visitor` says who it is."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    g.visitor = sessions.visitor(token if scheme == "Bearer" else "")
    return VISITOR
