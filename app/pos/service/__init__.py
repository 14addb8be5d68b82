"""Machines: their keys, who is calling, and what they may read and write."""

from app.pos.service.callers import (
    FRESH_FOR,
    Machine,
    Replayed,
    Request,
    SignatureRefused,
    Stale,
    forget_seen,
    recognise,
)
from app.pos.service.contacts import record_contact
from app.pos.service.keys import (
    OVERLAP,
    BadKey,
    NewKey,
    NoKey,
    add_key,
    all_keys,
    revoke_key,
    rotate_key,
)
from app.pos.service.people import by_number, lookup

__all__ = [
    "FRESH_FOR", "OVERLAP", "BadKey", "Machine", "NewKey", "NoKey", "Replayed", "Request",
    "SignatureRefused", "Stale", "add_key", "all_keys", "by_number", "forget_seen", "lookup",
    "recognise", "record_contact", "revoke_key", "rotate_key",
]  # fmt: skip
