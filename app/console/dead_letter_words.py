"""Dead letters in words: what failed, and why."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.deadletters import Cause, Kind

REACTIONS: Mapping[str, str] = {
    "follow": "记下关注",
    "scan": "记下到店",
    "unfollow": "记下取消关注",
    "push_receipt": "对上群发回执",
    "welcome_member": "发新人礼",
    "sender": "记到她的时间线",
    "about": "记到她的时间线",
    "subscription": "记订阅消息的账",
    "withdraw_phone": "抹掉撤回的手机号",
    "close_account": "停掉注销的微信",
    "withdraw": "记下撤回",
}
REASONS: Mapping[str, str] = {
    "ValueError": "内容和微信的文档对不上",
    "KeyError": "内容里缺了一项",
    "ParseError": "内容不是完整的 XML",
    "IntegrityError": "和已有的数据矛盾，数据库没有收",
    "DataError": "有一项超出了能存的范围",
    "OperationalError": "当时连不上数据库",
    "NotYet": "等不到自己的发送记录",
    "InvalidTag": "密文打不开，可能换过密钥",
}


def what(cause: Cause) -> str:
    """What was to be done."""
    if cause.kind == Kind.MESSAGE:
        return "读懂微信的消息"
    return REACTIONS.get(cause.reaction, cause.reaction)


def why(cause: Cause) -> str:
    """Why it did not work; a fault nobody foresaw keeps its own name."""
    return REASONS.get(cause.reason, f"程序出错：{cause.reason or '没有留下原因'}")
