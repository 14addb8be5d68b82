"""Ways to say no: a word to the account, leaving it; and what the brand makes of leaving."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.core.errors import BadInput
from app.members import queries
from app.members.models import Consent, ConsentChannel, Erasure, ErasureState, Purpose
from app.members.service import promises
from app.members.service.promises import Leaving, Promises
from app.wechat import stopping
from tests import factories
from tests.journeys.test_what_wechat_tells import AT, brand, tell
from tests.wechat import letters
from tests.wechat.test_replies import opened

__all__ = ["brand", "tell"]


@pytest.fixture
def lin(brand):
    """A member who follows the service account and takes marketing."""
    fan = factories.make_fan(brand.id, brand.service.id, "o-lin")
    member = factories.make_member(brand.id, fan.id)
    with db.transaction(brand.id):
        assert queries.has_consent(member.id, Purpose.MARKETING)
    return member


def said(words: str) -> str:
    return letters.text_message(words)


def choose(brand, **given) -> None:
    with db.transaction(brand.id):
        promises.change(Promises(**given), by="mei")


def takes_marketing(brand, member) -> bool:
    with db.transaction(brand.id):
        return queries.has_consent(member.id, Purpose.MARKETING)


@pytest.mark.parametrize("words", ["TD", "td", " ＴＤ ", "退订", "退订。", "取消订阅"])
def test_these_words_end_marketing(words):
    assert stopping.is_meant(words)


@pytest.mark.parametrize(
    "words", ["", "退订单里的一件", "TD 是什么", "怎么退订优惠券短信呢请问一下"]
)
def test_a_question_about_it_is_no_such_word(words):
    assert not stopping.is_meant(words)


def test_td_to_the_account_ends_marketing_at_once_and_is_answered(client, brand, lin, tell):
    answer = letters.push(client, brand.service, said("TD"))

    assert "停发营销消息" in opened(answer, brand.service)["Content"]
    tell()
    assert not takes_marketing(brand, lin)
    with db.transaction(brand.id):
        rows = select(Consent.door, Consent.channel).where(~Consent.is_given)
        assert session.execute(rows).all() == [("message", ConsentChannel.ALL)]


def test_an_ordinary_message_ends_nothing(brand, lin, tell):
    tell(said("你们几点关门"))

    assert takes_marketing(brand, lin)


def test_a_fan_who_is_no_member_says_td(client, brand, tell):
    fan = factories.make_fan(brand.id, brand.service.id, "o-lin")

    letters.push(client, brand.service, said("TD"))
    tell()

    with db.transaction(brand.id):
        assert queries.has_refused(queries.fan(fan.id))


def test_leaving_the_account_ends_marketing_unless_the_brand_says_otherwise(brand, lin, tell):
    tell(letters.event("unsubscribe", "o-lin", at=AT + 10**7))

    assert not takes_marketing(brand, lin)


def test_a_brand_may_keep_her_as_she_is(brand, lin, tell):
    choose(brand, on_leaving=Leaving.KEEP)

    tell(letters.event("unsubscribe", "o-lin", at=AT + 10**7))

    assert takes_marketing(brand, lin)


def test_a_brand_may_forget_her_and_following_again_in_time_takes_it_back(brand, lin, tell):
    choose(brand, on_leaving=Leaving.ERASE, cooling_off_days=7)

    tell(letters.event("unsubscribe", "o-lin", at=AT + 10**7))
    with db.transaction(brand.id):
        asked = session.scalars(select(Erasure)).one()
        assert (asked.member_id, asked.door, asked.state) == (lin.id, "unfollow", "asked")
        assert round((asked.due_at - asked.asked_at) / timedelta(days=1)) == 7

    tell(letters.event("subscribe", "o-lin", at=AT + 10**7 + 60, EventKey=""))
    with db.transaction(brand.id):
        assert session.scalars(select(Erasure.state)).one() == ErasureState.TAKEN_BACK


def test_an_old_leave_that_comes_late_means_nothing(brand, lin, tell):
    tell(letters.event("unsubscribe", "o-lin", at=AT - 10**8))

    assert takes_marketing(brand, lin)


def test_the_cooling_off_cannot_be_longer_than_the_law_allows(brand):
    with pytest.raises(BadInput):
        choose(brand, cooling_off_days=60)
