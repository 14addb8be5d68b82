"""What stands around every page: the sidebar she may use, the brand, the health, the account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, request
from sqlalchemy import func, select

from app.console.access import CONSOLE_ROLES, HEADQUARTERS, actor, brand
from app.core import clock, deadletters
from app.core.db import session
from app.core.events import ReactionState, ReactionWork
from app.core.settings import Settings
from app.staff.models import Role
from app.stores import queries as stores

LATE = timedelta(seconds=60)
ROLE_WORDS = {
    Role.ADMIN: "管理员",
    Role.MARKETER: "市场",
    Role.REGION_MANAGER: "区域经理",
    Role.STORE_MANAGER: "店长",
    Role.GUIDE: "导购",
}


@dataclass(frozen=True)
class Item:
    """A page in the sidebar."""

    word: str
    icon: str
    endpoint: str
    others: tuple[str, ...] = ()
    roles: tuple[Role, ...] = CONSOLE_ROLES

    @property
    def is_current(self) -> bool:
        """Whether the page shown is this one or one below it."""
        name = (request.endpoint or "").removeprefix("console.")
        return name.startswith((self.endpoint.removeprefix("console."), *self.others))


@dataclass(frozen=True)
class Group:
    title: str
    items: Sequence[Item]


@dataclass(frozen=True)
class Health:
    is_well: bool
    words: str


@dataclass(frozen=True)
class Frame:
    """All that base.html needs."""

    groups: Sequence[Group]
    brand_name: str
    brand_color: str
    health: Health
    now: datetime
    staff_name: str
    role_word: str
    scope_words: str
    may_examine: bool
    is_played: bool


GROUPS = (
    Group("", (Item("今日", "home", "console.today"),)),
    Group(
        "会员",
        (
            Item("会员", "people", "console.members_list", ("member",)),
            Item("粉丝", "person", "console.fans", ("fan",)),
            Item("合并", "swap", "console.twins", ("twins", "merge"), HEADQUARTERS),
            Item("投诉", "alert", "console.complaints", ("complaint",)),
            Item("专属导购", "people", "console.owners_page", ("owners_",)),
            Item("自定义字段", "form", "console.custom_fields", ("custom_field",), HEADQUARTERS),
            Item("检测项目", "form", "console.measure_kinds", ("measure",), HEADQUARTERS),
        ),
    ),
    Group(
        "权益",
        (
            Item("优惠券", "ticket", "console.coupons", ("coupon",), HEADQUARTERS),
            Item("积分规则", "coin", "console.earning", ("earning_",), HEADQUARTERS),
            Item("等级", "tag", "console.tiers", ("tier",), HEADQUARTERS),
        ),
    ),
    Group(
        "触达",
        (
            Item("推送", "send", "console.pushes", ("push_",), HEADQUARTERS),
            Item("导购任务", "check", "console.tasks", ("tasks_",), HEADQUARTERS),
            Item("话术", "message", "console.scripts", ("scripts_",), HEADQUARTERS),
        ),
    ),
    Group(
        "门店",
        (
            Item("门店与二维码", "store", "console.stores", ("store", "code_", "region_")),
            Item("导购排行", "people", "console.guides", ("guides",)),
            Item("PK", "pulse", "console.contests", ("contest",)),
            Item("收银对账", "form", "console.tills", ("till",)),
            Item("企业微信", "link", "console.wecom", ("wecom",), HEADQUARTERS),
        ),
    ),
    Group(
        "系统",
        (
            Item("员工", "person", "console.people_list", ("people_",), (Role.ADMIN,)),
            Item("体检", "pulse", "console.doctor", roles=(Role.ADMIN,)),
            Item("死信台", "alert", "console.dead_letters", ("dead_letter",), HEADQUARTERS),
            Item("撤回与注销", "back", "console.withdrawals", ("withdrawal",), HEADQUARTERS),
            Item("注销", "person", "console.erasures_list", ("erasure", "person_"), HEADQUARTERS),
            Item("隐私设置", "alert", "console.privacy", roles=(Role.ADMIN,)),
            Item("我的导出", "download", "console.exports", ("export",), HEADQUARTERS),
            Item("接口密钥", "key", "console.api_keys", ("api_key",), (Role.ADMIN,)),
            Item("审计", "scroll", "console.audit_rows", ("audit",), (Role.ADMIN,)),
        ),
    ),
)


def frame() -> Frame:
    """The frame for whoever is signed in."""
    return Frame(
        groups=_groups(actor().role),
        brand_name=brand().name,
        brand_color=brand().color,
        health=health(),
        now=clock.now(),
        staff_name=actor().name,
        role_word=ROLE_WORDS[actor().role],
        scope_words=scope_words(),
        may_examine=actor().role == Role.ADMIN,
        is_played=_wechat_is_played(),
    )


def scope_words() -> str:
    """Which stores she sees, in words."""
    scope = actor().store_ids
    if scope is None:
        return "全部门店"
    names = [store.name for store in stores.by_ids(scope).values()]
    return names[0] if len(names) == 1 else f"{len(names)} 家门店"


def health() -> Health:
    """Whether what happened is being worked on: nothing dead, nothing late."""
    state = ReactionWork.state
    is_late = (state == ReactionState.DUE) & (ReactionWork.due_at < clock.now() - LATE)
    late = session.scalar(select(func.count()).select_from(ReactionWork).where(is_late)) or 0
    dead = deadletters.counts().dead
    if dead:
        return Health(False, f"{dead:,} 条消息处理失败")
    return Health(False, f"{late:,} 条消息晚了 1 分钟以上") if late else Health(True, "系统正常")


def _groups(role: Role) -> list[Group]:
    allowed = [
        Group(group.title, [item for item in group.items if role in item.roles]) for group in GROUPS
    ]
    return [group for group in allowed if group.items]


def _wechat_is_played() -> bool:
    settings: Settings = current_app.config["HUIKE"]
    return "weixin.qq.com" not in settings.wechat_api_base_url
