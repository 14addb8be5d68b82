"""Fans of the accounts, members of the brand, their tags and consents."""

from app.members.models.consents import (
    Consent,
    ConsentChannel,
    ConsentText,
    Purpose,
    SubscriptionEntry,
    SubscriptionStep,
    Withdrawal,
    WithdrawalState,
)
from app.members.models.contacts import Channel, Contact, Direction
from app.members.models.erasures import Erasure, ErasureState, Name, Tombstone
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
    "ConsentChannel",
    "ConsentText",
    "Contact",
    "Direction",
    "Erasure",
    "ErasureState",
    "Fan",
    "FanSession",
    "FanTag",
    "Member",
    "MemberTag",
    "Name",
    "Purpose",
    "SubscriptionEntry",
    "SubscriptionStep",
    "Tag",
    "Tombstone",
    "Withdrawal",
    "WithdrawalState",
]
