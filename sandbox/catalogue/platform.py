"""What the platform tells of its own accord: withdrawn consent, checked media, entered chats."""

from sandbox.catalogue.known import Known

PLATFORM = "oPLATFORM000000000000000000"  # WeChat's own sender; the fan is in OpenID
AUTHORISED = {"OpenID": "{openid}", "UnionID": "{unionid}", "AppID": "{appid}", "RevokeInfo": "8"}
MEDIA = {
    "appid": "{appid}",
    "trace_id": "{nonce}",
    "version": 2,
    "detail": [{"strategy": "content_model", "errcode": 0, "suggest": "pass", "label": 100}],
    "errcode": 0,
    "errmsg": "ok",
    "result": {"suggest": "pass", "label": 100},
}

EVENTS = {
    "user_info_modified": Known({**AUTHORISED, "RevokeInfo": "1"}, sender=PLATFORM),
    "user_authorization_revoke": Known(AUTHORISED, sender=PLATFORM),
    "user_authorization_cancellation": Known({**AUTHORISED, "RevokeInfo": "0"}, sender=PLATFORM),
    "user_enter_tempsession": Known({"SessionFrom": "sessionFrom"}, trigger="tempsession"),
    "wxa_media_check": Known(MEDIA),
    "wxa_privacy_apply": Known({"ret": "0", "reason": ""}, sender=PLATFORM),
    "weapp_audit_success": Known({"SuccTime": "{at}"}, sender=PLATFORM),
    "PUBLISHJOBFINISH": Known(
        {"PublishEventInfo": {"publish_id": 2247483650, "publish_status": 0}}, sender=PLATFORM
    ),
    "qualification_verify_success": Known({"ExpiredTime": 1800000000}, sender=PLATFORM),
    "qualification_verify_fail": Known({"FailTime": "{at}", "FailReason": "x"}, sender=PLATFORM),
    "annual_renew": Known({"ExpiredTime": 1800000000}, sender=PLATFORM),
    "verify_expired": Known({"ExpiredTime": 1800000000}, sender=PLATFORM),
}
