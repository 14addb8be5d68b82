"""A copy of her data: everything the table of rules finds, for machines (JSON) and for her."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.brands.models import Brand
from app.core import clock
from app.core.privacy import Fate, Person, Row
from app.journeys.privacy.table import RULES

FORMAT = "huike.person.1"
WORDS: Mapping[str, str] = {
    "membership": "会员", "marketing": "营销", "phone": "手机号", "profiling": "个性化推荐",
    "all": "全部方式", "wechat": "微信", "subscribe": "订阅消息", "sms": "短信", "mail": "邮件",
    "call": "电话", "chat": "聊天", "in": "打来或发来", "out": "打出或发出", "card": "会员卡",
    "console": "门店后台", "message": "公众号里回复", "unfollow": "取消关注", "link": "邮件退订",
    "import": "导入", "order": "消费", "available": "可用", "sent": "发出", "skipped": "没发",
    "refused": "没发成", "unknown": "不确定", "done": "办好了", "asked": "等待",
    "erased": "注销作废", "taken_back": "已撤回", "till": "收银", "followed": "刚关注",
    "fan": "粉丝", "member": "会员", "h5": "网页入会", "friend": "企微好友",
    "greeted": "已经聊起来", "late": "没赶上", "off": "没发",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One table of hers."""

    table: str
    title: str
    columns: Mapping[str, str]
    rows: list[Row]
    kept_because: str


@dataclass(frozen=True)
class Copy:
    """All of it. Times are the brand's own."""

    brand: str
    made_at: datetime
    parts: list[Part]

    @property
    def row_count(self) -> int:
        """How many rows it holds."""
        return sum(len(part.rows) for part in self.parts)


def copy_of(person: Person, brand: Brand) -> Copy:
    """Everything that is kept about her, table by table; the empty ones are left out."""
    zone = brand.zoneinfo
    parts = [
        Part(
            rule.table,
            rule.title,
            rule.columns,
            [{name: _local(value, zone) for name, value in row.items()} for row in found],
            rule.why if rule.fate is Fate.KEPT else "",
        )
        for rule in reversed(RULES)
        if rule.columns and (found := rule.rows(person))
    ]
    return Copy(brand.name, clock.local(clock.now(), zone), parts)


def _local(value: Any, zone: Any) -> Any:
    return clock.local(value, zone) if isinstance(value, datetime) else value


def as_json(copy: Copy) -> dict[str, Any]:
    """What another system can read: ISO 8601 times, money in fen."""
    parts = {
        part.table: {"title": part.title, "rows": [_plain(row) for row in part.rows]}
        for part in copy.parts
    }
    return {
        "format": FORMAT,
        "brand": copy.brand,
        "made_at": copy.made_at.isoformat(),
        "tables": parts,
    }


def _plain(row: Row) -> Row:
    return {name: _as_text(value) for name, value in row.items()}


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def shown(value: Any) -> str:
    """A cell in words that she knows."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dict):
        return "；".join(f"{name}：{shown(each)}" for name, each in value.items()) or "—"
    return WORDS.get(str(value), str(value))
