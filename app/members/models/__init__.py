"""Fans of the accounts, members of the brand, their tags and consents."""

from app.members.models.consents import (
    Consent,
    Purpose,
    SubscriptionEntry,
    SubscriptionStep,
    Withdrawal,
    WithdrawalState,
)
from app.members.models.contacts import Channel, Contact, Direction
from app.members.models.people import (
    Fan,
    FanSession,
    Member,
)
from app.members.models.tags import (
    FanTag,
    MemberTag,
    Tag,
)

__all__ = [
    "Channel",
    "Consent",
    "Contact",
    "Direction",
    "Fan",
    "FanSession",
    "FanTag",
    "Member",
    "MemberTag",
    "Purpose",
    "SubscriptionEntry",
    "SubscriptionStep",
    "Tag",
    "Withdrawal",
    "WithdrawalState",
]
