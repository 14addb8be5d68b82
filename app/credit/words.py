"""Rules and ways in Chinese: the same words for headquarters and for the guide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.figures import NOT_KNOWN
from app.credit.rules import STORE, WHOLE, Part, Step, Way

WAYS: Mapping[str, str] = {
    Way.SELLER: "开单导购",
    Way.SCAN: "到店接待",
    Way.OWNER: "主导购",
    Way.TOUCH: "最近联系",
    Way.PROMOTER: "导购码带来",
    STORE: "没有人，归门店",
}
WHY: Mapping[str, str] = {
    Way.SELLER: "收银开单写的是你",
    Way.SCAN: "那天她在本店扫码，是你接待的",
    Way.OWNER: "成交时你是她的主导购",
    Way.TOUCH: "成交前最后联系她的是你",
    Way.PROMOTER: "她最早扫你的码关注",
}


def sentence(parts: Sequence[Part]) -> str:
    """`依次看：开单导购 → 到店接待（当天）→ 主导购；都没有归门店`, each part with its share."""
    if len(parts) == 1:
        return f"依次看：{_steps(parts[0])}；都没有归门店"
    each = "；".join(f"{percent(part.bp)} 依次看：{_steps(part)}" for part in parts)
    return f"{each}；都没有的那份归门店"


def _steps(part: Part) -> str:
    return " → ".join(step_words(step) for step in part.steps)


def step_words(step: Step) -> str:
    """`最近联系（7 天内）`."""
    return f"{WAYS[step.way]}{_days(step)}"


def _days(step: Step) -> str:
    if step.days is None:
        return ""
    return "（当天）" if step.days == 0 else f"（{step.days} 天内）"


def version(number: int) -> str:
    """`第 2 版`; the product's own rule, which holds before a brand has made one, `默认规则`."""
    return f"第 {number} 版" if number else "默认规则"


def percent(bp: int) -> str:
    """`70%`, `33.33%`."""
    whole, rest = divmod(bp * 100, WHOLE)
    return f"{whole}%" if not rest else f"{bp / 100:.2f}%"


def money_rate(part_fen: int, whole_fen: int) -> str:
    """`28.6%` of an amount, however small; a dash of nothing."""
    return f"{part_fen / whole_fen:.1%}" if whole_fen > 0 else NOT_KNOWN


def waited(seconds: int | None) -> str:
    """`45 秒`, `2 分 10 秒`, `1 小时 5 分`."""
    if seconds is None:
        return NOT_KNOWN
    minutes, rest = divmod(seconds, 60)
    if not minutes:
        return f"{rest} 秒"
    hours, left = divmod(minutes, 60)
    return f"{hours} 小时 {left} 分" if hours else f"{minutes} 分 {rest} 秒"
