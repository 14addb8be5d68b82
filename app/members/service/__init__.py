"""Fans and members in the trade's words: following, joining, consents, tags, withdrawals."""

from app.members.service.fans import (
    Place,
    Step,
    find_fan,
    follow,
    known,
    learn_unionid,
    meet,
    move,
    unfollow,
    visit_mini,
)
from app.members.service.joining import (
    TEXT_VERSION,
    AgreementMissing,
    Joined,
    NoFan,
    OtherMember,
    consent,
    join,
)
from app.members.service.phones import (
    NotAPhone,
    masked_phone,
    open_phone,
    parse_phone,
    phone_index,
    seal_name,
    seal_phone,
    shown_name,
)
from app.members.service.subscriptions import Answered, keep_answers
from app.members.service.tags import put_tags, tag, tag_fans, tag_member
from app.members.service.unionids import openid_of, sealed_unionid, unionid_index, unionid_of
from app.members.service.withdrawals import (
    Asked,
    NoWithdrawal,
    close_account,
    settle_withdrawal,
    withdraw,
    withdraw_phone,
)

__all__ = [
    "TEXT_VERSION", "AgreementMissing", "Answered", "Asked", "Joined", "NoFan", "NoWithdrawal",
    "NotAPhone", "OtherMember", "Place", "Step", "close_account", "consent", "find_fan", "follow",
    "join", "keep_answers", "known", "learn_unionid", "masked_phone", "meet", "move", "open_phone",
    "openid_of", "parse_phone", "phone_index", "put_tags", "seal_name", "seal_phone",
    "sealed_unionid", "settle_withdrawal", "shown_name", "tag", "tag_fans", "tag_member",
    "unfollow", "unionid_index", "unionid_of", "visit_mini", "withdraw", "withdraw_phone",
]  # fmt: skip
