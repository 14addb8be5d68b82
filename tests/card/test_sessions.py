"""Signing in with WeChat's login code."""

from datetime import timedelta

from sqlalchemy import func, select

from app.core import clock, db
from app.core.db import session
from app.members import service as members
from app.members.models import Fan, FanSession


def test_a_login_code_opens_a_session_and_makes_one_fan(make_shopper, house):
    lin = make_shopper()

    lin.sign_in()
    lin.sign_in()

    with db.transaction(house.brand.id):
        assert session.scalar(select(func.count()).select_from(Fan)) == 1


def test_only_the_hash_of_a_token_is_stored(lin):
    token = lin.headers["Authorization"].removeprefix("Bearer ")
    with db.transaction():
        (stored,) = session.scalars(select(FanSession.token_hash))
    assert token not in stored


def test_the_mini_program_knows_the_fan_of_the_service_account(make_shopper, house):
    lin = make_shopper()
    with db.transaction(house.brand.id):
        service = house.brand.service
        openid, unionid = lin.person["openids"][service.appid], lin.person["unionid"]
        members.follow(service.id, openid, clock.now(), unionid)

    lin.sign_in().join()

    with db.transaction(house.brand.id):
        assert len(set(session.scalars(select(Fan.member_id)))) == 1


def test_a_login_code_used_twice_is_refused(make_shopper):
    lin = make_shopper()
    body = {"appid": lin.appid, "code": lin.login_code()}

    lin.client.post("/api/v1/session", json=body)
    again = lin.client.post("/api/v1/session", json=body)

    assert again.status_code == 400
    assert again.json["type"] == "/problems/login_code_refused"


def test_an_unknown_mini_program_is_refused(make_shopper):
    lin = make_shopper()
    body = {"appid": "wx-somebody-else", "code": lin.login_code()}
    answer = lin.client.post("/api/v1/session", json=body)
    assert answer.status_code == 404
    assert answer.json["type"] == "/problems/unknown_mini_program"


def test_without_a_session_nothing_is_shown(client, house):
    for path in ("/card", "/coupons", "/welcome"):
        answer = client.get(f"/api/v1{path}")
        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"


def test_an_old_session_ends(lin):
    clock.move(timedelta(days=8))
    assert lin.get("/card").status_code == 401


def test_wechat_without_an_answer_is_told_as_such(make_shopper):
    lin = make_shopper()
    code = lin.login_code()
    lin.box.fault("/sns/jscode2session", "garbage", times=5)

    answer = lin.client.post("/api/v1/session", json={"appid": lin.appid, "code": code})

    assert answer.status_code == 503
    assert answer.json["type"] == "/problems/wechat_silent"
