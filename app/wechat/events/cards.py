"""Card events (卡券): an input of old accounts. Cards are known by their ids and codes."""

from __future__ import annotations

from app.wechat.events.reading import Facts, Reading


def card(message: Reading) -> Facts:
    """Which kind of card."""
    return {"card_id": message.text("CardId")}


def hers(message: Reading) -> Facts:
    """Which card of hers."""
    return card(message) | {"card_code": message.text("UserCardCode")}


def passed(message: Reading) -> Facts:
    """WeChat's review let the card through."""
    return card(message) | {"is_passed": True}


def refused(message: Reading) -> Facts:
    """WeChat's review did not, and says why."""
    return card(message) | {"is_passed": False, "reason": message.text("RefuseReason")}


def taken(message: Reading) -> Facts:
    """From us or from a friend, whose openid is not kept."""
    return hers(message) | {
        "is_from_friend": message.text("IsGiveByFriend") == "1",
        "source": message.text("OuterStr"),
    }


def given(message: Reading) -> Facts:
    """To a friend or a chat; a gift that nobody took comes back."""
    return hers(message) | {"is_returned": message.text("IsReturnBack") == "1"}


def used(message: Reading) -> Facts:
    """Redeemed, by which way."""
    return hers(message) | {"by": message.text("ConsumeSource")}


def paid(message: Reading) -> Facts:
    """Paid from the card's page; WeChat counts in fen as we do."""
    return hers(message) | {
        "transaction": message.text("TransId"),
        "paid_fen": message.number("Fee"),
        "list_fen": message.number("OriginalFee"),
    }


def changed(message: Reading) -> Facts:
    """Points and balance of the card moved by so much."""
    return hers(message) | {
        "points_change": message.text("ModifyBonus"),
        "balance_change": message.text("ModifyBalance"),
    }


def ordered(message: Reading) -> Facts:
    """The brand's own order of card stock; no fan has a part in it."""
    return {"order_id": message.text("OrderId"), "status": message.text("Status")}
