"""`TD`, `退订`: the words by which anybody ends marketing messages, as in a text message."""

from __future__ import annotations

import unicodedata

WORDS = frozenset({"td", "t", "退订", "取消订阅", "拒收", "td退订"})
LONGEST = 16
ANSWER = (
    "收到，已经为您停发营销消息，排队中的也不会再发。会员权益不变。"
    "想再收到，打开会员卡 → 我的 → 偏好与授权。"
)


def is_meant(said: str) -> bool:
    """Whether this text is such a word and nothing else, in whichever width and case."""
    if len(said) > LONGEST:
        return False
    plain = unicodedata.normalize("NFKC", said)
    return plain.strip(" \t\r\n.。!！'\"“”").casefold() in WORDS
