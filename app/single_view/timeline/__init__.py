"""One stream of everything that happened to a person, the newest first."""

from __future__ import annotations

from app.single_view.timeline.moments import Kind, Moment, Page, Whose
from app.single_view.timeline.stream import KINDS, read

__all__ = ["KINDS", "Kind", "Moment", "Page", "Whose", "read"]
