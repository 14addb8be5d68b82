"""Every event of wechat.md §2 as WeChat writes it, and what Huike makes of it.

XML and JSON are made from the same fields. JSON differs as WeChat's does: `List` stands at the
top, some keys begin with a space, an empty block is whitespace.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sandbox import markup

FAN, AT = "oDEMO_fan_0001", 1790000000
CARD = {"CardId": "pCARD1", "UserCardCode": "231489379853"}
HER_CARD = {"card_id": "pCARD1", "card_code": "231489379853"}
CONTACT = {"UserID": "guide07", "ExternalUserID": "wmDEMO0001", "State": "store0021"}
KNOWN_CONTACT = {"guide": "guide07", "external_id": "wmDEMO0001", "entry": "store0021"}
CONTAINERS = ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent")


@dataclass(frozen=True)
class Payload:
    """What WeChat sends, and our event. `oracle`: wechatpy's attribute for a fact of ours."""

    event: str
    fields: dict[str, Any]
    name: str
    facts: dict[str, Any] = field(default_factory=dict)
    openid: str | None = FAN
    sender: str = FAN
    oracle: dict[str, str] = field(default_factory=dict)
    case: str = ""

    @property
    def id(self) -> str:
        return f"{self.event}{self.case}"

    def header(self) -> dict[str, Any]:
        head = {"ToUserName": "gh_demo", "FromUserName": self.sender, "CreateTime": AT}
        return {**head, "MsgType": "event", "Event": self.event}

    def xml(self) -> str:
        head = markup.render(self.header()).removesuffix("</xml>")
        return head + "".join(_element(*pair) for pair in self.fields.items()) + "</xml>"

    def json(self) -> str:
        flat: dict[str, Any] = {}
        for name, value in self.fields.items():
            if name in CONTAINERS:
                flat |= value
            else:
                flat[f" {name}" if name in ("OpenID", "AppID") else name] = _blank(value)
        return json.dumps(self.header() | {"CreateTime": str(AT)} | flat, ensure_ascii=False)


def _blank(value: Any) -> Any:
    return "\n\n" if value in ({}, "") else value


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(*pair) for pair in value.items())}</{name}>"
    return f"<{name}>{value}</{name}>"


def menu(event: str, key: str, **extra: Any) -> Payload:
    fields = {"EventKey": key, **extra}
    oracle = {"view": "url", "click": "key", "view_miniprogram": "page_path"}.get(event.lower())
    known = {"key": oracle} if oracle else {}
    facts = {"kind": event.lower(), "key": key}
    return Payload(event, fields, "wechat.menu_clicked", facts, oracle=known)


def card(event: str, name: str, facts: dict | None = None, **extra: Any) -> Payload:
    oracle = {"card_id": "card_id"}
    oracle |= {} if event == "submit_membercard_user_info" else {"card_code": "code"}
    found = HER_CARD | (facts or {})
    return Payload(event, CARD | extra, f"wechat.{name}", found, oracle=oracle)


def contact(change: str, name: str, facts: dict | None = None, **extra: Any) -> Payload:
    fields = {"ChangeType": change, **CONTACT, **extra}
    found = KNOWN_CONTACT | (facts or {})
    return Payload(
        "change_external_contact", fields, f"wecom.{name}", found, None, "sys", case=f" {change}"
    )


def about(event: str, name: str, facts: dict | None = None, case: str = "", **extra: Any):
    """Told by WeChat's own service; the fan stands in OpenID."""
    fields = {"OpenID": "oMINI_fan_0001", "AppID": "wxdemo00000000001", **extra}
    return Payload(
        event, fields, f"wechat.{name}", facts or {}, "oMINI_fan_0001", "oPLATFORM", case=case
    )


def review(event: str, name: str, **extra: Any) -> Payload:
    return Payload(event, extra, f"wechat.{name}", {"kind": event}, None)


RECEIPT = {"TotalCount": 8, "FilterCount": 0, "SentCount": 0, "ErrorCount": 0}
TOTALS = {"total": 8, "filtered": 0, "sent": 0, "errors": 0}

PAYLOADS = (
    Payload("subscribe", {"EventKey": "qrscene_S0021-G07", "Ticket": "gQ_demo"},
            "wechat.subscribed", {"scene": "S0021-G07"}, oracle={"scene": "scene_id"}),
    Payload("subscribe", {"EventKey": ""}, "wechat.subscribed", {"scene": None}, case=" by search"),
    Payload("subscribe", {"EventKey": "scanbarcode|EAN_13|690"}, "wechat.subscribed",
            {"scene": None}, case=" by barcode"),
    Payload("unsubscribe", {"EventKey": ""}, "wechat.unsubscribed"),
    Payload("SCAN", {"EventKey": "12", "Ticket": "gQ_demo"}, "wechat.scanned", {"scene": "12"},
            oracle={"scene": "scene_id"}),
    Payload("LOCATION", {"Latitude": "23.137466", "Longitude": "113.352425", "Precision": "119.3"},
            "wechat.location_reported"),
    menu("CLICK", "MENU_COUPONS"),
    menu("VIEW", "https://shop.example/new", MenuId="421"),
    menu("view_miniprogram", "pages/index/index", MenuId="422"),
    menu("scancode_push", "scan", ScanCodeInfo={"ScanType": "qrcode", "ScanResult": "VCARD"}),
    menu("scancode_waitmsg", "scan", ScanCodeInfo={"ScanType": "qrcode", "ScanResult": "1"}),
    menu("pic_sysphoto", "photo", SendPicsInfo={"Count": 1, "PicList": {"item": {}}}),
    menu("pic_photo_or_album", "photo", SendPicsInfo={"Count": 1}),
    menu("pic_weixin", "photo", SendPicsInfo={"Count": 1}),
    menu("location_select", "here", SendLocationInfo={"Location_X": "23", "Label": "广州市"}),
    Payload("MASSSENDJOBFINISH", {"MsgID": 1000000007, "Status": "send success", **RECEIPT,
            "CopyrightCheckResult": {}, "ArticleUrlResult": {}}, "wechat.mass_finished",
            {"message_id": 1000000007, "status": "send success", **TOTALS}, None, "oMASSHELPER",
            {"message_id": "id", "status": "status", "total": "total_count"}),
    Payload("TEMPLATESENDJOBFINISH", {"MsgID": 200163836, "Status": "success"},
            "wechat.template_finished",
            {"message_id": 200163836, "is_delivered": True, "is_refused_by_her": False},
            oracle={"message_id": "id"}),
    Payload("TEMPLATESENDJOBFINISH", {"MsgID": 200163837, "Status": "failed:user block"},
            "wechat.template_finished",
            {"message_id": 200163837, "is_delivered": False, "is_refused_by_her": True},
            case=" blocked"),
    Payload("TEMPLATESENDJOBFINISH", {"MsgID": 200163838, "Status": "failed: system failed"},
            "wechat.template_finished",
            {"message_id": 200163838, "is_delivered": False, "is_refused_by_her": False},
            case=" failed"),
    Payload("PUBLISHJOBFINISH", {"PublishEventInfo": {"publish_id": "225", "publish_status": "0"}},
            "wechat.article_published", {"publish_id": "225", "status": "0"}, None),
    Payload("subscribe_msg_popup_event", {"SubscribeMsgPopupEvent": {"List": [
                {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": "0"},
                {"TemplateId": "T2", "SubscribeStatusString": "reject", "PopupScene": "0"}]}},
            "wechat.subscription_answered",
            {"answers": [{"template_id": "T1", "is_accepted": True},
                         {"template_id": "T2", "is_accepted": False}]}),
    Payload("subscribe_msg_change_event", {"SubscribeMsgChangeEvent": {"List": [
                {"TemplateId": "T1", "SubscribeStatusString": "reject"}]}},
            "wechat.subscription_changed",
            {"answers": [{"template_id": "T1", "is_accepted": False}]}),
    Payload("subscribe_msg_sent_event", {"SubscribeMsgSentEvent": {"List": {"TemplateId": "T1",
                "MsgID": "1864323726461", "ErrorCode": "0", "ErrorStatus": "success"}}},
            "wechat.subscription_sent",
            {"messages": [{"template_id": "T1", "message_id": "1864323726461", "errcode": 0}]}),
    about("user_info_modified", "profile_changed"),
    about("user_authorization_revoke", "phone_withdrawn", case=" phone", RevokeInfo="8"),
    about("user_authorization_revoke", "consent_withdrawn",
          {"code": "201", "consent": "address"}, case=" address", RevokeInfo="201"),
    about("user_authorization_revoke", "consent_withdrawn",
          {"code": "99", "consent": None}, case=" of a new kind", RevokeInfo="99"),
    about("user_authorization_cancellation", "account_closed", UnionID="uDEMO_0001"),
    Payload("card_pass_check", {"CardId": "pCARD1"}, "wechat.card_checked",
            {"card_id": "pCARD1", "is_passed": True}, None, oracle={"card_id": "card_id"}),
    Payload("card_not_pass_check", {"CardId": "pCARD1", "RefuseReason": "logo"},
            "wechat.card_checked", {"card_id": "pCARD1", "is_passed": False, "reason": "logo"},
            None, oracle={"card_id": "card_id", "reason": "refuse_reason"}),
    card("user_get_card", "card_taken", {"is_from_friend": True, "source": "store21"},
         IsGiveByFriend="1", FriendUserName="oFRIEND", OuterStr="store21"),
    card("user_gifting_card", "card_given", {"is_returned": False},
         IsReturnBack="0", FriendUserName="oFRIEND", IsChatRoom="0"),
    card("user_del_card", "card_deleted"),
    card("user_consume_card", "card_used", {"by": "FROM_API"}, ConsumeSource="FROM_API"),
    card("user_pay_from_pay_cell", "card_paid",
         {"transaction": "100000", "paid_fen": 10000, "list_fen": 12000},
         TransId="100000", LocationId="0", Fee="10000", OriginalFee="12000"),
    card("user_view_card", "card_viewed"),
    card("user_enter_session_from_card", "card_entered"),
    card("update_member_card", "card_changed", {"points_change": "3", "balance_change": "0"},
         ModifyBonus="3", ModifyBalance="0"),
    card("submit_membercard_user_info", "card_filled"),
    Payload("card_sku_remind", {"CardId": "pCARD1", "Detail": "100 left"}, "wechat.card_stock_low",
            {"card_id": "pCARD1"}, None, oracle={"card_id": "card_id"}),
    Payload("card_pay_order", {"OrderId": "404091456", "Status": "ORDER_STATUS_FINANCE_SUCC"},
            "wechat.card_order_changed",
            {"order_id": "404091456", "status": "ORDER_STATUS_FINANCE_SUCC"}, None,
            oracle={"status": "status"}),
    Payload("user_enter_tempsession", {"SessionFrom": "sessionFrom"}, "wechat.session_entered"),
    Payload("wxa_media_check", {"trace_id": "t-1", "result": {"suggest": "risky", "label": "20001"},
            "detail": [{"strategy": "content_model"}]}, "wechat.media_checked",
            {"trace_id": "t-1", "suggestion": "risky"}, None, oracle={"trace_id": "trace_id"}),
    review("wxa_privacy_apply", "privacy_reviewed"),
    review("weapp_audit_success", "release_reviewed", SuccTime="1488856741"),
    review("weapp_audit_fail", "release_reviewed", Reason="1:账号信息"),
    review("qualification_verify_success", "verification_changed", ExpiredTime="1442401156"),
    review("verify_expired", "verification_changed", ExpiredTime="1442401156"),
    contact("add_external_contact", "contact_added", WelcomeCode="WC_demo"),
    contact("add_half_external_contact", "contact_added", WelcomeCode="WC_demo"),
    contact("edit_external_contact", "contact_changed"),
    contact("del_external_contact", "contact_removed"),
    contact("del_follow_user", "guide_removed"),
    contact("transfer_fail", "transfer_failed", {"reason": "customer_refused"},
            FailReason="customer_refused"),
    Payload("change_external_chat", {"ChatId": "wrCHAT", "ChangeType": "create"},
            "wecom.chat_changed", {"chat_id": "wrCHAT", "change": "create"}, None, "sys"),
    Payload("change_external_tag", {"Id": "et1", "TagType": "tag", "ChangeType": "update"},
            "wecom.tag_changed", {"tag_id": "et1", "kind": "tag", "change": "update"}, None, "sys"),
    Payload("guide_qrcode_scan_event", {"Secret": "kept nowhere"}, "wechat.other",
            {"kind": "event.guide_qrcode_scan_event"}, None),
)  # fmt: skip
