"""She has no WeChat phone code: a code by SMS proves her number, on the card and on a web page."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import sms
from app.core import clock, db
from app.core.db import session
from app.core.settings import SmsProvider, SmsSettings
from app.members import queries
from app.members.models import Consent, ConsentChannel, Member, Purpose, SmsCode
from sandbox.identity import synthetic_phone
from tests import factories
from tests.card.conftest import AGREEMENT, Shopper


def phone_of(shopper: Shopper) -> str:
    """A number that only this person has: the sandbox makes it of her key."""
    return synthetic_phone(shopper.person["nickname"].lower())


def codes_of(shopper: Shopper) -> list[str]:
    told = shopper.box.admin("GET", f"/people/{shopper.person['person_id']}/sms")
    return [message["code"] for message in told["messages"]]


def ask(shopper: Shopper, phone: str | None = None):
    body = {"phone": phone or phone_of(shopper)}
    return shopper.client.post("/api/v1/join/sms", json=body, headers=shopper.headers)


def confirm(shopper: Shopper, code: str, *, key: str | None = None, phone: str | None = None):
    wish = {"phone": phone or phone_of(shopper), "code": code, "agreed": True, "marketing": False}
    headers = {**shopper.headers, "Idempotency-Key": key or uuid4().hex}
    body = wish | {"agreement": AGREEMENT}
    return shopper.client.post("/api/v1/join/sms/confirm", json=body, headers=headers)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def members_of(house) -> list[Member]:
    with db.transaction(house.brand.id):
        return list(session.scalars(select(Member)))


def test_the_code_from_the_message_opens_her_card(lin, house):
    assert ask(lin).json == {"resend_seconds": 60, "valid_seconds": 600}

    answer = confirm(lin, codes_of(lin)[-1])

    assert (answer.status_code, answer.json["returning"]) == (200, False)
    (member,) = members_of(house)
    with db.transaction(house.brand.id):
        assert {each.kind for each in queries.identities_of(member.id)} >= {"phone", "openid"}


def test_a_known_phone_and_a_new_one_hear_the_same(lin, make_shopper, house):
    lin.join()
    clock.move(timedelta(minutes=2))

    known, new = ask(lin), ask(lin, phone_of_nobody())

    assert known.status_code == new.status_code == 202
    assert known.json == new.json


def phone_of_nobody() -> str:
    return "13900001111"


def test_a_retry_under_the_same_key_hears_the_same_and_does_nothing(lin, house):
    ask(lin)
    code, key = codes_of(lin)[-1], uuid4().hex

    answers = [confirm(lin, code, key=key) for _ in range(2)]

    assert answers[0].json == answers[1].json
    assert len(members_of(house)) == 1


def test_a_code_is_used_once(lin, make_shopper, house):
    ask(lin)
    code = codes_of(lin)[-1]
    assert confirm(lin, code).status_code == 200

    again = confirm(make_shopper("bo").sign_in(), code, phone=phone_of(lin))

    assert (again.status_code, again.json["type"]) == (422, "/problems/wrong_sms_code")


def test_wrong_old_and_unknown_codes_hear_the_same(lin, house):
    ask(lin)
    code = codes_of(lin)[-1]
    answers = [confirm(lin, wrong(code)), confirm(lin, "000000", phone=phone_of_nobody())]
    clock.move(timedelta(minutes=10, seconds=1))
    answers.append(confirm(lin, code))

    told = [answer.json | {"request_id": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [422] * 3
    assert told[0] == told[1] == told[2]


def test_after_five_wrong_ones_the_right_one_is_wrong_too(lin, house):
    ask(lin)
    code = codes_of(lin)[-1]

    for _ in range(5):
        assert confirm(lin, wrong(code)).status_code == 422

    assert confirm(lin, code).status_code == 422
    assert members_of(house) == []


def test_a_hundred_wrong_codes_end_in_when_to_come_back(lin, house):
    ask(lin)
    code = codes_of(lin)[-1]

    answers = [confirm(lin, wrong(code)) for _ in range(100)]

    assert {answer.status_code for answer in answers[10:]} == {429}
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600


def test_a_phone_gets_one_message_a_minute_and_five_an_hour(lin, house):
    assert ask(lin).status_code == 202
    soon = ask(lin)
    assert (soon.status_code, soon.json["type"]) == (429, "/problems/code_too_soon")
    assert 0 < int(soon.headers["Retry-After"]) <= 60

    for minute in range(1, 5):
        clock.move(timedelta(minutes=2 * minute))
        assert ask(lin).status_code == 202
    clock.move(timedelta(minutes=12))

    assert ask(lin).status_code == 429
    assert len(codes_of(lin)) == 5


@pytest.mark.parametrize(
    "phone", ["12345", "+14155550123", "01065551234", "x" * 24, "1380000\x00567"]
)
def test_what_is_no_mobile_number_gets_no_message(lin, phone):
    assert ask(lin, phone).status_code == 422


def test_nothing_of_a_code_or_a_phone_lies_in_the_table(lin, house):
    ask(lin)
    code = codes_of(lin)[-1]

    with db.transaction(house.brand.id):
        row = session.scalars(select(SmsCode)).one()
        kept = f"{row.phone_index} {row.code_hash}"
    assert code not in kept
    assert phone_of(lin) not in kept


def test_without_a_service_she_is_told_what_else_to_do(lin, house, settings):
    sms.configure(SmsSettings(SmsProvider.OFF))
    try:
        answer = ask(lin)
    finally:
        sms.configure(settings.sms)

    assert (answer.status_code, answer.json["type"]) == (503, "/problems/sms_off")


# The page that needs neither WeChat nor JavaScript.


def token(page: str) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


@pytest.fixture
def page(client, house, box, make_shopper):
    """Lin's browser outside of WeChat, on the brand's page."""

    class Page:
        lin = make_shopper()

        def __init__(self) -> None:
            self.text = client.get("/h5/hemuji/join").text

        def send(self, path: str = "", **given: str):
            form = {"csrf_token": token(self.text), "phone": phone_of(self.lin)}
            form |= {"agreement": AGREEMENT, **given}
            return client.post(f"/h5/hemuji/join{path}", data=form)

    return Page()


def test_the_page_shows_what_she_agrees_to(page):
    assert "会员协议" in page.text
    assert AGREEMENT in page.text
    assert "<script" not in page.text


def test_she_joins_on_the_page_and_marketing_is_by_sms(page, house):
    assert "验证码发出了" in page.send("/code").text

    answer = page.send(code=codes_of(page.lin)[-1], agreed="yes", marketing="yes")

    assert (answer.status_code, "入会成功" in answer.text) == (200, True)
    (member,) = members_of(house)
    with db.transaction(house.brand.id):
        given = select(Consent).filter_by(purpose=Purpose.MARKETING, is_given=True)
        (consent,) = session.scalars(given).all()
    assert (consent.member_id, consent.channel) == (member.id, ConsentChannel.SMS)
    assert consent.door == "h5"


def test_what_she_typed_stays_in_the_form_when_the_code_is_wrong(page):
    page.send("/code")

    answer = page.send(code=wrong(codes_of(page.lin)[-1]), agreed="yes")

    assert answer.status_code == 422
    assert "验证码不对" in answer.text
    assert f'value="{phone_of(page.lin)}"' in answer.text


def test_without_the_tick_there_is_no_card(page, house):
    page.send("/code")

    answer = page.send(code=codes_of(page.lin)[-1])

    assert (answer.status_code, "勾选会员协议" in answer.text) == (422, True)
    assert members_of(house) == []


def test_a_members_consents_do_not_change_by_whoever_has_her_number_now(page, house):
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    factories.make_member(house.brand.id, fan.id, phone_of(page.lin), marketing=False)
    page.send("/code")

    answer = page.send(code=codes_of(page.lin)[-1], agreed="yes", marketing="yes")

    assert "您已经是会员了" in answer.text
    with db.transaction(house.brand.id):
        given = select(Consent).filter_by(purpose=Purpose.MARKETING, is_given=True)
        assert session.scalars(given).all() == []


def test_a_form_from_elsewhere_sends_nothing(client, house, box, make_shopper):
    lin = make_shopper()

    answer = client.post("/h5/hemuji/join/code", data={"phone": phone_of(lin)})

    assert answer.status_code == 400
    assert codes_of(lin) == []


@pytest.mark.parametrize("slug", ["nobody", "%00", "a" * 64, "甲"])
def test_a_brand_that_is_not_there_has_no_page(client, house, slug):
    assert client.get(f"/h5/{slug}/join").status_code == 404


def test_the_page_wears_the_brands_colour(client, house):
    answer = client.get("/h5/hemuji/colours.css")

    assert answer.content_type.startswith("text/css")
    assert "#7f3344" in answer.text
