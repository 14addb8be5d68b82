"""Blocks that refresh by themselves: nothing is sent when nothing has changed."""

import hashlib


def sealed(body: str) -> tuple[str, str]:
    """The block and its digest; a page that shows this digest already needs no answer."""
    return body, hashlib.sha256(body.encode()).hexdigest()[:16]
