"""话术: versions that stay, uses counted once a day, purchases that followed, one's favourites."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock, db
from app.core.db import session
from app.core.privacy import Person
from app.journeys import merging
from app.journeys.privacy import erasing
from app.members.models import Member
from app.members.service import erasures
from app.tasks import privacy, script_queries
from app.tasks.models import Outcome, ScriptUse, Situation
from app.tasks.service import scripts
from tests.tasks.conftest import later

pytestmark = pytest.mark.usefixtures("noon")
NEWS = Situation.NEWS


def write(store, words: str = "{称呼}，来看看？", script_id: int | None = None) -> int:
    return store.do(scripts.write, script_id, NEWS, words, store.mei).id


def told(store, login: str = "wei", member_id: int = 1):
    actor = store.actor(login)
    return store.do(script_queries.for_member, [NEWS], member_id, actor.staff_id)[NEWS]


def use(store, script_id: int, member_id: int, **given) -> None:
    store.do(scripts.used, script_id, member_id, store.actor("wei"), **given)


def uses(store) -> list[ScriptUse]:
    with db.transaction(store.brand_id):
        return list(session.scalars(select(ScriptUse).order_by(ScriptUse.id)))


def test_every_version_stays_and_the_newest_is_said(store) -> None:
    script = write(store, "第一版")
    write(store, "第二版", script)
    write(store, "第二版", script)

    with db.transaction(store.brand_id):
        kept = [version.words for version in script_queries.versions_of(script)]

    assert kept == ["第二版", "第一版"]
    assert [one.words for one in told(store)] == ["第二版"]


@pytest.mark.parametrize("words", ["{称呼", "{没有这个}", ""])
def test_what_cannot_be_filled_is_not_kept(store, words) -> None:
    with pytest.raises(scripts.BadScript):
        write(store, words)


def test_copied_twice_on_one_day_it_is_one_use(store) -> None:
    script, lin = write(store), store.member()

    for _ in range(3):
        use(store, script, lin)
    later(days=1)
    use(store, script, lin)

    assert len(uses(store)) == 2


def test_under_ten_uses_there_is_no_figure(store) -> None:
    script = write(store)
    for _ in range(9):
        use(store, script, store.member())
    [on_trial] = told(store)
    use(store, script, store.member())
    [known] = told(store)

    assert (on_trial.figure, on_trial.is_new) == (None, True)
    assert (known.figure, known.is_new) == ("用过 10 次，0 次成交", False)


def test_a_purchase_within_two_weeks_of_the_use_is_counted(store) -> None:
    script = write(store)
    lins = [store.member() for _ in range(10)]
    store.buy(lins[0], clock.now() - timedelta(days=1))  # before: caused by something else
    for lin in lins:
        use(store, script, lin)
    now = clock.now()
    later(days=20)
    store.buy(lins[1], now + timedelta(days=3))
    store.buy(lins[2], now + timedelta(days=15))  # too late
    store.buy(lins[3], now + timedelta(days=2), fen=0)

    [known] = told(store)

    assert known.figure == "用过 10 次，1 次成交"


def test_what_came_of_the_touch_stands_at_the_script(store) -> None:
    script, lin = write(store), store.member()
    [task] = store.give(lin)
    use(store, script, lin, task_id=task.id)

    store.note(task, Outcome.COMING)

    [used] = uses(store)
    assert (used.outcome, used.version) == (Outcome.COMING, 1)


def test_her_favourites_are_on_top_of_her_list_and_of_nobody_else_s(store) -> None:
    ids = [write(store, f"第 {number} 条") for number in range(4)]
    wei = store.actor("wei")
    last = told(store)[-1].script.id

    for _ in range(2):
        store.do(scripts.like, last, wei, is_liked=True)
    first = told(store)[0]
    store.do(scripts.like, last, wei, is_liked=False)

    assert (first.script.id, first.is_favourite) == (last, True)
    assert sorted(one.script.id for one in told(store, "chen")) == ids
    assert not any(one.is_favourite for one in told(store) + told(store, "chen"))


def test_all_day_long_the_order_is_the_same(store) -> None:
    for number in range(5):
        write(store, f"第 {number} 条")

    orders = [[one.script.id for one in told(store)] for _ in range(3)]

    assert orders[0] == orders[1] == orders[2]


def test_switched_off_nobody_sees_it_and_its_uses_stay(store) -> None:
    script = write(store)
    use(store, script, store.member())

    for _ in range(2):
        store.do(scripts.switch, script, store.mei, is_on=False)

    assert told(store) == []
    assert len(uses(store)) == 1


def test_no_script_of_another_brand(store) -> None:
    from tests import factories

    other = factories.make_brand("other", "别家")
    script = write(store)

    with db.transaction(other.id):
        with pytest.raises(script_queries.NoScript):
            script_queries.get(script)
        assert session.scalar(select(func.count()).select_from(ScriptUse)) == 0


def test_merged_her_uses_are_the_survivor_s_and_undone_hers_again(store) -> None:
    script, lin, ann = write(store), store.member(), store.member()
    use(store, script, ann)

    with db.transaction(store.brand_id):
        merge_id = merging.merge(lin, ann, actor="staff:1").id
    merged = [each.member_id for each in uses(store)]
    with db.transaction(store.brand_id):
        merging.undo(merge_id, actor="staff:1")

    assert merged == [lin]
    assert [each.member_id for each in uses(store)] == [ann]


def test_both_used_it_on_one_day_and_merging_keeps_both(store) -> None:
    script, lin, ann = write(store), store.member(), store.member()
    use(store, script, lin)
    use(store, script, ann)

    with db.transaction(store.brand_id):
        merging.merge(lin, ann, actor="staff:1")

    assert [each.member_id for each in uses(store)] == [lin, lin]


def test_her_copy_tells_of_uses_and_erased_they_are_counts_without_her_name(store) -> None:
    script, lin = write(store), store.member()
    use(store, script, lin)
    [rule] = [each for each in privacy.RULES if each.table == "script_uses"]

    with db.transaction(store.brand_id):
        [told_her] = rule.rows(Person(lin, ()))
        erasures.ask_erasure(
            member_id=lin, fan_id=None, door="card", by="member", due_at=clock.now()
        )
    erasing.work()

    assert told_her["script_id"] == script
    assert len(uses(store)) == 1
    with db.transaction(store.brand_id):
        assert db.get(Member, lin).name_encrypted is None
