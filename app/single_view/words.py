"""The single view's words: purposes, doors, sources, outcomes. One list for page and machines."""

from __future__ import annotations

from app.members.models import (
    Channel,
    ConsentChannel,
    Direction,
    IdentityKind,
    Purpose,
    Readers,
)
from app.points.queries.story import WORDS as POINTS
from app.visits.models import Outcome

PURPOSES = {
    Purpose.MEMBERSHIP: "会员协议",
    Purpose.MARKETING: "营销",
    Purpose.PHONE: "手机号",
    Purpose.PROFILING: "画像分析",
}
CHANNELS = {
    ConsentChannel.WECHAT: "服务号",
    ConsentChannel.SUBSCRIBE: "订阅消息",
    ConsentChannel.SMS: "短信",
    ConsentChannel.MAIL: "邮件",
    ConsentChannel.CALL: "电话",
}
IDENTITIES = {
    IdentityKind.OPENID: "微信",
    IdentityKind.UNIONID: "unionid",
    IdentityKind.PHONE: "手机",
    IdentityKind.ERP: "ERP",
    IdentityKind.TAOBAO: "淘宝",
    IdentityKind.JD: "京东",
    IdentityKind.WECOM: "企业微信",
}
DOORS = {
    "card": "会员卡",
    "wechat": "微信",
    "console": "控制台",
    "guide": "导购",
    "import": "导入",
    "sms": "短信回复",
    "h5": "网页入会",
    "staff": "店员",
    "mail": "邮件",
    "keyword": "回复关键词",
    "pos": "收银",
    "unionid": "微信 unionid",
    "order": "订单号 + 金额",
}
SOURCES = {"rule": "规则", "import": "导入", "staff": "手动", "scan": "扫码"}
READERS = {
    Readers.EVERYONE: "能看到她的人都可以看",
    Readers.MANAGERS: "店长和总部可以看",
    Readers.AUTHOR: "只有自己可以看",
}
OUTCOMES = {Outcome.BOUGHT: "成交", Outcome.SERVED: "接待完", Outcome.NOT_TODAY: "今天不方便"}
CONTACTS = {
    (Channel.CALL, Direction.IN): "来电",
    (Channel.CALL, Direction.OUT): "去电",
    (Channel.SMS, Direction.IN): "发来短信",
    (Channel.SMS, Direction.OUT): "发去短信",
    (Channel.MAIL, Direction.IN): "来信",
    (Channel.MAIL, Direction.OUT): "发去邮件",
    (Channel.CHAT, Direction.IN): "来咨询",
    (Channel.CHAT, Direction.OUT): "联系了她",
}


def purpose(of: Purpose, channel: ConsentChannel) -> str:
    """`营销 · 短信`; without a channel where all are meant."""
    return " · ".join(filter(None, (PURPOSES.get(of, of), CHANNELS.get(channel))))


def door(name: str) -> str:
    """Where she said it; the name itself while nobody has found words."""
    return DOORS.get(name, name)


def source(name: str) -> str:
    """Where a tag came from."""
    return SOURCES.get(name, name)


def outcome(of: Outcome | None) -> str:
    """How a visit ended; nothing while it has not."""
    return OUTCOMES[Outcome(of)] if of else ""


def points_kind(name: str) -> str:
    """What moved the points."""
    return POINTS.get(name, name)


def contact(channel: Channel, direction: Direction, seconds: int | None) -> str:
    """`来电 3 分 12 秒`."""
    head = CONTACTS[Channel(channel), Direction(direction)]
    return f"{head} {_long(seconds)}" if seconds else head


def _long(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} 分 {rest} 秒" if minutes else f"{rest} 秒"
