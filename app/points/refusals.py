"""Why points cannot be moved."""

from __future__ import annotations

from app.core.errors import BadInput, Conflict, NotFound


class TooFewPoints(Conflict):
    code, title = "too_few_points", "积分不够，少换一些再试"


class KeyReused(BadInput):
    code, title = "key_reused", "同一个编号下换了内容，换一个编号再交"


class NoHold(NotFound):
    code, title = "no_hold", "没有这笔积分预留，重新试算后再付"


class HoldOver(Conflict):
    code, title = "hold_over", "这笔积分预留已经了结，重新试算后再付"
