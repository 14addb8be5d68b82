"""Reading scripts: their words, what became of their uses, and which to show first for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, and_, select, text

from app.core import clock, db
from app.core.db import session
from app.core.errors import NotFound
from app.tasks import bandit
from app.tasks.bandit import NEW_UNDER, Arm
from app.tasks.models import Situation
from app.tasks.models.scripts import Script, ScriptFavourite, ScriptVersion

BUYS_WITHIN = timedelta(days=14)
FIGURES = """
SELECT script_id, count(*) AS uses, count(*) FILTER (WHERE has_bought OR at <= :ripe) AS trials,
    count(*) FILTER (WHERE has_bought) AS wins
FROM (
    SELECT u.script_id, u.at, EXISTS (SELECT FROM orders o
        WHERE o.brand_id = u.brand_id AND o.member_id = u.member_id
            AND o.paid_at > u.at AND o.paid_at <= u.at + :within AND o.paid_fen > 0
            AND o.state IN ('paid', 'partly_returned')) AS has_bought
    FROM script_uses u WHERE u.brand_id = :brand AND u.script_id = ANY(:scripts)
) AS used GROUP BY script_id"""


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
        return None if self.is_new else f"用过 {self.uses:,} 次，{self.wins:,} 次成交"

    @property
    def is_new(self) -> bool:
        """Whether it is on trial."""
        return self.uses < NEW_UNDER


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
    newest = and_(
        ScriptVersion.brand_id == Script.brand_id,
        ScriptVersion.script_id == Script.id,
        ScriptVersion.version == Script.version,
    )
    whole = scripts.join(ScriptVersion, newest).add_columns(ScriptVersion.words)
    rows = session.execute(whole).all()
    known = {arm.script_id: arm for arm in _arms([row[0].id for row in rows])}
    liked = set(session.scalars(select(ScriptFavourite.script_id).filter_by(staff_id=staff_id)))
    return [
        Told(script, said, known[script.id].uses, known[script.id].wins, script.id in liked)
        for script, said in rows
    ]


def _arms(script_ids: Sequence[int]) -> list[Arm]:
    now = clock.now()
    asked = {"brand": db.current_brand_id(), "scripts": list(script_ids)}
    asked |= {"ripe": now - BUYS_WITHIN, "within": BUYS_WITHIN}
    counted = {row.script_id: row for row in session.execute(text(FIGURES), asked)}
    return [
        Arm(one, counted[one].uses, counted[one].trials, counted[one].wins)
        if one in counted
        else Arm(one, 0, 0, 0)
        for one in script_ids
    ]
