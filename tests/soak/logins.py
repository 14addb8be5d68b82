"""Whether the time of a refused login tells which accounts there are."""

from __future__ import annotations

import random
import time

from argon2 import PasswordHasher
from sqlalchemy import Connection

from app.core.web import App
from app.staff.models import Role
from app.staff.service import passwords
from tests.access.matrix import undone
from tests.access.town import Place, login_of
from tests.soak.bad_input import mann_whitney

TIMINGS = 200


def p_of_unknown(app: App, home: Place, connection: Connection, rng: random.Random) -> float:
    """Mann-Whitney's p: an account that never was beside hers with a wrong password."""
    slug = home.brand.brand.slug
    accounts = f"nobody-{home.key}@{slug}", f"{login_of(home, Role.GUIDE)}@{slug}"
    waits: tuple[list[float], list[float]] = ([], [])
    client = app.test_client()
    for _ in range(TIMINGS):
        for kind in rng.sample(range(2), 2):
            form = {"account": accounts[kind], "password": "a wrong password"}
            with undone(connection):  # so that no failure is counted towards the limit
                began = time.perf_counter()
                answer = client.post("/guide/login", data=form)
                waits[kind].append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 401
    return mann_whitney(*waits)


def p_of_hasty(app: App, home: Place, connection: Connection, rng: random.Random) -> float:
    """The control: for nobody's account hardly anything is computed."""
    before = passwords._NOBODY
    passwords._NOBODY = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("nobody")
    try:
        return p_of_unknown(app, home, connection, rng)
    finally:
        passwords._NOBODY = before
