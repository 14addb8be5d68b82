"""Scripts: written in versions, copied for a member, remembered with what came of it."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, clock, db
from app.core.db import session
from app.core.errors import BadInput
from app.staff.service import Actor
from app.tasks import filling, script_queries
from app.tasks.models import Outcome, Situation
from app.tasks.models.scripts import Script, ScriptFavourite, ScriptUse, ScriptVersion


class BadScript(BadInput):
    code, title = "bad_script", "还不能存，补好标出的几处再交"


def write(script_id: int | None, situation: Situation, words: str, by: Actor) -> Script:
    """A new one, or the next version of this one; the same words again are no version. What was
    said so far keeps the version it was said by. Raises NoScript, BadScript."""
    wrong = filling.fault(words)
    if wrong:
        raise BadScript(fields={"words": [wrong]})
    script = _new(situation) if script_id is None else _held(script_id)
    script.situation = situation
    if _is_same(script, words.strip()):
        return script
    script.version += 1
    session.add(
        ScriptVersion(
            script_id=script.id,
            version=script.version,
            words=words.strip(),
            written_by_id=by.staff_id,
            written_at=clock.now(),
        )
    )
    session.flush()
    subject = f"script:{script.id}"
    audit.record("script.written", actor=by.audit_name, subject=subject, version=script.version)
    return script


def _new(situation: Situation) -> Script:
    script = Script(situation=situation, version=0, created_at=clock.now())
    session.add(script)
    session.flush()
    return script


def _held(script_id: int) -> Script:
    """Under its lock, so that two writers make two versions. Raises NoScript."""
    wanted = select(Script).filter_by(id=script_id).with_for_update(key_share=True)
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise script_queries.NoScript()
    return found


def _is_same(script: Script, words: str) -> bool:
    kept = select(ScriptVersion.words).filter_by(script_id=script.id, version=script.version)
    return session.scalar(kept) == words


def switch(script_id: int, by: Actor, *, is_on: bool) -> None:
    """Shown to guides, or not. Twice is once. Raises NoScript."""
    script = _held(script_id)
    if script.is_on != is_on:
        script.is_on = is_on
        session.flush()
        act = "script.switched_on" if is_on else "script.switched_off"
        audit.record(act, actor=by.audit_name, subject=f"script:{script.id}")


def used(script_id: int, member_id: int, by: Actor, *, task_id: int | None = None) -> None:
    """She copied it for this member: once a day, however often she taps. Raises NoScript."""
    _used(script_id, str(member_id), by, member_id=member_id, task_id=task_id)


def said(script_id: int, by: Actor, *, member_id: int | None, fan_id: int) -> None:
    """She said it to who stood before her, a member or not: once a day. What a fan buys once she
    has joined counts for it. Raises NoScript."""
    if member_id is not None:
        return used(script_id, member_id, by)
    return _used(script_id, f"fan{fan_id}", by, fan_id=fan_id)


def _used(script_id: int, person: str, by: Actor, **whom: int | None) -> None:
    script = script_queries.get(script_id)
    day = clock.business_day(clock.now()).isoformat()
    values = {
        "brand_id": db.current_brand_id(),
        "script_id": script.id,
        "version": script.version,
        "staff_id": by.staff_id,
        "key": f"{script.id}:{by.staff_id}:{person}:{day}",
        "at": clock.now(),
        **whom,
    }
    session.execute(insert(ScriptUse).values(values).on_conflict_do_nothing())


def came_of(task_id: int, outcome: Outcome, staff_id: int) -> None:
    """What came of the touch stands at the scripts she used for it, where nothing stood yet."""
    ours = (ScriptUse.brand_id == db.current_brand_id()) & (ScriptUse.task_id == task_id)
    hers = update(ScriptUse).where(ours, ScriptUse.staff_id == staff_id)
    open_ones = hers.where(ScriptUse.outcome.is_(None)).values(outcome=outcome)
    session.execute(open_ones, execution_options={"synchronize_session": False})


def like(script_id: int, by: Actor, *, is_liked: bool) -> None:
    """On top of her list, or not. Twice is once. Raises NoScript."""
    script = script_queries.get(script_id)
    mine = {"brand_id": db.current_brand_id(), "staff_id": by.staff_id, "script_id": script.id}
    if is_liked:
        session.execute(insert(ScriptFavourite).values(mine).on_conflict_do_nothing())
        return
    known = ScriptFavourite.staff_id == by.staff_id, ScriptFavourite.script_id == script.id
    session.execute(delete(ScriptFavourite).where(*known))
