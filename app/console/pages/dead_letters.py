"""死信台: what failed too often, by cause; try again one or all, read one for a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from werkzeug.exceptions import BadRequest

from app.brands import service as brands
from app.console import dead_letter_words as words
from app.console.access import HEADQUARTERS, actor, brand, only, pages
from app.console.figures import count
from app.core import clock, deadletters
from app.core.db import session
from app.core.deadletters import Cause, Counts, DeadLetter, Group, Kind
from app.core.events import Event
from app.members.timeline import words_for
from app.staff.models import Role

SHOWN = 20
SHORTEST_WHY, LONGEST_WHY = 2, 100
UNKNOWN_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Shown:
    """A cause on the desk, with the newest of its letters."""

    group: Group
    what: str
    why: str
    letters: Sequence[DeadLetter]


@pages.get("/dead-letters")
@only(*HEADQUARTERS)
def dead_letters() -> ResponseReturnValue:
    """The desk."""
    groups, counts = deadletters.groups(), deadletters.counts()
    return render_template(
        "console/dead_letters/page.html",
        shown=[_shown(group) for group in groups],
        sums=_sums(counts),
        accounts={each.id: each.name for each in brands.accounts(brand().id)},
        may_read=actor().role == Role.ADMIN,
        unknown=_unknown(),
        words_for=words_for,
        longest_why=LONGEST_WHY,
    )


@pages.post("/dead-letters/replay")
@only(*HEADQUARTERS)
def dead_letters_replay() -> ResponseReturnValue:
    """Try again: one by its number, or all of a cause by the count that was shown."""
    cause, number = _cause(), request.form.get("number", type=int)
    if number is not None:
        deadletters.replay_one(cause, number, actor=actor().audit_name)
        flash("重放了 1 条，几秒后刷新看结果")
    else:
        expected = request.form.get("expected", default=0, type=int)
        deadletters.replay_all(cause, expected=expected, actor=actor().audit_name)
        flash(f"重放了 {count(expected)} 条，几秒后刷新看结果")
    return redirect(url_for("console.dead_letters"))


@pages.post("/dead-letters/messages/<int:inbox_id>")
@only(Role.ADMIN)
def dead_letter_open(inbox_id: int) -> ResponseReturnValue:
    """The decrypted message, for a reason that goes into the audit."""
    why = request.form.get("why", "").strip()
    if not SHORTEST_WHY <= len(why) <= LONGEST_WHY:
        flash(f"写明为什么要看，{SHORTEST_WHY} 到 {LONGEST_WHY} 个字")
        return redirect(url_for("console.dead_letters"))
    raw = deadletters.open_message(inbox_id, actor=actor().audit_name, why=why)
    page = render_template("console/dead_letters/raw.html", raw=raw, inbox_id=inbox_id, why=why)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _shown(group: Group) -> Shown:
    letters = deadletters.letters(group.cause, SHOWN)
    return Shown(group, words.what(group.cause), words.why(group.cause), letters)


def _sums(counts: Counts) -> str:
    if counts.ever == 0:
        return "从来没有"
    return (
        f"共 {count(counts.ever)} = 死信 {count(counts.dead)}"
        f" + 正在重放 {count(counts.waiting)} + 已恢复 {count(counts.recovered)}"
    )


def _cause() -> Cause:
    asked = request.form
    if asked.get("kind") not in set(Kind):
        raise BadRequest
    return Cause(Kind(asked["kind"]), asked.get("reaction", ""), asked.get("reason", ""))


def _unknown() -> list[tuple[str, int]]:
    """Messages nobody has taught Huike yet: kept, and not dead."""
    kind = Event.data["kind"].astext
    recent = (Event.name == "wechat.other") & (Event.at > clock.now() - UNKNOWN_FOR)
    found = select(kind, func.count()).where(recent).group_by(kind)
    return [(row[0], row[1]) for row in session.execute(found.order_by(func.count().desc(), kind))]
