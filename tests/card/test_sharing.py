"""A member shares her card: a friend who joins by it earns her points, once, so many a day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock, db
from app.core.db import session
from app.journeys import jobs
from app.members.models import Fan, ShareFriend
from app.points import queries
from app.points import service as points
from app.points.earning import books
from app.points.earning.rules import Act, Rule, RuleKind

GIVEN, A_DAY = 20, 2
AT_ONCE = 64


@pytest.fixture
def lin(own_database, make_shopper, house):
    """A member at a brand that thanks for friends, two a day at most."""
    shopper = make_shopper().sign_in()
    shopper.join()
    with db.transaction(house.brand.id):
        rule = Rule(RuleKind.ACT, points=GIVEN, act=Act.SHARED, per_day=A_DAY)
        books.publish([rule], starts_at=None, actor="mei")
    jobs.work()
    return shopper


def send(shopper, path: str, body: dict | None = None):
    return shopper.client.post(f"/api/v1{path}", json=body, headers=shopper.headers)


def token_of(shopper) -> str:
    return send(shopper, "/shares").json["token"]


def opens(friend, token: str) -> bool:
    return send(friend, "/shares/opened", {"token": token}).json["is_new"]


def balance(house, shopper) -> int:
    jobs.work()
    return shopper.get("/points").json["shown"]


def member_of(house, shopper) -> int:
    with db.transaction(house.brand.id):
        openid_fans = select(Fan.member_id).where(Fan.member_id.is_not(None)).order_by(Fan.id)
        return session.scalars(openid_fans).first()


def test_a_friend_who_joins_earns_her_points_once(lin, make_shopper, house):
    token, bo = token_of(lin), make_shopper("hua").sign_in()

    assert (opens(bo, token), opens(bo, token.lower())) == (True, False)
    assert balance(house, lin) == 0  # a look is not a friend yet

    bo.join()
    assert balance(house, lin) == GIVEN
    assert lin.get("/points").json["lines"][0]["words"] == "朋友从分享入会"
    bo.join()
    assert balance(house, lin) == GIVEN


def test_a_day_has_its_limit_and_tomorrow_is_another(lin, make_shopper, house):
    token = token_of(lin)
    for name in ("an", "bei", "cai"):
        friend = make_shopper(name).sign_in()
        opens(friend, token)
        friend.join()
    assert balance(house, lin) == GIVEN * A_DAY

    clock.move(timedelta(days=1))
    late = make_shopper("dan").sign_in()
    opens(late, token)
    late.join()
    assert balance(house, lin) == GIVEN * (A_DAY + 1)


def test_the_first_link_counts_and_a_member_is_nobodys_friend(lin, make_shopper, house):
    hua = make_shopper("hua").sign_in()
    hua.join()

    assert not opens(hua, token_of(lin))
    assert not opens(lin, token_of(lin))
    assert not opens(lin, "2222333344445555")

    friend = make_shopper("an").sign_in()
    assert opens(friend, token_of(lin))
    assert not opens(friend, token_of(hua))
    friend.join()
    assert (balance(house, lin), balance(house, hua)) == (GIVEN, 0)


def test_her_link_says_nothing_of_her_and_stays_the_same(lin):
    first, again = (send(lin, "/shares").json for _ in range(2))

    assert first == again
    assert first["path"] == f"/pages/index/index?share={first['token']}"
    assert len(first["token"]) == 16


def test_who_is_no_member_has_nothing_to_share(lin, make_shopper):
    assert send(make_shopper("hua").sign_in(), "/shares").status_code == 404


def test_sixty_four_openings_at_once_are_one_friend(built_app, lin, make_shopper, house):
    token, friend = token_of(lin), make_shopper("hua").sign_in()

    def one(_: int) -> bool:
        client = built_app.test_client()
        body = {"token": token}
        answer = client.post("/api/v1/shares/opened", json=body, headers=friend.headers)
        return answer.json["is_new"]

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(one, range(AT_ONCE))) == 1
    with db.transaction(house.brand.id):
        assert session.scalar(select(func.count()).select_from(ShareFriend)) == 1


def at_once(built_app, house, member_id: int, act) -> int:
    def one(number: int) -> None:
        with built_app.app_context(), db.transaction(house.brand.id):
            act(number)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(AT_ONCE)))
    with db.transaction(house.brand.id):
        return queries.balance(member_id)


def test_sixty_four_friends_at_once_keep_to_the_limit_of_the_day(built_app, lin, house):
    member_id = member_of(house, lin)

    def thanked(number: int) -> None:
        points.earn_for_act(member_id, Act.SHARED, of=number)

    assert at_once(built_app, house, member_id, thanked) == GIVEN * A_DAY


def test_without_her_accounts_held_the_limit_would_be_passed(built_app, lin, house):
    """The negative control: whoever does not count under her lock gives to all."""
    member_id = member_of(house, lin)

    def uncounted(number: int) -> None:
        points.earn(member_id, amount=GIVEN, kind="act", reference=f"shared:{number}")

    assert at_once(built_app, house, member_id, uncounted) > GIVEN * A_DAY


@pytest.mark.browser
@pytest.mark.flow
def test_a_shared_card_opens_for_a_friend_and_tells_by_whom(built_app, open_phone, house):
    phone = open_phone()
    phone.join()
    path = "getCurrentPages()[0].onShareAppMessage().path"
    phone.page.wait_for_function(f"{path}.includes('share=')")
    token = phone.page.evaluate(path).partition("share=")[2]
    friend = open_phone(person="hua", phone="13900002222", share=token)
    friend.join()
    jobs.work()

    with db.transaction(house.brand.id):
        (came,) = session.scalars(select(ShareFriend)).all()
        friend_id, sharer_id = session.get_one(Fan, (house.brand.id, came.fan_id)), came.member_id
    assert friend_id.member_id not in (None, sharer_id)
