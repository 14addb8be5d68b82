"""Why somebody is her guide, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from app.owners.models import MoveKind, MoveState, Why

WHY_WORDS: Mapping[Why, str] = {
    Why.SCAN_STORE: "她第一次扫码的门店里，是她接待的",
    Why.PROMOTER: "她扫这位导购的码来的",
    Why.LAST_TOUCH: "最近一次是她接待的",
    Why.FALLBACK: "没有别的导购，先由门店带着",
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
}
STATE_WORDS: Mapping[MoveState, str] = {
    MoveState.RUNNING: "正在交接",
    MoveState.DONE: "已交接",
    MoveState.UNDOING: "正在撤销",
    MoveState.UNDONE: "已撤销",
}


def because(why: Why, rule_version: int | None = None) -> str:
    """The sentence, with the version of the brand's rules where one of them decided."""
    said = WHY_WORDS[why]
    return f"{said}（归属规则第 {rule_version} 版）" if rule_version else said
