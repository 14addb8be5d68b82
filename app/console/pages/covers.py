"""代班: who is away, who stands in for her, and ending it earlier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import actor, everybody, pages
from app.core import clock
from app.owners import service as owners
from app.owners.queries import covers
from app.owners.words import away
from app.staff import queries as staff
from app.stores import queries as stores
from app.visits.queries import business_day


@dataclass(frozen=True)
class Choice:
    """A store with those who may be away from it, or stand in there."""

    store_id: int
    name: str
    people: Sequence[tuple[int, str]]


@pages.get("/owners/covers")
@everybody
def owners_covers() -> ResponseReturnValue:
    """What holds now and what is to come, and the form for another."""
    at = clock.now()
    planned = covers.planned(actor().store_ids, at)
    return render_template(
        "console/owners/covers.html",
        planned=planned,
        today=business_day(at),
        names=staff.names(),
        stores={store.id: store.name for _, found in stores.tree() for store in found},
        choices=_choices(),
        away=away,
    )


@pages.post("/owners/covers")
@everybody
def owners_cover() -> ResponseReturnValue:
    """She is away from this day to that, and somebody stands in for her."""
    staff_id, _, store_id = request.form.get("who", "").partition(":")
    made = owners.cover(
        _number(staff_id),
        _number(store_id),
        _number(request.form.get("cover", "")) or None,
        _day("from"),
        _day("until"),
        by=actor(),
    )
    flash(f"安排好了：{away(made, staff.names())}，会员和业绩还是她的")
    return redirect(url_for("console.owners_covers"), 303)


@pages.post("/owners/covers/<int:cover_id>/end")
@everybody
def owners_cover_end(cover_id: int) -> ResponseReturnValue:
    """She is back, or will not go."""
    owners.end_cover(cover_id, by=actor())
    flash("代班结束了，任务只排在她自己那里")
    return redirect(url_for("console.owners_covers"), 303)


def _choices() -> list[Choice]:
    """Her stores, each with who works there."""
    working = covers.working(actor().store_ids)
    return [
        Choice(store.id, store.name, working[store.id])
        for _, found in stores.tree()
        for store in found
        if store.id in working
    ]


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise owners.BadDays() from None


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
