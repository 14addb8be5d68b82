"""G5: what is not hers does not exist for her, on every route, for every role and kind of id.

Three brands of two stores; each store is home once. Then each wall between brands stands alone:
the database's policies without our filter. Foreign and non-existent take the same
time; so do a wrong password and a login that never was.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from app.core import db
from app.core.web import App
from app.factory import create_app
from app.process import Process
from app.staff.models import Role
from app.staff.service import Actor
from tests import ground
from tests.access import town
from tests.access.matrix import MALFORMED, WHO, Matrix, filled, path_of, undone
from tests.access.town import EXAMPLES, NEVER, Place
from tests.soak import logins
from tests.soak.bad_input import mann_whitney
from tests.soak.scene import percentile, row

TIMINGS, LEAST_P = 200, 0.01
TIMED = {  # endpoint: who asks for what another has
    "console.fan": (Role.STORE_MANAGER, "fan_id"),
    "console.store": (Role.STORE_MANAGER, "store_id"),
    "console.code_sheet": (Role.REGION_MANAGER, "store_id"),
    "console.push_show": (Role.MARKETER, "push_id"),
    "guide.member": (Role.GUIDE, "member_id"),
}


def measure(seed: int) -> dict[str, Any]:
    """Row G5."""
    with _standing() as (app, connection):
        places = town.build()
        matrix = Matrix(app, places, undo=partial(undone, connection))
        for home in places:
            matrix.walk(home, malformed=MALFORMED, skip=set())
        second = _by_policies_alone(app, places, connection)
        blind, open_doors = _control(app, places, connection)
        rng = random.Random(seed)
        waits = _waits(app, places, rng)
        login_p = logins.p_of_unknown(app, places[0], connection, rng)
        hasty_p = logins.p_of_hasty(app, places[0], connection, rng)
    p_values = {name: round(mann_whitney(*pair[:2]), 4) for name, pair in waits.items()}
    least = min(1.0, min(p_values.values()) * len(p_values))
    seen = max(mann_whitney(pair[1], pair[2]) for pair in waits.values())
    never = [wait for pair in waits.values() for wait in pair[1]]
    figures = {
        "routes": len(matrix.routes),
        "roles": len(WHO),
        "places": len(places),
        "cases": dict(sorted(matrix.cases.items())),
        "requests": sum(matrix.cases.values()),
        "differences": len(matrix.faults),
        "first_difference": str(matrix.faults[0]) if matrix.faults else None,
        "never_found": sorted(matrix.never_found()),
        "by_policies_alone": second,
        "control_differences": blind,
        "control_without_any_wall": open_doors,
        "timing_p": p_values,
        "timing_least_p": round(least, 4),
        "timing_control_p": round(seen, 6),
        "login_p": round(login_p, 4),
        "login_control_p": round(hasty_p, 6),
    }
    held = not matrix.faults and not matrix.never_found() and second["differences"] == 0
    return row(
        "G5",
        seed,
        passed=held and min(least, login_p) > LEAST_P,
        control_failed=blind > 0 and open_doors > 0 and max(seen, hasty_p) < LEAST_P,
        p50_ms=percentile(never, 0.5),
        p99_ms=percentile(never, 0.99),
        figures=figures,
    )


@contextmanager
def _standing() -> Iterator[tuple[App, Connection]]:
    """The application over one connection, so that every case can be undone."""
    with ground.cloned(ground.admin_url()) as urls:
        settings = ground.make_settings(urls, WECHAT_API_BASE_URL="http://127.0.0.1:9")
        process = Process(settings, urls)
        app = create_app(settings, process)
        app.config["WTF_CSRF_ENABLED"] = False
        name = db.make_url(urls.app).database
        engine = create_engine(ground.admin_url().set(database=name))
        try:
            with engine.connect() as connection, connection.begin():
                db.configure(connection, connection)
                yield app, connection
        finally:
            engine.dispose()
            process.disconnect()


def _by_policies_alone(app: App, places: list[Place], connection: Connection) -> dict[str, int]:
    """The second wall: our filter is taken down, PostgreSQL's policies stand."""
    alone = Matrix(app, places, undo=partial(undone, connection))
    event.remove(Session, "do_orm_execute", db._only_this_brand)
    try:
        alone.walk(places[0], malformed=(), skip=set())
    finally:
        event.listen(Session, "do_orm_execute", db._only_this_brand)
    return {"requests": sum(alone.cases.values()), "differences": len(alone.faults)}


def _control(app: App, places: list[Place], connection: Connection) -> tuple[int, int]:
    """Differences once one scope is forgotten; and once both walls between brands are down."""
    blind = Matrix(app, places, undo=partial(undone, connection))
    with _changed(Actor, "may_see_store", lambda *_: True):
        blind.walk(places[0], malformed=(), skip=set())
    fallen = Matrix(app, places, undo=partial(undone, connection))
    event.remove(Session, "do_orm_execute", db._only_this_brand)
    app_role = db._app_sessions.kw["info"]
    try:
        with _changed(app_role, "role", db.SYSTEM_ROLE):
            fallen.walk(places[0], malformed=(), skip=set())
    finally:
        event.listen(Session, "do_orm_execute", db._only_this_brand)
    others = Counter(fault.case for fault in fallen.faults)
    return len(blind.faults), others["other brand"]


@contextmanager
def _changed(thing: Any, name: str, value: Any) -> Iterator[None]:
    is_dict = isinstance(thing, dict)
    before = thing[name] if is_dict else getattr(thing, name)
    put: Callable[[str, Any], None] = (
        thing.__setitem__ if is_dict else lambda key, given: setattr(thing, key, given)
    )
    put(name, value)
    try:
        yield
    finally:
        put(name, before)


def _waits(
    app: App, places: list[Place], rng: random.Random
) -> dict[str, tuple[list[float], list[float], list[float]]]:
    """By route: the waits in ms for a foreign id, for one that never was, and for her own."""
    home, other, found = places[0], places[1], {}
    elsewhere = next(place for place in places if place.brand_number != home.brand_number)
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    for endpoint, (who, name) in TIMED.items():
        foreign = elsewhere if name == "push_id" else other
        ids = [EXAMPLES[name](foreign), NEVER, EXAMPLES[name](home)]
        found[endpoint] = _timed(app, home, who, rules[endpoint], name, ids, rng)
    return found


def _timed(
    app: App, home: Place, who: Role, rule: Rule, name: str, ids: list[int], rng: random.Random
) -> tuple[list[float], list[float], list[float]]:
    client, given = Matrix(app, [home]).client(home, who), filled(rule, home)
    waits: tuple[list[float], list[float], list[float]] = ([], [], [])
    for _ in range(TIMINGS):
        for kind in rng.sample(range(3), 3):
            path = path_of(rule, given | {name: ids[kind]})
            began = time.perf_counter()
            client.get(path)
            waits[kind].append((time.perf_counter() - began) * 1000)
    return waits
