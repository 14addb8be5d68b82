"""偏好与授权: what she agreed to, what is kept about her, and leaving, all by herself."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import audit, clock, db
from app.core.db import session
from app.journeys.privacy import erasing, links
from app.members import queries
from app.members.models import Consent, ConsentChannel, Fan, Member, Purpose
from app.members.service import ages, consents


@pytest.fixture
def member(lin, house) -> Member:
    """Lin has joined, without the tick for marketing."""
    assert lin.join().status_code == 200
    with db.transaction(house.brand.id):
        return session.scalars(select(Member)).one()


def send(lin, method: str, path: str, body: dict | None = None):
    return lin.client.open(f"/api/v1{path}", method=method, json=body, headers=lin.headers)


def switch(lin, channel: str, *, is_given: bool, purpose: str = "marketing"):
    body = {"purpose": purpose, "channel": channel, "is_given": is_given}
    return send(lin, "PUT", "/me/consents", body)


def is_on(answer, channel: str, purpose: str = "marketing") -> bool:
    found = {(one["purpose"], one["channel"]): one["is_given"] for one in answer.json["switches"]}
    return found[purpose, channel]


def test_each_channel_is_given_and_taken_back_by_itself(lin, member, house):
    assert not is_on(lin.get("/me/privacy"), "sms")

    assert is_on(switch(lin, "sms", is_given=True), "sms")
    assert not is_on(lin.get("/me/privacy"), "call")
    assert not is_on(switch(lin, "sms", is_given=False), "sms")

    with db.transaction(house.brand.id):
        hers = select(Consent.is_given, Consent.door, Consent.text_version)
        rows = session.execute(hers.where(Consent.channel == "sms").order_by(Consent.id)).all()
        assert rows == [(True, "card", "2026-11"), (False, "card", "2026-11")]


def test_membership_and_phone_are_not_switched_here(lin, member):
    assert switch(lin, "all", is_given=False, purpose="membership").status_code == 409
    assert switch(lin, "fax", is_given=False).status_code == 422


def test_a_child_cannot_be_ticked_for_marketing(lin, member, house):
    with db.transaction(house.brand.id):
        db.get(Member, member.id).born_on = ages.born_by(clock.now()) + timedelta(days=1)

    assert switch(lin, "wechat", is_given=True).json["type"] == "/problems/too_young"
    assert switch(lin, "wechat", is_given=False).status_code == 200


def test_a_published_text_is_what_the_next_consent_names(lin, member, house):
    with db.transaction(house.brand.id):
        consents.publish_text(Purpose.MARKETING, "2027-01", "新的说法", by="mei")

    answer = switch(lin, "mail", is_given=True)

    assert answer.json["texts"]["marketing"] == "新的说法"
    with db.transaction(house.brand.id):
        word = queries.last_word(member.id, Purpose.MARKETING, ConsentChannel.MAIL)
        assert word.text_version == "2027-01"
        with pytest.raises(consents.KnownVersion):
            consents.publish_text(Purpose.MARKETING, "2027-01", "又一个", by="mei")


def test_she_corrects_her_name_and_birthday(lin, member, house):
    answer = send(lin, "PUT", "/me/profile", {"name": "林一", "born_on": "1990-02-28"})

    assert (answer.json["name"], answer.json["born_on"]) == ("林一", "1990-02-28")
    assert send(lin, "PUT", "/me/profile", {"born_on": "2190-01-01"}).status_code == 422
    with db.transaction(house.brand.id):
        row = session.scalars(select(audit.AuditRow).filter_by(act="member.corrected")).one()
        assert row.detail == {"fields": ["name", "born_on"]}


def test_her_copy_holds_what_we_know_in_two_forms(lin, member, house):
    data = lin.get("/me/data").json
    link = send(lin, "POST", "/me/data-link").json["url"]
    path = link[link.index("/p/") :]

    assert data["tables"]["members"]["rows"][0]["number"] == member.number
    assert {"consents", "fans", "events"} <= set(data["tables"])
    page = lin.client.get(path)
    assert "会员资料" in page.text
    assert member.number in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert lin.client.get(f"{path}.json").json["format"] == "huike.person.1"
    with db.transaction(house.brand.id):
        acts = list(session.scalars(select(audit.AuditRow.act).filter_by(act="member.exported")))
        assert len(acts) == 3


def test_the_link_to_her_copy_is_hers_alone_and_ends(lin, member):
    link = send(lin, "POST", "/me/data-link").json["url"]
    path = link[link.index("/p/") :]

    assert lin.client.get(f"{path[:-4]}AAAA").status_code == 404
    with pytest.raises(links.NoLink):
        links.read_copy("another secret", path.rsplit("/", 1)[1])


def test_leaving_waits_for_the_cooling_off_and_may_be_taken_back(lin, member, house):
    asked = send(lin, "POST", "/me/erasure").json["erasure"]
    assert re.fullmatch(r"[0-9A-Z]{12}", asked["receipt"])
    assert send(lin, "DELETE", "/me/erasure").json["erasure"] is None
    assert send(lin, "DELETE", "/me/erasure").status_code == 409

    send(lin, "POST", "/me/erasure")
    clock.move(timedelta(days=7, minutes=1))
    assert erasing.work() == 1

    assert lin.get("/me").status_code == 401  # her session went with her
    with db.transaction(house.brand.id):
        assert db.get(Member, member.id).erased_at is not None
        assert session.scalars(select(Fan)).one().member_id is None


@pytest.fixture
def mail_link(lin, member, house, built_app) -> str:
    """The link in a mail to Lin, who takes mails."""
    switch(lin, "mail", is_given=True)
    settings = built_app.config["HUIKE"]
    holder = links.Holder(house.brand.id, member.id)
    headers = links.mail_headers(settings.public_url, settings.secret_key, holder)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = headers["List-Unsubscribe"].strip("<>")
    return url[url.index("/p/") :]


def test_one_click_in_a_mail_program_ends_mails_and_following_the_link_ends_nothing(lin, mail_link):
    assert "点一下就停" in lin.client.get(mail_link).text
    assert is_on(lin.get("/me/privacy"), "mail")

    answer = lin.client.post(mail_link, data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert not is_on(lin.get("/me/privacy"), "mail")
    assert "已退订" in lin.client.get(mail_link).text


def test_a_forged_link_ends_nothing(lin, mail_link):
    answer = lin.client.post(f"{mail_link[:-6]}AAAAAA")

    assert answer.status_code == 404
    assert is_on(lin.get("/me/privacy"), "mail")
