"""A lead over signed HTTP, to the guide's phone: told, touched, bought; and whoever may not."""

from __future__ import annotations

import pytest

from app.core import clock, db
from app.members.models import Member
from app.pos.models import ApiScope
from app.tasks.models import RuleKind, Task
from tests.guides.conftest import Phone
from tests.guides.test_guide_tasks import fields
from tests.pos.tills import open_till
from tests.tasks.conftest import Store


@pytest.fixture
def store(client, house) -> Store:
    """A brand that wants tasks for baskets that were left."""
    store = Store(house)
    store.rule(RuleKind.BASKET, for_days=2)
    return store


@pytest.fixture
def lin(store) -> Member:
    """Wei looks after her."""
    member_id = store.member()
    with db.transaction(store.brand_id):
        return db.get(Member, member_id)


def left(member: Member, key: str = "basket-1") -> dict[str, str]:
    at = clock.now().isoformat()
    return {"number": member.number, "kind": "basket", "key": key, "at": at, "sku": "CREAM50"}


def tasks(store) -> list[Task]:
    return store.tasks()


def test_a_basket_left_is_wei_s_task_touched_and_then_bought(
    caller, client, house, mei, store, lin
):
    told = caller.post("/leads", left(lin), key="one-lead")
    wei = Phone(client, "wei")
    listed = wei.page("/guide/tasks")
    [task] = tasks(store)
    page = wei.page(f"/guide/tasks/{task.id}")
    touched = wei.post(f"/guide/tasks/{task.id}/outcome", outcome="replied", **fields(page))
    till = open_till(client, house, mei, house.jingan)
    sold = till.post("/orders", till.sold(number=lin.number, guide="wei"))

    assert (told.status_code, told.json["task_id"]) == (201, task.id)
    assert f"/guide/tasks/{task.id}" in listed
    assert (touched.status_code, tasks(store)[0].touches) == (303, 1)
    assert sold.status_code == 201
    assert f"/guide/tasks/{task.id}" not in wei.page("/guide/tasks")


def test_the_same_request_again_is_one_task_and_so_is_the_same_lead(caller, store, lin):
    body = left(lin)
    first = caller.post("/leads", body, key="one-lead")
    replayed = caller.post("/leads", body, key="one-lead")
    told_again = caller.post("/leads", left(lin), key="another-request")

    assert replayed.json == first.json
    assert told_again.json["task_id"] == first.json["task_id"]
    assert len(tasks(store)) == 1


def test_other_keys_of_another_member_make_another(caller, store, lin):
    """The control: what holds them together above is the key, not that only one is ever made."""
    other_id = store.member()
    with db.transaction(store.brand_id):
        ann = db.get(Member, other_id)

    caller.post("/leads", left(lin), key="one-lead")
    caller.post("/leads", left(ann, "basket-2"), key="two-leads")

    assert sorted(task.member_id for task in tasks(store)) == sorted([lin.id, ann.id])


def test_a_key_without_the_scope_is_refused_and_makes_nothing(make_caller, store, lin):
    others = [str(each) for each in ApiScope if each != ApiScope.LEADS_WRITE]

    refused = make_caller(*others).post("/leads", left(lin), key="one-lead")

    assert refused.status_code == 403
    assert tasks(store) == []


def test_a_forged_signature_makes_nothing(caller, store, lin):
    forged = caller.post("/leads", left(lin), key="one-lead", webhook_signature="v1,AAAA")

    assert forged.status_code == 401
    assert tasks(store) == []
