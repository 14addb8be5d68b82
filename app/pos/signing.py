"""Standard Webhooks (https://www.standardwebhooks.com), symmetric signatures, word for word."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX, VERSION = "whsec_", "v1"
SECRET_BYTES = 32


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 over id, timestamp and body, as it goes into the header."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"{VERSION},{base64.b64encode(digest).decode()}"


def is_signed(
    header: str, keys: Sequence[str], message_id: str, timestamp: str, body: bytes
) -> bool:
    """Whether one of the header's signatures is by one of these keys; each pair is compared,
    in constant time, so that the wait tells nothing."""
    given = [each for each in header.split(" ") if _is_signature(each)]
    right = [sign(key, message_id, timestamp, body) for key in keys]
    found = [hmac.compare_digest(ours, theirs) for ours in right for theirs in given]
    return any(found)


def _is_signature(text: str) -> bool:
    version, _, digest = text.partition(",")
    try:
        return version == VERSION and len(base64.b64decode(digest, validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
