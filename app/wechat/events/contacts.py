"""WeCom's external contacts (企业微信): the sender is `sys`, the person an external id.

The welcome code is worth one message within 20 seconds and opens nothing later: it is not kept.
"""

from __future__ import annotations

from app.wechat.events.reading import Facts, Reading


def whom(message: Reading) -> Facts:
    """Which guide and which customer, and by which of our entries she came."""
    return {
        "guide": message.text("UserID"),
        "external_id": message.text("ExternalUserID"),
        "entry": message.text("State"),
    }


def transfer(message: Reading) -> Facts:
    """Why the customer did not go over to another guide."""
    return whom(message) | {"reason": message.text("FailReason")}


def chat(message: Reading) -> Facts:
    """A customers' group was made, changed or closed."""
    return {"chat_id": message.text("ChatId"), "change": message.text("ChangeType")}


def tag(message: Reading) -> Facts:
    """A tag of WeCom's own was made, renamed or removed."""
    return {
        "tag_id": message.text("Id"),
        "kind": message.text("TagType"),
        "change": message.text("ChangeType"),
    }
