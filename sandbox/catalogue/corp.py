"""WeCom (企业微信): a guide gains or loses a customer; the sender is always `sys`."""

from sandbox.catalogue.known import Known

CONTACT = {
    "ChangeType": "add_external_contact",
    "UserID": "guide07",
    "ExternalUserID": "wm{nonce}",
    "State": "store0021",
    "WelcomeCode": "WC_{nonce}",
}
CHAT = {
    "ChatId": "wr{nonce}",
    "ChangeType": "update",
    "UpdateDetail": "add_member",
    "JoinScene": 0,
    "QuitScene": 0,
    "MemChangeCnt": 1,
}
TAG = {"Id": "et{nonce}", "TagType": "tag", "ChangeType": "create"}

EVENTS = {
    "change_external_contact": Known(CONTACT, sender="sys"),
    "change_external_chat": Known(CHAT, sender="sys"),
    "change_external_tag": Known(TAG, sender="sys"),
}
