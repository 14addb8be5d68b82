"""A script's variables, filled for the person at hand. Pure; no brace ever goes out.

What is not known has a default that reads well, so that a sentence is whole without it; a
sentence that makes no sense without a fact is left to the guide who reads it before she sends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST = 300
# Each variable, and what stands there when nothing is known.
DEFAULTS: Mapping[str, str] = {
    "称呼": "您好",
    "店名": "本店",
    "品牌": "我们",
    "导购": "我",
    "天数": "一阵子",
    "商品": "上次带走的那款",
    "券": "会员券",
    "券到期": "最近",
    "等级": "会员",
}
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_BRACES = re.compile(r"[{}｛｝]")


def fault(words: str) -> str | None:
    """What is wrong with a text as somebody wrote it; None when it can be filled."""
    if not words.strip():
        return "写上要说的话"
    if len(words) > LONGEST:
        return f"太长了，最多 {LONGEST} 字"
    strange = [name for name in _VARIABLE.findall(words) if name not in DEFAULTS]
    if strange:
        return f"没有「{strange[0]}」这个变量，可以用：{'、'.join(DEFAULTS)}"
    if _BRACES.search(_VARIABLE.sub("", words)):
        return "花括号没有成对，变量写成 {称呼} 这样"
    return None


def has_brace(text: str) -> bool:
    """Whether something is left that was to be filled."""
    return bool(_BRACES.search(text))


def fill(words: str, known: Mapping[str, str | None]) -> str:
    """The sentence for one person. Whatever a value or an old text holds, no brace is left."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        return known.get(name) or DEFAULTS.get(name, "")

    return _BRACES.sub("", _VARIABLE.sub(value, words)).strip()
