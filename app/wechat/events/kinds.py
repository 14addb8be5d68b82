"""Every message and event of WeChat that we know, and our name for it.

Not in the facts, on purpose: what somebody wrote, where she is, what an arbitrary code says,
and a friend's openid. The encrypted inbox keeps the message itself for a day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.wechat import stopping
from app.wechat.events import accounts, cards, contacts, results, withdrawals
from app.wechat.events.reading import Facts, Reading

FAN = "FromUserName"
LONGEST_KEY = 200  # of a menu's key or address
QR_PREFIX = "qrscene_"  # only a follow's key carries it


def _nothing(_: Reading) -> Facts:
    return {}


@dataclass(frozen=True)
class Kind:
    """Our name, the element that names the fan if one does, and how to tell the facts."""

    name: str
    sender: str | None = FAN
    tell: Callable[[Reading], Facts] = _nothing


def _followed(message: Reading) -> Facts:
    """A key of another shape (a payment, a product's barcode) is no code of ours."""
    key = message.text("EventKey") or ""
    return {"scene": key.removeprefix(QR_PREFIX) if key.startswith(QR_PREFIX) else None}


def _scanned(message: Reading) -> Facts:
    return {"scene": message.text("EventKey")}


def _menu(message: Reading) -> Facts:
    key = message.text("EventKey") or ""
    return {"kind": message.kind.removeprefix("event."), "key": key[:LONGEST_KEY]}


def _message(message: Reading) -> Facts:
    facts = {"kind": message.kind, "is_menu_answer": message.text("bizmsgmenuid") is not None}
    is_refusal = message.kind == "text" and stopping.is_meant(message.text("Content") or "")
    return facts | ({"is_refusal": True} if is_refusal else {})


def _other(message: Reading) -> Facts:
    return {"kind": message.kind}


OTHER = Kind("wechat.other", None, _other)
_MENU = Kind("wechat.menu_clicked", FAN, _menu)
_MESSAGE = Kind("wechat.message_received", FAN, _message)

_MESSAGES = ("text", "image", "voice", "video", "shortvideo", "location", "link", "miniprogrampage")
_MENU_EVENTS = (
    "click", "view", "view_miniprogram", "scancode_push", "scancode_waitmsg", "pic_sysphoto",
    "pic_photo_or_album", "pic_weixin", "location_select",
)  # fmt: skip

_EVENTS: Mapping[str, Kind] = {
    "subscribe": Kind("wechat.subscribed", FAN, _followed),
    "unsubscribe": Kind("wechat.unsubscribed"),
    "scan": Kind("wechat.scanned", FAN, _scanned),
    "location": Kind("wechat.location_reported"),
    **dict.fromkeys(_MENU_EVENTS, _MENU),
    "user_enter_tempsession": Kind("wechat.session_entered"),
    "masssendjobfinish": Kind("wechat.mass_finished", None, results.mass_finished),
    "templatesendjobfinish": Kind("wechat.template_finished", FAN, results.template_finished),
    "publishjobfinish": Kind("wechat.article_published", None, results.published),
    "subscribe_msg_popup_event": Kind("wechat.subscription_answered", FAN, results.answered),
    "subscribe_msg_change_event": Kind("wechat.subscription_changed", FAN, results.changed),
    "subscribe_msg_sent_event": Kind("wechat.subscription_sent", FAN, results.used),
    "user_info_modified": Kind("wechat.profile_changed", "OpenID"),
    "user_authorization_revoke": Kind("wechat.consent_withdrawn", "OpenID", withdrawals.tell),
    "user_authorization_revoke.8": Kind("wechat.phone_withdrawn", "OpenID"),
    "user_authorization_cancellation": Kind("wechat.account_closed", "OpenID"),
    "card_pass_check": Kind("wechat.card_checked", None, cards.passed),
    "card_not_pass_check": Kind("wechat.card_checked", None, cards.refused),
    "user_get_card": Kind("wechat.card_taken", FAN, cards.taken),
    "user_gifting_card": Kind("wechat.card_given", FAN, cards.given),
    "user_del_card": Kind("wechat.card_deleted", FAN, cards.hers),
    "user_consume_card": Kind("wechat.card_used", FAN, cards.used),
    "user_pay_from_pay_cell": Kind("wechat.card_paid", FAN, cards.paid),
    "user_view_card": Kind("wechat.card_viewed", FAN, cards.hers),
    "user_enter_session_from_card": Kind("wechat.card_entered", FAN, cards.hers),
    "update_member_card": Kind("wechat.card_changed", FAN, cards.changed),
    "submit_membercard_user_info": Kind("wechat.card_filled", FAN, cards.hers),
    "card_sku_remind": Kind("wechat.card_stock_low", None, cards.card),
    "card_pay_order": Kind("wechat.card_order_changed", None, cards.ordered),
    "change_external_contact.add_external_contact": Kind(
        "wecom.contact_added", None, contacts.whom
    ),
    "change_external_contact.add_half_external_contact": Kind(
        "wecom.contact_added", None, contacts.whom
    ),
    "change_external_contact.edit_external_contact": Kind(
        "wecom.contact_changed", None, contacts.whom
    ),
    "change_external_contact.del_external_contact": Kind(
        "wecom.contact_removed", None, contacts.whom
    ),
    "change_external_contact.del_follow_user": Kind("wecom.guide_removed", None, contacts.whom),
    "change_external_contact.transfer_fail": Kind("wecom.transfer_failed", None, contacts.transfer),
    "change_external_chat": Kind("wecom.chat_changed", None, contacts.chat),
    "change_external_tag": Kind("wecom.tag_changed", None, contacts.tag),
    "wxa_media_check": Kind("wechat.media_checked", None, accounts.media),
    "wxa_privacy_apply": Kind("wechat.privacy_reviewed", None, accounts.reviewed),
    **dict.fromkeys(
        ("weapp_audit_success", "weapp_audit_fail", "weapp_audit_delay"),
        Kind("wechat.release_reviewed", None, accounts.reviewed),
    ),
    **dict.fromkeys(
        (
            "qualification_verify_success", "qualification_verify_fail", "naming_verify_success",
            "naming_verify_fail", "annual_renew", "verify_expired",
        ),
        Kind("wechat.verification_changed", None, accounts.reviewed),
    ),
}  # fmt: skip

KINDS: Mapping[str, Kind] = {
    **{f"event.{event}": kind for event, kind in _EVENTS.items()},
    **dict.fromkeys(_MESSAGES, _MESSAGE),
}
