"""What a contest counts, in Chinese, and how its figures are written."""

from __future__ import annotations

from app.contests.models import Metric
from app.contests.standing import Side, missing
from app.core.money import yuan

METRICS = {
    Metric.SALES: "每次机会业绩",
    Metric.DEALS: "每百次机会成交",
    Metric.JOINS: "每百次机会入会",
    Metric.GREETS: "每百次机会打招呼",
}
ACTS = {Metric.DEALS: "成交", Metric.JOINS: "入会", Metric.GREETS: "打招呼"}
HUNDRED = 100


def score(metric: Metric, side: Side) -> str:
    """`¥19.09`, or `12.5` in a hundred chances; rounded down for show, never for the place."""
    if metric == Metric.SALES:
        return yuan(int(side.per_chance))
    tenths = int(side.per_chance * HUNDRED * 10)
    return f"{tenths // 10}.{tenths % 10}"


def value(metric: Metric, side: Side) -> str:
    """What was done, in whole: `¥420.00`, `成交 3 位`."""
    return yuan(side.value) if metric == Metric.SALES else f"{ACTS[metric]} {side.value:,} 位"


def distance(metric: Metric, mine: Side, other: Side) -> str:
    """`再成交 2 位就追平小陈`: with the chances she has."""
    more = missing(mine, other)
    act = f"卖 {yuan(more)} " if metric == Metric.SALES else f"{ACTS[metric]} {more:,} 位"
    return f"机会不变，再{act}就追平{other.name}"


def rule(metric: Metric, least: int) -> str:
    """All that decides, in a paragraph."""
    counted = "业绩按成交时的业绩规则分，实付减退货" if metric == Metric.SALES else "算你接待的人"
    tasks = "，加上派给你的任务" if metric == Metric.SALES else ""
    return (
        f"比{METRICS[metric]}：{counted}，除以接待机会。"
        f"接待机会是你在店那些天、没有被同事接待的扫码{tasks}；一队就是队员相加。"
        f"机会不到 {least} 次不排名；一样多就并列，后面的名次空出来。只公布前一半。"
        "到期封榜，封榜以后的退货不再改结果。"
    )
