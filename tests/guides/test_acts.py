"""What a guide does: each act once, in her own store, with its way back."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.coupons.models import StoreSample
from app.visits.models import Visit
from tests import factories
from tests.guides.conftest import join, scan


@pytest.fixture
def chen(house, phone_of):
    factories.make_staff(house.brand.id, "chen", name="小陈", store_ids=[house.jingan.id])
    return phone_of("chen")


def visit_of(house, visit_id: int) -> Visit:
    with db.transaction(house.brand.id):
        return db.get(Visit, visit_id)


def samples_left(house) -> int:
    with db.transaction(house.brand.id):
        return session.scalar(select(StoreSample.left_count).filter_by(store_id=house.jingan.id))


def test_a_claim_answers_the_changed_card_and_the_new_counts(house, wei):
    visit = scan(house)

    answer = wei.act("claim", visit.id)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'data-waiting="0" data-serving="1"' in page
    assert "你在接待，还剩" in page


def test_a_colleague_sees_who_looks_after_her(house, wei, chen):
    visit = scan(house)
    chen.act("claim", visit.id)

    page = wei.page()

    assert "小陈在接待，还剩" in page
    assert "结束" not in re.search(r'<article class="card is-serving.*?</article>', page, re.S)[0]


def test_a_lost_race_says_who_won(house, wei, chen):
    visit = scan(house)
    join(house, visit.fan_id, name="周女士")
    chen.act("claim", visit.id)

    answer = wei.act("claim", visit.id)

    assert answer.status_code == 409
    assert "小陈先接待了周女士" in answer.get_data(as_text=True)


def test_handing_out_the_sample_takes_one_from_the_shelf_and_can_be_undone(house, wei):
    visit = scan(house)
    join(house, visit.fan_id)

    given = wei.act("sample", visit.id).get_data(as_text=True)
    after_giving = samples_left(house)
    undo = re.search(r'action="(/guide/visits/\d+/sample/\d+/undo)"', given)[1]
    wei.post(undo)

    assert "给出一份小样，库存减 1" in given
    assert (after_giving, samples_left(house)) == (17, 18)
    assert visit_of(house, visit.id).sample_at is None
    assert wei.board()["people"][0]["sample_waiting"] is True


def test_an_act_replayed_with_its_key_is_done_once(house, wei):
    visit = scan(house)
    join(house, visit.fan_id)

    answers = [wei.act("sample", visit.id, "one-and-the-same") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert samples_left(house) == 17


def test_with_another_key_there_is_no_second_sample(house, wei):
    visit = scan(house)
    join(house, visit.fan_id)
    wei.act("sample", visit.id, "the-first-key")

    answer = wei.act("sample", visit.id, "the-second-key")

    assert answer.status_code == 409
    assert samples_left(house) == 17


def test_an_empty_shelf_is_said_and_the_sample_stays_hers(house, wei):
    visit = scan(house)
    join(house, visit.fan_id)
    with db.transaction(house.brand.id):
        session.scalars(
            select(StoreSample).filter_by(store_id=house.jingan.id)
        ).one().left_count = 0

    answer = wei.act("sample", visit.id)

    assert answer.status_code == 409
    assert "本店的小样发完了" in answer.get_data(as_text=True)
    assert visit_of(house, visit.id).sample_at is None


def test_somebody_who_is_no_member_has_no_sample(house, wei):
    answer = wei.act("sample", scan(house).id)

    assert answer.status_code == 409
    assert "她没有待领的小样" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("verb", "outcome"), [("bought", "bought"), ("served", "served"), ("not-today", "not_today")]
)
def test_a_visit_ends_with_its_outcome(house, wei, verb, outcome):
    visit = scan(house)

    wei.act(verb, visit.id)

    ended = visit_of(house, visit.id)
    assert (ended.state, ended.outcome) == ("done", outcome)


def test_a_greeting_is_written_down_and_shown(house, wei):
    visit = scan(house)
    wei.act("claim", visit.id, "key-of-claim")

    page = wei.act("greet", visit.id, "key-of-greet").get_data(as_text=True)

    assert visit_of(house, visit.id).greeted_at <= clock.now()
    assert "打过招呼" in page


def test_an_act_without_the_forms_token_is_refused(house, wei):
    visit = scan(house)

    answer = wei.client.post(f"/guide/visits/{visit.id}/claim", data={"key": "a-key-of-the-page"})

    assert answer.status_code == 400
    assert visit_of(house, visit.id).state == "waiting"


@pytest.mark.parametrize("key", ["", "short", "x" * 41])
def test_an_act_needs_a_key_of_the_page(house, wei, key):
    visit = scan(house)

    answer = wei.act("claim", visit.id, key)

    assert answer.status_code == 422
    assert visit_of(house, visit.id).state == "waiting"


def test_an_unknown_act_is_not_found(house, wei):
    assert wei.act("marry", scan(house).id).status_code == 404


def test_a_plain_form_goes_back_to_where_it_came_from(house, wei):
    visit = scan(house)
    member = join(house, visit.fan_id)
    fields = {"csrf_token": wei.csrf, "key": "a-key-of-the-page"}

    inside = wei.client.post(
        f"/guide/visits/{visit.id}/claim", data=fields | {"back": f"/guide/members/{member.id}"}
    )
    outside = wei.client.post(
        f"/guide/visits/{visit.id}/release", data=fields | {"back": "https://elsewhere.example/"}
    )

    assert (inside.status_code, inside.location) == (303, f"/guide/members/{member.id}")
    assert outside.location == "/guide/board"
