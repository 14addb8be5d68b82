"""What is wrong with a form, in the sentence that stands at its field."""

from __future__ import annotations

from app.core.errors import BadInput


def first_fault(error: BadInput) -> str:
    """The first sentence of the first field that is wrong."""
    fields = error.extra.get("fields", {})
    return next((why[0] for why in fields.values() if why), error.title)
