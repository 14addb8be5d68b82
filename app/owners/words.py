"""Why somebody is her guide, and what a rule does, in sentences: the same for headquarters and
for the guide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.owners.models import GuideCover, MoveKind, MoveState, Why
from app.owners.queries.deciding import Verdict
from app.owners.rules import Step, Way

WHY_WORDS: Mapping[Why, str] = {
    Why.SCAN_STORE: "她第一次扫码的门店里，是她接待的",
    Why.SCAN_LIGHTEST: "她第一次扫码的门店里，那时她带的会员最少",
    Why.PROMOTER: "她扫这位导购的码来的",
    Why.LAST_TOUCH: "最近一次是她接待的",
    Why.FALLBACK: "没有别的导购，门店里那时她带的会员最少",
    Why.TRANSFER: "人工转给她的",
    Why.LEAVING: "原来的导购离职，交接给她的",
    Why.UNDONE: "上一次交接撤销了，还给她的",
    Why.MERGED: "两个会员合并，跟着过来的",
    Why.UNMERGED: "合并撤销了，还给她的",
    Why.BEFORE: "开始记录以前就是她带的",
}
KIND_WORDS: Mapping[MoveKind, str] = {
    MoveKind.TRANSFER: "转给同事",
    MoveKind.LEAVING: "离职交接",
    MoveKind.RULE: "按规则重新分",
}
STATE_WORDS: Mapping[MoveState, str] = {
    MoveState.RUNNING: "正在交接",
    MoveState.DONE: "已交接",
    MoveState.UNDOING: "正在撤销",
    MoveState.UNDONE: "已撤销",
}
WAYS: Mapping[Way, str] = {
    Way.EXCLUSIVE: "保护期",
    Way.PROMOTER: "导购码带来",
    Way.LAST_TOUCH: "最近接待",
    Way.SCAN_SERVED: "首扫门店的接待",
    Way.SCAN_LIGHTEST: "首扫门店带人最少",
    Way.FALLBACK: "兜底：常去门店带人最少",
}
DOES: Mapping[Way, str] = {
    Way.EXCLUSIVE: "她已经有导购的，一直不换",
    Way.PROMOTER: "入会前最早扫了哪位导购自己的码，就归哪位",
    Way.LAST_TOUCH: "归最后一次接待她的导购，不管哪家店",
    Way.SCAN_SERVED: "归她第一次扫码的门店里最早接待她的导购",
    Way.SCAN_LIGHTEST: "归她第一次扫码的门店里带会员最少的导购，她的导购本来就在那家店的不换",
    Way.FALLBACK: "还没有导购的，归她常去门店（没写就看第一次扫码的门店）里带会员最少的导购",
}
WITHIN: Mapping[Way, str] = {
    Way.EXCLUSIVE: "她的导购接待过她、卖过给她或刚接手，{days} 天内别人接待也不换",
    Way.PROMOTER: "入会前最早扫了哪位导购自己的码，{days} 天内归哪位",
    Way.LAST_TOUCH: "归 {days} 天内最后一次接待她的导购，不管哪家店",
}
VERDICTS: Mapping[Verdict, str] = {
    Verdict.GETS: "新得到导购",
    Verdict.CHANGES: "换导购",
    Verdict.KEPT: "保护期内不换",
    Verdict.SAME: "还是原来的导购",
    Verdict.STAYS: "规则没找到人，导购不变",
    Verdict.WITHOUT: "还是没有导购",
}
OTHERWISE = "都没找到：有导购的不变，没有的先不分"
NO_RULE = "不自动分，会员归谁全由人来定"


def because(why: Why, rule_version: int | None = None) -> str:
    """The sentence, with the version of the brand's rules where one of them decided."""
    said = WHY_WORDS[why]
    return f"{said}（归属规则第 {rule_version} 版）" if rule_version else said


def sentence(steps: Sequence[Step]) -> str:
    """`依次看：保护期（90 天）→ 导购码带来 → 最近接待（180 天内）`."""
    if not steps:
        return NO_RULE
    return f"依次看：{' → '.join(_name(step) for step in steps)}"


def does(step: Step) -> str:
    """What one step does, as a sentence."""
    return DOES[step.way] if step.days is None else WITHIN[step.way].format(days=step.days)


def away(cover: GuideCover, names: Mapping[int, str]) -> str:
    """`小魏休假，小芳代班`."""
    stands_in = names.get(cover.cover_id, "") if cover.cover_id else "店里一起"
    return f"{names.get(cover.staff_id, '')}休假，{stands_in}代班"


def is_restless(steps: Sequence[Step]) -> bool:
    """Whether whoever serves her next may take her at once."""
    ways = {step.way for step in steps}
    return Way.LAST_TOUCH in ways and Way.EXCLUSIVE not in ways


def _name(step: Step) -> str:
    if step.days is None:
        return WAYS[step.way]
    return f"{WAYS[step.way]}（{step.days} 天{'' if step.way is Way.EXCLUSIVE else '内'}）"
