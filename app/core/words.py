"""What people type, before it is stored."""

from __future__ import annotations


def tidy(text: str) -> str:
    """Without what cannot be seen or stored (NUL, lone surrogates, controls), and trimmed."""
    return "".join(each for each in text if each.isprintable()).strip()
