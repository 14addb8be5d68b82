"""What stands on the board to be said first: the brand's own scripts, else our sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import db
from app.core.db import session
from app.tasks import bulk, jobs, script_queries
from app.tasks.models import FACE_TO_FACE, Script, ScriptUse, Situation
from app.tasks.service import scripts
from tests.guides.conftest import count_queries, join, scan
from tests.tasks.conftest import Store, later, noon  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def write(store, situation: Situation, words: str) -> int:
    return store.do(scripts.write, None, situation, words, store.mei).id


def uses(store) -> list[ScriptUse]:
    with db.transaction(store.brand_id):
        return list(session.scalars(select(ScriptUse).order_by(ScriptUse.id)))


def test_a_brands_script_takes_the_place_of_our_sentence_filled_for_her(store, house, wei):
    join(house, scan(house).fan_id, name="周女士")
    assert "欢迎入会。" in wei.page()

    write(store, Situation.JOINED, "{称呼}，欢迎来{店名}，我是{导购}，您的{券}到{券到期}。")

    page = wei.page()
    assert "周女士，欢迎来静安寺店，我是小魏，您的新人礼到" in page
    assert "欢迎入会。" not in page
    assert "话术 · 试用" in page


@pytest.mark.parametrize("situation", [Situation.NEW])
def test_a_fan_without_a_name_is_spoken_to_by_what_reads_well(store, house, wei, situation):
    scan(house)

    write(store, situation, "{称呼}，我是{店名}的{导购}，{等级}价在会员卡里。")

    assert "您好，我是静安寺店的小魏，会员价在会员卡里。" in wei.page()


def test_greeting_her_with_the_line_in_hand_is_a_use_of_it(store, house, wei):
    visit = scan(house)
    member = join(house, visit.fan_id)
    script = write(store, Situation.JOINED, "欢迎{称呼}")
    wei.act("claim", visit.id, "key-to-claim")
    assert f"/greet?script={script}" in wei.page()

    for _ in range(3):
        wei.act(f"greet?script={script}", visit.id, "key-to-greet")

    [used] = uses(store)
    assert (used.script_id, used.member_id, used.fan_id) == (script, member.id, None)
    assert used.staff_id == house.wei.id


def test_what_a_fan_buys_once_she_has_joined_counts_for_what_was_said_to_her(store, house, wei):
    script = write(store, Situation.NEW, "想看点什么？")
    visits = [scan(house, f"o-{number}") for number in range(10)]
    for number, visit in enumerate(visits):
        wei.act(f"greet?script={script}", visit.id, f"key-number-{number}")
    [used, *_] = uses(store)
    assert (used.member_id, used.fan_id) == (None, visits[0].fan_id)
    later(minutes=5)
    member = join(house, visits[0].fan_id)
    store.buy(member.id)
    later(minutes=20)

    jobs.work()

    assert "用过 10 次，1 次成交" in wei.page()


def test_a_script_that_is_none_is_refused_and_nothing_is_noted(store, house, wei):
    visit = scan(house)

    answer = wei.act("greet?script=999999", visit.id)

    assert answer.status_code == 404
    assert uses(store) == []


def test_switched_off_it_stands_on_no_board(store, house, wei):
    scan(house)
    script = write(store, Situation.NEW, "想看点什么样的？")
    store.do(scripts.switch, script, store.mei, is_on=False)

    assert "想看点什么样的？" not in wei.page()


def test_her_favourite_is_what_she_says(store, house, wei):
    scan(house)
    ids = [write(store, Situation.NEW, f"第 {number} 句") for number in range(5)]

    for number, script in enumerate(ids):
        wei.post(f"/guide/scripts/{script}/favourite", liked="1", back="/guide/board")
        assert f"“第 {number} 句”" in wei.page()
        wei.post(f"/guide/scripts/{script}/favourite", liked="0", back="/guide/board")


def test_scripts_cost_a_board_one_query_however_many_there_are_and_however_long_it_is(
    store, house, wei
):
    join(house, scan(house, "o-0").fan_id)
    short = count_queries(wei.page)
    for situation in FACE_TO_FACE:
        for number in range(6):
            write(store, situation, f"第 {number} 句")
    for number in range(1, 12):
        join(house, scan(house, f"o-{number}").fan_id, f"1380000{number:04d}")

    assert count_queries(wei.page) == short


def test_what_sells_stands_first_more_often_and_a_new_one_keeps_its_fifth(store, house):
    known, new = (write(store, Situation.MEMBER, words) for words in ("老的", "新的"))
    with db.transaction(store.brand_id):
        script = db.get(Script, known)
        script.uses, script.trials, script.wins = 1000, 1000, 900
    wei = store.actor("wei")
    with db.transaction(store.brand_id):
        openings = script_queries.openings(wei.staff_id)

    first = [openings.first(Situation.MEMBER, str(number)).words for number in range(500)]

    assert openings.first(Situation.ASLEEP, "1") is None
    assert first[0] == openings.first(Situation.MEMBER, "0").words
    assert 0.15 < first.count("新的") / 500 < 0.4
    assert new != known


def test_counting_twice_is_counting_once_and_every_ten_minutes(store, house, wei):
    script, visit = write(store, Situation.NEW, "想看点什么？"), scan(house)
    wei.act(f"greet?script={script}", visit.id)

    for _ in range(2):
        store.do(bulk.count_scripts)

    with db.transaction(store.brand_id):
        assert db.get(Script, script).uses == 1
        assert session.scalar(select(func.count()).select_from(ScriptUse)) == 1
    assert due(store) == []
    later(minutes=11)
    assert due(store) == [store.brand_id]


def due(store) -> list[int]:
    from app.core import clock

    with db.system_transaction():
        return bulk.brands_to_count(clock.now())


def test_a_task_is_never_about_who_stands_in_the_store(store):
    from app.tasks import words

    assert set(words.ERRANDS) & set(FACE_TO_FACE) == {Situation.JOINED}
    assert all(len(each) <= 8 for each in words.ERRANDS)
    assert {*words.BY_PLACE["联系她时"], *FACE_TO_FACE} == set(Situation)
    assert timedelta(minutes=10) == bulk.counting.COUNTED_EVERY
