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
from app.pos.service.checkouts import look as look_at_checkout
from app.pos.service.checkouts import quote, reserve, settle, void
from app.pos.service.contacts import record_contact
from app.pos.service.goods import tell_goods
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
from app.pos.service.leads import note_lead
from app.pos.service.people import by_number, lookup
from app.pos.service.sales import bring_back, show_day, sync, tell_day
from app.pos.service.sales import cancel as cancel_order
from app.pos.service.sales import correct as correct_order
from app.pos.service.sales import record as record_order
from app.pos.service.shoppers import arrive, till

__all__ = [
    "FRESH_FOR", "OVERLAP", "BadKey", "Machine", "NewKey", "NoKey", "Replayed", "Request",
    "SignatureRefused", "Stale", "add_key", "all_keys", "arrive", "bring_back", "by_number",
    "cancel_order", "correct_order", "forget_seen", "look_at_checkout", "lookup", "note_lead",
    "quote", "recognise", "record_contact", "record_order", "reserve", "revoke_key", "rotate_key",
    "settle", "show_day", "sync", "tell_day", "tell_goods",
    "till", "void",
]  # fmt: skip
