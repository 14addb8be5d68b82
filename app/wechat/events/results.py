"""What became of what we sent: mass sends, templates, subscription messages, articles."""

from __future__ import annotations

from app.wechat.events.reading import Facts, Reading


def mass_finished(message: Reading) -> Facts:
    """Totals only. `send success` with nobody reached happens, so all figures are kept."""
    return {
        "message_id": message.number("MsgID"),
        "status": message.text("Status"),
        "total": message.number("TotalCount"),
        "filtered": message.number("FilterCount"),
        "sent": message.number("SentCount"),
        "errors": message.number("ErrorCount"),
    }


def template_finished(message: Reading) -> Facts:
    """`success`, or `failed:` and a reason whose spelling differs: the prefix decides."""
    status = (message.text("Status") or "").lower()
    return {
        "message_id": message.number("MsgID"),
        "is_delivered": status.startswith("success"),
        "is_refused_by_her": status.startswith("failed") and "block" in status,
    }


def published(message: Reading) -> Facts:
    """An article that WeChat has put online, or refused to."""
    outcome = message.block("PublishEventInfo")
    return {"publish_id": outcome.text("publish_id"), "status": outcome.text("publish_status")}


def answered(message: Reading) -> Facts:
    """What she answered when the page asked, template by template."""
    return {"answers": _answers(message, "SubscribeMsgPopupEvent")}


def changed(message: Reading) -> Facts:
    """What she switched off in WeChat's settings; only refusals are pushed."""
    return {"answers": _answers(message, "SubscribeMsgChangeEvent")}


def used(message: Reading) -> Facts:
    """Which of her consents a message used up, or why it did not arrive."""
    return {
        "messages": [
            {
                "template_id": row.text("TemplateId"),
                "message_id": row.text("MsgID"),
                "errcode": row.number("ErrorCode"),
            }
            for row in _rows(message, "SubscribeMsgSentEvent")
        ]
    }


def _answers(message: Reading, container: str) -> list[Facts]:
    return [
        {
            "template_id": row.text("TemplateId"),
            "is_accepted": row.text("SubscribeStatusString") == "accept",
        }
        for row in _rows(message, container)
    ]


def _rows(message: Reading, container: str) -> list[Reading]:
    """JSON has the list at the top, without the container. Raises ValueError when none is there."""
    rows = message.block(container).rows("List") or message.rows("List")
    if not rows:
        raise ValueError("the message lists no template")
    return rows
