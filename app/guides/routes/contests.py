"""PK on the guide's phone: her own place first, and whom she can catch up with."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from app.contests import queries, standing, words
from app.contests.models import Contest, Metric
from app.contests.standing import Side
from app.core import clock
from app.guides.routes.door import bp, brand, guide
from app.guides.words import days_since
from app.tasks import queries as tasks

MOST = 5


@dataclass(frozen=True)
class Shown:
    """A contest as she sees it: nobody below the better half stands in it with a figure."""

    contest: Contest
    metric: Metric
    mine: Side
    is_placed: bool
    upper: list[Side]
    others: list[str]
    next_words: str
    days_left: int


@bp.get("/contests")
def contests() -> ResponseReturnValue:
    """Those she takes part in."""
    mine = queries.of_player(guide().staff_id)[:MOST]
    shown = [_shown(each) for each in mine]
    return render_template("guide/contests.html", shown=shown, text=words, zone=brand().zoneinfo)


def _shown(each: Contest) -> Shown:
    sides, metric = queries.standing(each, tasks.given), Metric(each.metric)
    mine = next(side for side in sides if guide().staff_id in side.staff_ids)
    upper = standing.upper_half(sides)
    other = standing.rival(mine, sides)
    return Shown(
        contest=each,
        metric=metric,
        mine=mine,
        is_placed=mine in upper,
        upper=upper,
        others=[side.name for side in sides if side not in upper],
        next_words=words.distance(metric, mine, other) if other and mine.chances else "",
        days_left=max(days_since(clock.now(), each.ends_at, brand().zoneinfo), 0),
    )
