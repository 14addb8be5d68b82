"""Random codes that people may read aloud and nobody can guess."""

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0 O 1 I


def code(length: int = 16) -> str:
    """A code of 5 bits a character: 16 characters are 80 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def token() -> str:
    """An opaque 256-bit secret for a session or a one-step link."""
    return secrets.token_urlsafe(32)
