"""A script's variables, filled for the person at hand. Pure; no brace ever goes out.

What is not known has a default that reads well, so that a sentence is whole without it; a
sentence that makes no sense without a fact is left to the guide who reads it before she sends.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from app.tasks.models import Situation

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
# What is suggested where nobody has written anything.
SUGGESTED: Mapping[Situation, str] = {
    Situation.JOINED: "{称呼}，欢迎成为{品牌}的会员，我是{店名}的{导购}，有需要随时找我。",
    Situation.SLEEPING: "{称呼}，好久不见，最近到了几款您可能喜欢的，有空来看看？",
    Situation.RESTOCK: "{称呼}，{商品}快用完了吧？需要的话我给您留一份。",
    Situation.BIRTHDAY: "{称呼}，生日快到了，{店名}给您留了份心意，有空来坐坐。",
    Situation.COUPON: "{称呼}，您的{券}，{券到期}就到期了，需要我帮您留点什么吗？",
    Situation.CARE: "{称呼}，{商品}用得怎么样？有不合适的随时找我。",
    Situation.LEAD: "{称呼}，您看过的{商品}到店可以试用，要帮您约个时间吗？",
    Situation.NEWS: "{称呼}，{店名}到了新品，有空来看看？",
}
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_BRACES = re.compile(r"[{}｛｝]")


def fault(words: str, variables: Collection[str] = tuple(DEFAULTS)) -> str | None:
    """What is wrong with a text as somebody wrote it; None when it can be filled from these."""
    if not words.strip():
        return "写上要说的话"
    if len(words) > LONGEST:
        return f"太长了，最多 {LONGEST} 字"
    strange = [name for name in _VARIABLE.findall(words) if name not in variables]
    if strange:
        return f"没有「{strange[0]}」这个变量，可以用：{'、'.join(variables)}"
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
