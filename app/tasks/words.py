"""Why a guide is asked to do something, as a sentence of facts. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.tasks.models import (
    FACE_TO_FACE,
    FROM_AFAR,
    MessageState,
    Outcome,
    Situation,
    Source,
    TaskState,
)

Facts = Mapping[str, Any]
OUTCOMES = {
    Outcome.COMING: "约到店",
    Outcome.REPLIED: "已回复",
    Outcome.NO_ANSWER: "没回应",
    Outcome.OPTED_OUT: "不想被打扰",
}
STATES = {
    TaskState.OPEN: "进行中",
    TaskState.DONE: "做完了",
    TaskState.BOUGHT: "已购",
    TaskState.OPTED_OUT: "不想被打扰",
    TaskState.EXPIRED: "过期了",
    TaskState.WITHDRAWN: "不能联系了",
}
MESSAGES = {
    MessageState.SENT: "消息发到了微信",
    MessageState.REFUSED: "微信没有收这条消息",
    MessageState.CALLING: "正在发",
    MessageState.UNKNOWN: "不知道她收到没有，不会再自动发",
}
SITUATIONS = {
    Situation.NEW: "新朋友到店",
    Situation.RETURNING: "粉丝又到店",
    Situation.FRIEND: "刚加企微好友",
    Situation.JOINED: "刚入会",
    Situation.MEMBER: "会员到店",
    Situation.ASLEEP: "沉睡后到店",
    Situation.SLEEPING: "沉睡回店",
    Situation.RESTOCK: "补货",
    Situation.BIRTHDAY: "生日",
    Situation.COUPON: "券快到期",
    Situation.CARE: "售后关怀",
    Situation.LEAD: "看过没买",
    Situation.NEWS: "新品和活动",
}
ERRANDS = {each: SITUATIONS[each] for each in FROM_AFAR}
BY_PLACE = {
    "当面，「刚扫码」的开场白": {each: SITUATIONS[each] for each in FACE_TO_FACE},
    "联系她时": {each: said for each, said in ERRANDS.items() if each not in FACE_TO_FACE},
}
SOURCES = {
    Source.STAFF: "总部",
    Source.PUSH: "推送没送到",
    Source.BIRTHDAY: "生日",
    Source.COUPON: "券快到期",
    Source.SLEEPING: "沉睡",
    Source.CARE: "售后关怀",
    Source.VIEWED: "看过没买",
    Source.BASKET: "加购没买",
}
UNREACHED = {"not_following": "她没有关注服务号", "monthly_cap": "本月的群发额度用完了"}


def why(source: Source, facts: Facts) -> str:
    """`52 天没来，平时 24 天一次`: what is known, no more."""
    return _WHY[source](facts)


def _birthday(facts: Facts) -> str:
    on = date.fromisoformat(facts["on"])
    return f"{on.month}月{on.day}日生日"


def _coupon(facts: Facts) -> str:
    until = date.fromisoformat(facts["until"])
    return f"「{facts['coupon']}」{until.month}月{until.day}日到期，还没用"


def _sleeping(facts: Facts) -> str:
    return f"{facts['days']:,} 天没来，平时 {facts['usual']:,} 天一次"


def _care(facts: Facts) -> str:
    bought = f"买了{facts['product']}" if facts.get("product") else "买了东西"
    return f"{facts['days']:,} 天前{bought}，问问用得怎么样"


def _push(facts: Facts) -> str:
    return f"「{facts['push']}」没能推给她：{UNREACHED[facts['reason']]}"


def _lead(verb: str) -> Callable[[Facts], str]:
    def told(facts: Facts) -> str:
        on = date.fromisoformat(facts["on"])
        what = facts.get("product") or "商品"
        return f"{on.month}月{on.day}日{verb}{what}，还没买"

    return told


_WHY: Mapping[Source, Callable[[Facts], str]] = {
    Source.STAFF: lambda facts: str(facts["why"]),
    Source.PUSH: _push,
    Source.BIRTHDAY: _birthday,
    Source.COUPON: _coupon,
    Source.SLEEPING: _sleeping,
    Source.CARE: _care,
    Source.VIEWED: _lead("看过"),
    Source.BASKET: _lead("加购了"),
}
