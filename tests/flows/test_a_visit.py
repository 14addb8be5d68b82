"""One visit from end to end, as the shopper, WeChat and the guide see it."""

import pytest
from sqlalchemy import func, select

from app.core import db
from app.core.db import session
from app.core.inbox import InboxMessage
from app.journeys.models import Welcome
from app.members import service as members
from app.members.models import Fan, Member, Tag
from app.wechat import callbacks, replies
from app.wechat.models import ReplyKind, Trigger
from tests.flows.conftest import Shop

pytestmark = pytest.mark.flow


def test_a_scan_puts_her_on_the_board_of_this_store_and_no_other(shop: Shop) -> None:
    lin = shop.meet("lin")

    shop.scan(lin, shop.house.jingan)

    (row,) = shop.phone_of("wei").board()["people"]
    assert row["status"] == "followed"
    assert row["phone_masked"] is None
    assert shop.phone_of("bo").board()["people"] == []


def test_source_and_store_become_tags(shop: Shop) -> None:
    shop.scan(shop.meet("lin"), shop.house.jingan)

    with db.transaction(shop.house.brand.id):
        names = session.execute(select(Tag.group, Tag.name)).all()
    assert {tuple(row) for row in names} == {("来源", "门店扫码"), ("门店", "静安寺店")}


def test_the_welcome_reaches_her_once_however_often_wechat_resends(shop: Shop) -> None:
    lin = shop.meet("lin")
    shop.wechat.fault("callback", "resend", times=2)

    shop.scan(lin, shop.house.jingan)
    shop.scan(lin, shop.house.jingan)

    (welcome,) = shop.messages(lin)
    assert welcome["via"] == "custom"
    assert "¥20 券" in welcome["content"]["content"]
    with db.system_transaction():
        assert session.scalar(select(func.count()).select_from(InboxMessage)) == 2


def test_a_follow_that_was_answered_at_once_gets_no_second_welcome(shop: Shop) -> None:
    account, lin = shop.house.brand.service, shop.meet("lin")
    with db.transaction(shop.house.brand.id):
        replies.add(account.id, Trigger.FOLLOWED, ReplyKind.TEXT, {"text": "欢迎来到禾木集"})
    callbacks.forget_doors()
    shop.wechat.fault("callback", "resend", times=1)

    shop.scan(lin, shop.house.jingan)

    said = [(message["via"], message["content"]["content"]) for message in shop.messages(lin)]
    assert set(said) == {("reply", "欢迎来到禾木集")}
    with db.transaction(shop.house.brand.id):
        assert session.scalars(select(Welcome)).all() == []


def test_a_welcome_whose_answer_was_lost_is_unknown_and_not_sent_again(shop: Shop) -> None:
    lin = shop.meet("lin")
    shop.wechat.fault("/cgi-bin/message/custom/send", "lose_response", times=1)

    shop.scan(lin, shop.house.jingan)
    shop.scan(lin, shop.house.hubin)

    with db.transaction(shop.house.brand.id):
        (state,) = session.scalars(select(Welcome.state)).all()
    assert state == "unknown"
    assert len(shop.messages(lin)) == 1


def test_who_joins_gets_her_gifts_and_the_guide_sees_it(shop: Shop) -> None:
    lin = shop.meet("lin")
    shop.scan(lin, shop.house.jingan)

    answer = shop.join(lin)

    assert answer.status_code == 200, answer.json
    (row,) = shop.phone_of("wei").board()["people"]
    assert row["status"] == "joined"
    assert row["coupons"] == 1
    assert row["sample_waiting"] is True
    assert "****" in row["phone_masked"]


def test_a_member_the_till_knows_is_found_by_the_same_phone(shop: Shop) -> None:
    phone = "13912345678"
    with db.transaction(shop.house.brand.id):
        e164 = members.parse_phone(phone)
        known = Member(
            number="2468",
            phone_index=members.phone_index(e164),
            phone_encrypted=members.seal_phone(e164),
            origin="import",
            joined_on=db.session.scalar(select(func.current_date())),
            created_at=db.session.scalar(select(func.now())),
        )
        session.add(known)
    lin = shop.meet("lin", phone=phone)
    shop.scan(lin, shop.house.jingan)

    answer = shop.join(lin)

    assert answer.json["returning"] is True
    with db.transaction(shop.house.brand.id):
        assert session.scalars(select(Fan.member_id).distinct()).all() == [known.id]
        assert session.scalar(select(func.count()).select_from(Member)) == 1


def test_the_guide_claims_greets_and_hands_out_the_sample(shop: Shop) -> None:
    lin = shop.meet("lin")
    shop.scan(lin, shop.house.jingan)
    shop.join(lin)
    wei = shop.phone_of("wei")
    (row,) = wei.board()["people"]

    for verb in ("claim", "greet", "sample"):
        answer = wei.act(row["visit_id"], verb)
        assert answer.status_code == 200, answer.text

    (row,) = wei.board()["people"]
    assert row["sample_waiting"] is False
    assert row["state"] == "serving"


def test_a_guide_of_another_store_finds_no_such_visit(shop: Shop) -> None:
    lin = shop.meet("lin")
    shop.scan(lin, shop.house.jingan)
    (row,) = shop.phone_of("wei").board()["people"]
    bo = shop.phone_of("bo")

    foreign, missing = bo.act(row["visit_id"], "claim"), bo.act(99_999_999, "claim")

    assert foreign.status_code == missing.status_code == 404


def test_an_old_unfollow_that_comes_late_does_not_undo_a_newer_follow(shop: Shop) -> None:
    lin = shop.meet("lin")
    shop.scan(lin, shop.house.jingan)
    with db.transaction(shop.house.brand.id):
        fan = session.scalars(select(Fan)).one()
        members.unfollow(
            fan.account_id, members.openid_of(fan), fan.follow_changed_at.replace(year=2020)
        )

    with db.transaction(shop.house.brand.id):
        assert session.scalars(select(Fan.is_following)).one() is True
