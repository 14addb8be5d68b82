"""Reading scripts: their words, what became of their uses, and which to show first for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, select, text

from app.core import clock, db
from app.core.db import session
from app.core.errors import NotFound
from app.tasks import bandit
from app.tasks.bandit import NEW_UNDER, Arm
from app.tasks.models import FACE_TO_FACE, Situation
from app.tasks.models.scripts import Script, ScriptFavourite, ScriptVersion

BUYS_WITHIN = timedelta(days=14)
FIGURES = """
SELECT script_id, count(*) AS uses, count(*) FILTER (WHERE has_bought OR at <= :ripe) AS trials,
    count(*) FILTER (WHERE has_bought) AS wins
FROM (
    SELECT u.script_id, u.at, EXISTS (SELECT FROM orders o
        WHERE o.brand_id = u.brand_id AND o.member_id = COALESCE(u.member_id, f.member_id)
            AND o.paid_at > u.at AND o.paid_at <= u.at + :within AND o.paid_fen > 0
            AND o.state IN ('paid', 'partly_returned')) AS has_bought
    FROM script_uses u LEFT JOIN fans f ON (f.brand_id, f.id) = (u.brand_id, u.fan_id)
    WHERE u.brand_id = :brand AND u.script_id = ANY(:scripts)
) AS used GROUP BY script_id"""
_OPENING = (Script.id, Script.situation, Script.uses, Script.trials, Script.wins)
_NEWEST = and_(
    ScriptVersion.brand_id == Script.brand_id,
    ScriptVersion.script_id == Script.id,
    ScriptVersion.version == Script.version,
)


class NoScript(NotFound):
    code, title = "no_script", "没有这条话术，刷新后再看"


@dataclass(frozen=True)
class Told:
    """A script with its words as they are now, and what is known of it."""

    script: Script
    words: str
    uses: int
    wins: int
    is_favourite: bool

    @property
    def figure(self) -> str | None:
        """`用过 48 次，12 次成交`; none under ten uses, which are chance."""
        return figure(self.uses, self.wins)

    @property
    def is_new(self) -> bool:
        """Whether it is on trial."""
        return self.uses < NEW_UNDER


@dataclass(frozen=True)
class Opening:
    """A script for who stands in the store, with its counts as of some minutes ago."""

    arm: Arm
    situation: Situation
    words: str
    is_favourite: bool

    @property
    def figure(self) -> str | None:
        """As a script's; none while it is on trial."""
        return figure(self.arm.uses, self.arm.wins)


@dataclass(frozen=True)
class Openings:
    """All openings of a brand, and which to show this guide first for whom today."""

    staff_id: int
    day: str
    by_situation: Mapping[str, Sequence[Opening]]

    def first(self, situation: Situation, person: str) -> Opening | None:
        """Her favourite, or as the bandit draws for this guide, person and day; None where the
        brand has written nothing."""
        found = self.by_situation.get(situation, ())
        chosen = [one for one in found if one.is_favourite] or found
        if len(chosen) < 2:
            return next(iter(chosen), None)
        seed = f"{situation}:{person}:{self.staff_id}:{self.day}"
        head = bandit.order([one.arm for one in chosen], seed)[0]
        return next(one for one in chosen if one.arm.script_id == head)


def figure(uses: int, wins: int) -> str | None:
    """What is said of a script; nothing under ten uses, which are chance."""
    return None if uses < NEW_UNDER else f"用过 {uses:,} 次，{wins:,} 次成交"


def openings(staff_id: int) -> Openings:
    """What this guide may say to whoever stands before her, in one query however many they are."""
    hers = (ScriptFavourite.brand_id == Script.brand_id) & (ScriptFavourite.staff_id == staff_id)
    is_liked = ScriptFavourite.script_id.is_not(None)
    said = (
        select(*_OPENING, ScriptVersion.words, is_liked.label("is_favourite"))
        .select_from(Script)
        .join(ScriptVersion, _NEWEST)
        .outerjoin(ScriptFavourite, hers & (ScriptFavourite.script_id == Script.id))
        .where(Script.is_on, Script.situation.in_(FACE_TO_FACE))
    )
    found: dict[str, list[Opening]] = {}
    for row in session.execute(said):
        arm = Arm(row.id, row.uses, row.trials, row.wins)
        one = Opening(arm, Situation(row.situation), row.words, row.is_favourite)
        found.setdefault(row.situation, []).append(one)
    return Openings(staff_id, clock.business_day(clock.now()).isoformat(), found)


def get(script_id: int) -> Script:
    """Raises NoScript."""
    found = db.get(Script, script_id)
    if found is None:
        raise NoScript()
    return found


def versions_of(script_id: int) -> list[ScriptVersion]:
    """All its words, the newest first."""
    kept = select(ScriptVersion).filter_by(script_id=script_id)
    return list(session.scalars(kept.order_by(ScriptVersion.version.desc())))


def everything() -> list[Told]:
    """All scripts of the brand, by situation."""
    found = _told(select(Script), 0)
    order = list(Situation)
    return sorted(found, key=lambda told: (order.index(told.script.situation), told.script.id))


def for_member(
    situations: Sequence[Situation], member_id: int, staff_id: int
) -> dict[Situation, list[Told]]:
    """What a guide may say to her, by situation: her favourites, then as the bandit draws for this
    guide, member and day; the same all day long."""
    switched_on = select(Script).where(Script.is_on, Script.situation.in_(situations))
    found = _told(switched_on, staff_id)
    day = clock.business_day(clock.now()).isoformat()
    seed = f"{member_id}:{staff_id}:{day}"
    return {
        each: _ordered([one for one in found if one.script.situation == each], f"{each}:{seed}")
        for each in situations
    }


def _ordered(found: Sequence[Told], seed: str) -> list[Told]:
    arms = _arms([told.script.id for told in found])
    place = {script_id: number for number, script_id in enumerate(bandit.order(arms, seed))}
    return sorted(found, key=lambda told: (not told.is_favourite, place[told.script.id]))


def _told(scripts: Select[Script], staff_id: int) -> list[Told]:
    whole = scripts.join(ScriptVersion, _NEWEST).add_columns(ScriptVersion.words)
    rows = session.execute(whole).all()
    known = {arm.script_id: arm for arm in _arms([row[0].id for row in rows])}
    liked = set(session.scalars(select(ScriptFavourite.script_id).filter_by(staff_id=staff_id)))
    return [
        Told(script, said, known[script.id].uses, known[script.id].wins, script.id in liked)
        for script, said in rows
    ]


def _arms(script_ids: Sequence[int]) -> list[Arm]:
    counted = {row.script_id: row for row in session.execute(text(FIGURES), asked_of(script_ids))}
    return [
        Arm(one, counted[one].uses, counted[one].trials, counted[one].wins)
        if one in counted
        else Arm(one, 0, 0, 0)
        for one in script_ids
    ]


def asked_of(script_ids: Sequence[int]) -> dict[str, Any]:
    """What `FIGURES` wants to know."""
    ripe = clock.now() - BUYS_WITHIN
    asked = {"brand": db.current_brand_id(), "scripts": list(script_ids)}
    return asked | {"ripe": ripe, "within": BUYS_WITHIN}
