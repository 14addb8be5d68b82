"""Who did what, in the same transaction as the act, each row sealed to the one before."""

from app.core.audit.anchors import anchor_heads, configure
from app.core.audit.chain import AuditHead, AuditRow, record
from app.core.audit.checking import Check, brands_due, check, check_due, last_check, verify

__all__ = [
    "AuditHead",
    "AuditRow",
    "Check",
    "anchor_heads",
    "brands_due",
    "check",
    "check_due",
    "configure",
    "last_check",
    "record",
    "verify",
]
