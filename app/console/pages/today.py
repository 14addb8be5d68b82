"""今日: is it running, and what needs me."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.console import charts, day, frame, today_lists, today_view
from app.console.access import HEADQUARTERS, actor, everybody, pages
from app.console.figures import WEEKDAYS, count
from app.console.live import sealed
from app.console.today_lists import Todo
from app.core import clock
from app.stores import queries as stores


@pages.get("/")
@everybody
def today() -> ResponseReturnValue:
    """The whole page."""
    live, seen = _live()
    return render_template("console/today/page.html", live=live, seen=seen)


@pages.get("/today/live")
@everybody
def today_live() -> ResponseReturnValue:
    """The page's inside, asked for every 5 seconds."""
    live, seen = _live()
    if request.args.get("seen") == seen:
        return "", 204
    return render_template("console/fresh.html", live=live, seen=seen)


def _live() -> tuple[str, str]:
    names = _store_names()
    facts = _happened(names) | _waiting(names)
    return sealed(render_template("console/today/live.html", **facts))


def _happened(names: dict[int, str]) -> dict[str, object]:
    now, scope = clock.now(), actor().store_ids
    on = clock.business_day(now)
    before = on - day.WEEK
    days = day.by_store(on, scope)
    whole = day.total(days)
    before_name = f"上{WEEKDAYS[before.weekday()]}"
    scans_before = day.scans_until(now - day.WEEK, scope)
    hours = day.by_hour(on, scope), day.by_hour(before, scope)
    return {
        "now": now,
        "scope_words": _scope_words(len(names)),
        "figures": today_view.figures(whole, scans_before, before_name, day.uses(on, scope)),
        "hours": charts.hours(*hours, current_hour=clock.local(now).hour),
        "before_name": before_name,
        "stores": today_view.store_table(days, names, whole),
        "funnel": today_view.funnel(day.people(on, scope)),
    }


def _waiting(names: dict[int, str]) -> dict[str, object]:
    may_push = actor().role in HEADQUARTERS
    todo = _for_headquarters() if may_push else []
    todo = today_lists.complaints_waiting(actor().store_ids) + todo
    on = clock.business_day(clock.now())
    return {
        "may_push": may_push,
        "todo": todo + today_lists.stores_without_codes(names),
        "runs": today_lists.runs_of_day(on) if may_push else [],
    }


def _for_headquarters() -> list[Todo]:
    failed = today_lists.dead_letters() + today_lists.withdrawals()
    pushes = today_lists.waiting_pushes() + today_lists.unknown_deliveries()
    return pushes + failed


def _store_names() -> dict[int, str]:
    return {
        store.id: store.name
        for _, found in stores.tree()
        for store in found
        if actor().may_see_store(store.id)
    }


def _scope_words(store_count: int) -> str:
    words = frame.scope_words()
    return f"{words} {count(store_count)} 家" if actor().store_ids is None else words
