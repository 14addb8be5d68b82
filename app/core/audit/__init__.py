"""Who did what, in the same transaction as the act, each row sealed to the one before."""

from app.core.audit.anchors import anchor_heads, configure
from app.core.audit.chain import AuditHead, AuditRow, record
from app.core.audit.checking import (
    Check,
    ask_check,
    brands_due,
    check,
    check_due,
    last_check,
    verify,
)
from app.core.audit.reading import Wanted, page

__all__ = [
    "AuditHead",
    "AuditRow",
    "Check",
    "Wanted",
    "anchor_heads",
    "ask_check",
    "brands_due",
    "check",
    "check_due",
    "configure",
    "last_check",
    "page",
    "record",
    "verify",
]
