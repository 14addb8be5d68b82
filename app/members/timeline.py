"""A person's timeline: what happened to her, in the words that guides and brand staff read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from app.brands.models import AccountKind
from app.core.db import session
from app.core.events import Event

SHOWN = 50

WORDS: Mapping[str, str] = {
    "wechat.subscribed": "关注了服务号",
    "wechat.unsubscribed": "取消了关注",
    "wechat.scanned": "扫了码",
    "wechat.menu_clicked": "点了菜单",
    "wechat.message_received": "发来消息",
    "wechat.location_reported": "微信报告了位置",
    "wechat.session_entered": "打开了客服",
    "wechat.template_finished": "模板消息有了结果",
    "wechat.subscription_answered": "回答了订阅消息",
    "wechat.subscription_changed": "关掉了订阅消息",
    "wechat.subscription_sent": "订阅消息有了结果",
    "wechat.phone_withdrawn": "撤回了手机号",
    "wechat.account_closed": "注销了微信",
    "wechat.consent_withdrawn": "撤回了授权",
    "wechat.profile_changed": "微信清理了她的资料",
    "wechat.card_taken": "领了卡券",
    "wechat.card_given": "转赠了卡券",
    "wechat.card_deleted": "删了卡券",
    "wechat.card_used": "核销了卡券",
    "wechat.card_paid": "用卡券买单",
    "wechat.card_viewed": "看了卡券",
    "wechat.card_entered": "从卡券进了会话",
    "wechat.card_changed": "卡券有变动",
    "wechat.card_filled": "激活了卡券",
    "wechat.follow_found": "对账发现她关注着",
    "wechat.leave_found": "对账发现她已取消关注",
    "wechat.card_checked": "卡券审核有了结果",
    "wechat.card_stock_low": "卡券库存不多了",
    "wechat.card_order_changed": "卡券订单有变动",
    "wechat.mass_finished": "群发有了回执",
    "wechat.article_published": "文章发布有了结果",
    "wechat.media_checked": "图片音频审核有了结果",
    "wechat.release_reviewed": "小程序审核有了结果",
    "wechat.privacy_reviewed": "隐私接口审核有了结果",
    "wechat.verification_changed": "账号认证有变动",
    "wechat.other": "不认识的消息",
    "wecom.contact_added": "企业微信加了好友",
    "wecom.contact_changed": "企业微信好友有变动",
    "wecom.contact_removed": "导购在企业微信删了她",
    "wecom.guide_removed": "她在企业微信删了导购",
    "wecom.transfer_failed": "企业微信转接没有成功",
    "wecom.chat_changed": "企业微信群有变动",
    "wecom.tag_changed": "企业微信标签有变动",
    "member.joined": "入会",
    "member.profile_completed": "填好了姓名和生日",
    "member.merged": "两个会员合并成一个",
    "member.unmerged": "合并撤销了",
    "member.handed_over": "换了专属导购",
    "visit.served": "导购接待了她",
    "member.tagged": "加上标签",
    "member.untagged": "去掉标签",
    "complaint.recorded": "提了投诉",
    "complaint.answered": "投诉处理了",
    "complaint.withdrawn": "投诉是记错的",
    "complaint.undone": "投诉上的一步撤销了",
    "tier.changed": "等级变了",
    "member.messaged": "导购给她发消息",
    "member.called": "导购给她打电话",
    "coupon.issued": "得到一张券",
    "coupon.redeemed": "用了一张券",
    "checkout.settled": "收银时用了券或积分",
    "order.paid": "买了东西",
    "order.returned": "退了货",
    "order.cancelled": "取消了订单",
    "order.corrected": "订单更正了",
    "coupon.use_undone": "退回一张券",
    "coupon.revoked": "一张券作废了",
}
COMPLAINTS = (
    "complaint.recorded",
    "complaint.answered",
    "complaint.withdrawn",
    "complaint.undone",
)
NOT_FOR_GUIDES = (  # her dealings with WeChat, not with the shop, and what managers look into
    *COMPLAINTS,
    "wechat.phone_withdrawn",
    "wechat.account_closed",
    "wechat.consent_withdrawn",
    "wechat.profile_changed",
    "wechat.location_reported",
)
MESSAGE_KINDS = {
    "text": "文字",
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "shortvideo": "小视频",
    "location": "位置",
    "link": "链接",
    "miniprogrampage": "小程序卡片",
}


@dataclass(frozen=True)
class Moment:
    """One thing that happened: when, what, and a detail that names nobody."""

    at: datetime
    words: str
    detail: str


def of_person(
    fan_ids: Collection[int],
    member_id: int | None,
    limit: int = SHOWN,
    without: Collection[str] = (),
) -> list[Moment]:
    """Newest first, over all her WeChats; `without` the events of these names."""
    hers: ColumnElement[bool] = Event.fan_id.in_(fan_ids)
    if member_id is not None:
        hers = or_(hers, Event.member_id == member_id)
    shown = select(Event).where(hers, Event.name.not_in(without))
    newest = shown.order_by(Event.at.desc(), Event.id.desc())
    return [moment_of(event) for event in session.scalars(newest.limit(limit))]


def words_for(name: str) -> str:
    """What an event is called on screen; its own name while nobody has found words."""
    return WORDS.get(name, name)


def moment_of(event: Event) -> Moment:
    """An event in words, with the detail that its name has."""
    return Moment(event.at, *in_words(event.name, event.data))


def in_words(name: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """What an event is called, and its detail or nothing."""
    tell = _DETAILS.get(name)
    return words_for(name), tell(data) if tell else ""


def _answers(data: Mapping[str, Any]) -> str:
    accepted = sum(answer["is_accepted"] for answer in data["answers"])
    return f"同意 {accepted} 种，拒绝 {len(data['answers']) - accepted} 种"


def _results(data: Mapping[str, Any]) -> str:
    arrived = sum(message["errcode"] == 0 for message in data["messages"])
    return f"送达 {arrived} 条，没送达 {len(data['messages']) - arrived} 条"


_DETAILS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "wechat.subscribed": lambda data: "扫码关注" if data["scene"] else "自己关注",
    "wechat.menu_clicked": lambda data: data["key"],
    "wechat.message_received": lambda data: MESSAGE_KINDS.get(data["kind"], data["kind"]),
    "wechat.template_finished": lambda data: "送达" if data["is_delivered"] else "没有送达",
    "wechat.subscription_answered": _answers,
    "wechat.subscription_changed": _answers,
    "wechat.subscription_sent": _results,
}


def bond_words(kind: AccountKind, is_following: bool) -> str:
    """What ties a fan to the account of which she is one."""
    if kind == AccountKind.WECOM:
        return "企微好友"
    return "关注着" if is_following else "没有关注"
