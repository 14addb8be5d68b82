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
from app.members.models.fields import CustomChange, CustomField, CustomValue, FieldKind
from app.members.models.identities import (
    IdentityKind,
    MemberIdentity,
    MemberMerge,
    MemberTwin,
    TwinReason,
    TwinState,
)
from app.members.models.measures import MeasureForm, MeasureKind, Measurement
from app.members.models.notes import Note, Readers
from app.members.models.people import (
    Fan,
    FanSession,
    Member,
)
from app.members.models.search import MemberToken, RevealCount
from app.members.models.shares import MemberShare, ShareFriend
from app.members.models.sms_codes import SmsCode
from app.members.models.tags import (
    FanTag,
    MemberTag,
    Tag,
)
from app.members.models.tries import BindingTry

__all__ = [
    "BindingTry",
    "Channel",
    "Consent",
    "ConsentChannel",
    "ConsentText",
    "Contact",
    "CustomChange",
    "CustomField",
    "CustomValue",
    "Direction",
    "Erasure",
    "ErasureState",
    "Fan",
    "FanSession",
    "FanTag",
    "FieldKind",
    "IdentityKind",
    "MeasureForm",
    "MeasureKind",
    "Measurement",
    "Member",
    "MemberIdentity",
    "MemberMerge",
    "MemberShare",
    "MemberTag",
    "MemberToken",
    "MemberTwin",
    "Name",
    "Note",
    "Purpose",
    "Readers",
    "RevealCount",
    "ShareFriend",
    "SmsCode",
    "SubscriptionEntry",
    "SubscriptionStep",
    "Tag",
    "Tombstone",
    "TwinReason",
    "TwinState",
    "Withdrawal",
    "WithdrawalState",
]
