"""The board: who is here, of her own store only, masked, adding up, live."""

from __future__ import annotations

import re
from datetime import timedelta

from app.core import clock
from tests.guides.conftest import count_queries, join, scan


def test_a_new_friend_is_on_the_board_of_the_store_where_she_scanned(house, wei):
    scan(house)

    board = wei.board()

    assert board["store"] == {"id": house.jingan.id, "name": "静安寺店"}
    assert [person["status"] for person in board["people"]] == ["followed"]
    assert board["people"][0]["phone_masked"] is None
    assert "刚关注，还不是会员" in wei.page()


def test_a_member_is_shown_with_her_benefits_and_a_masked_phone(house, wei):
    join(house, scan(house).fan_id, name="周女士")

    person = wei.board()["people"][0]

    assert person["status"] == "joined"
    assert person["shown_name"] == "周女士"
    assert person["phone_masked"] == "138****5678"
    assert (person["tier"], person["coupons"], person["sample_waiting"]) == ("青禾", 1, True)
    page = wei.page()
    assert "¥20，满 99 可用" in page
    assert "修护精华 5ml 小样 待领" in page
    assert "库存 18" in page
    assert "13800005678" not in page


def test_a_guide_elsewhere_does_not_see_her(house, bo):
    scan(house)

    assert bo.board()["people"] == []
    assert "今天还没有人扫码" in bo.page()


def test_a_store_of_others_answers_as_one_that_does_not_exist(house, wei):
    foreign = wei.get(f"/guide/board.json?store={house.hubin.id}")
    missing = wei.get("/guide/board.json?store=999999")

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert _without_number(foreign) == _without_number(missing)


def test_a_member_of_others_answers_as_one_that_does_not_exist(house, bo):
    member = join(house, scan(house).fan_id)

    foreign = bo.get(f"/guide/members/{member.id}")
    missing = bo.get("/guide/members/999999")

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert _without_number(foreign) == _without_number(missing)


def test_a_visit_of_others_cannot_be_claimed(house, bo):
    visit = scan(house)

    foreign = bo.act("claim", visit.id)
    missing = bo.act("claim", 999999)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.get_data() == missing.get_data()


def test_waiting_serving_and_done_add_up_to_the_scans(house, wei):
    visits = [scan(house, f"o-{number}") for number in range(4)]
    wei.act("claim", visits[0].id, "key-claim-1")
    wei.act("bought", visits[1].id, "key-bought-2")

    counts = wei.board()["counts"]

    assert counts["scans"] == counts["waiting"] + counts["serving"] + counts["done"] == 4
    assert (counts["waiting"], counts["serving"], counts["done"], counts["deals"]) == (2, 1, 1, 1)


def test_a_claim_that_ran_out_lets_her_wait_again(house, wei):
    is_late = clock.local(clock.now()).hour == 23  # the day, and with it the board, would end
    clock.move(start := timedelta(hours=is_late))
    visit = scan(house)
    wei.act("claim", visit.id)
    clock.move(start + timedelta(minutes=11))

    board = wei.board()

    assert board["people"][0]["state"] == "waiting"
    assert board["counts"]["waiting"] == 1


def test_after_a_seq_only_what_changed_since_is_sent(house, wei):
    first = scan(house, "o-first")
    seen = wei.board()["seq"]
    second = scan(house, "o-second")

    changed = wei.board(after=seen)

    assert [person["visit_id"] for person in changed["people"]] == [second.id]
    assert first.seq <= seen < changed["seq"]


def test_a_board_without_news_answers_nothing(house, wei):
    scan(house)
    seq, day = wei.board()["seq"], clock.local(clock.now()).date()

    quiet = wei.get(f"/guide/board?after={seq}&day={day}")
    scan(house, "o-next")
    loud = wei.get(f"/guide/board?after={seq}&day={day}")

    assert (quiet.status_code, quiet.get_data()) == (204, b"")
    assert loud.status_code == 200
    assert loud.get_data(as_text=True).count("<article") == 1


def test_a_board_of_yesterday_is_told_to_begin_anew(house, wei):
    answer = wei.get("/guide/board?after=0&day=2020-01-01")

    assert answer.headers["HX-Refresh"] == "true"


def test_yesterdays_scans_are_not_on_todays_board(house, wei):
    scan(house, at=clock.now() - timedelta(days=1, hours=1))

    assert wei.board()["counts"]["scans"] == 0


def test_a_board_takes_as_many_queries_long_as_short(house, wei):
    join(house, scan(house, "o-0").fan_id)
    short = count_queries(wei.page)
    for number in range(1, 12):
        join(house, scan(house, f"o-{number}").fan_id, f"1380000{number:04d}")

    long = count_queries(wei.page)

    assert 10 < short == long


def _without_number(answer) -> str:
    """The page without what is new in every answer: its number and the form's token."""
    text = answer.get_data(as_text=True).replace(answer.headers["X-Request-Id"], "")
    return re.sub(r'X-CSRFToken": "[^"]+"', "", text)
