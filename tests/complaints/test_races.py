"""Many at once: one page's key is one complaint, one answer stands; and without protection not."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from app.complaints import queries, service
from app.complaints.models import Complaint, State
from app.core import audit, clock, db
from app.core.db import session
from tests.complaints.desk import about_wei, again, complain, told
from tests.tasks.conftest import Store
from tests.tasks.test_races import CROWD, GOOD, at_once

pytestmark = pytest.mark.race


@pytest.fixture
def store(own_database, house) -> Store:
    return Store(house)


def written(store, act: str) -> int:
    counted = select(func.count()).select_from(audit.AuditRow).where(audit.AuditRow.act == act)
    with db.transaction(store.brand_id):
        return session.scalar(counted) or 0


def test_one_key_is_one_complaint(store) -> None:
    lin, meant = store.member(), told(about_wei(store))

    def tap() -> None:
        store.do(service.record, lin, meant, key="of-the-page", by=store.mei)

    assert at_once([tap] * CROWD) == {GOOD: CROWD}
    assert written(store, "complaint.recorded") == 1
    assert len(store.do(queries.page, None, state=None, store_id=None, after=None).lines) == 1


def test_one_answer_stands(store) -> None:
    row = complain(store, store.member())

    heard = at_once([lambda: store.do(service.answer, row.id, "办好了", store.mei)] * CROWD)

    assert heard == {GOOD: 1, "AlreadyClosed": CROWD - 1}
    assert written(store, "complaint.answered") == 1
    assert again(store, row).state == State.ANSWERED


def test_who_looks_first_and_writes_afterwards_answers_twice(store) -> None:
    """The negative control: without the condition in the statement, more than one has done it."""
    row, both_have_looked = complain(store, store.member()), threading.Barrier(2, timeout=10)

    def unguarded() -> None:
        with db.transaction(store.brand_id):
            found = session.get_one(Complaint, (store.brand_id, row.id))
            both_have_looked.wait()
            if found.state != State.OPEN:
                raise service.AlreadyClosed()
            found.state, found.answered_at = State.ANSWERED, clock.now()

    assert at_once([unguarded] * 2) == {GOOD: 2}
