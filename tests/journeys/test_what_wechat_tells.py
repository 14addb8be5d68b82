"""What WeChat tells about people: who it was, what she answered, what she took back."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from app.core import audit, db
from app.core.db import session
from app.core.events import Event, ReactionState, ReactionWork
from app.journeys import jobs
from app.members import queries, service
from app.members.models import Fan, Member, Purpose, WithdrawalState
from tests import factories
from tests.wechat import letters

AT = 1790000000


@pytest.fixture
def brand(app) -> SimpleNamespace:
    return factories.make_brand()


@pytest.fixture
def tell(client, brand) -> Callable[..., None]:
    """Callbacks arrive at an account, and the worker does what follows."""

    def told(*xml: str, account=None) -> None:
        for one in xml:
            assert letters.push(client, account or brand.service, one).text == "success"
        jobs.work()

    return told


@pytest.fixture
def lin(brand) -> SimpleNamespace:
    """A member by the mini-program."""
    fan = factories.make_fan(brand.id, brand.mini.id, "oMINI-lin")
    return SimpleNamespace(fan=fan, member=factories.make_member(brand.id, fan.id))


def fan_of(brand, openid: str = "o-lin") -> Fan | None:
    with db.transaction(brand.id):
        return factories.fan_named(openid)


def her_events(brand, fan: Fan) -> list[str]:
    with db.transaction(brand.id):
        hers = select(Event.name).filter_by(fan_id=fan.id).order_by(Event.id)
        return list(session.scalars(hers))


def fan_count(brand) -> int:
    with db.transaction(brand.id):
        return session.scalar(select(func.count()).select_from(Fan))


def undone_reactions(brand) -> list[str]:
    with db.transaction(brand.id):
        undone = select(ReactionWork.reaction).where(ReactionWork.state != ReactionState.DONE)
        return list(session.scalars(undone))


# Whose it is


def test_what_a_fan_does_stands_on_her_timeline(tell, brand):
    tell(
        letters.event("subscribe", at=AT),
        letters.event("CLICK", EventKey="menu", at=AT + 1),
        letters.text_message("退货", at=AT + 2),
        letters.event("LOCATION", Latitude="1", Longitude="2", at=AT + 3),
        letters.event("user_view_card", CardId="p1", UserCardCode="9", at=AT + 4),
    )

    assert her_events(brand, fan_of(brand)) == [
        "wechat.subscribed",
        "wechat.menu_clicked",
        "wechat.message_received",
        "wechat.location_reported",
        "wechat.card_viewed",
    ]
    assert undone_reactions(brand) == []


def test_somebody_who_writes_before_her_follow_was_heard_of_is_kept_as_not_following(tell, brand):
    tell(letters.text_message("在吗"))

    assert fan_of(brand).is_following is False


@pytest.mark.parametrize(
    "message",
    [
        letters.event(
            "MASSSENDJOBFINISH", "oHELPER", MsgID=1, Status="send success", TotalCount=1,
            FilterCount=1, SentCount=1, ErrorCount=0,
        ),
        letters.event("user_authorization_revoke", "oPLATFORM", OpenID="o-x", RevokeInfo="8"),
        letters.event("user_authorization_cancellation", "oPLATFORM", OpenID="o-x"),
        letters.event("user_info_modified", "oPLATFORM"),
        letters.event("change_external_contact", "sys", ChangeType="add_external_contact"),
        letters.event("card_sku_remind", "oWECHAT", CardId="p1"),
        letters.event("event_of_next_year", "oSOMEONE"),
    ],
)  # fmt: skip
def test_senders_who_are_no_fans_make_no_fan(tell, brand, message):
    tell(message)

    assert fan_count(brand) == 0
    assert undone_reactions(brand) == []


# Following, leaving, following again


def followed(*, at: int, **extra: object) -> str:
    return letters.event("subscribe", at=at, EventKey="", **extra)


def left(*, at: int) -> str:
    return letters.event("unsubscribe", at=at, EventKey="")


@pytest.mark.parametrize(
    ("messages", "follows"),
    [
        ((followed(at=AT), left(at=AT + 5)), False),
        ((left(at=AT + 5), followed(at=AT)), False),
        ((followed(at=AT), left(at=AT + 5), followed(at=AT + 9)), True),
        ((followed(at=AT + 9), followed(at=AT), left(at=AT + 5)), True),
    ],
    ids=["leaves", "a late follow", "comes back", "all in disorder"],
)
def test_who_follows_is_decided_by_wechats_time_and_not_by_arrival(tell, brand, messages, follows):
    tell(*messages)

    assert fan_of(brand).is_following is follows


@pytest.mark.parametrize(
    ("messages", "follows"),
    [((followed(at=AT), left(at=AT)), False), ((left(at=AT), followed(at=AT)), True)],
    ids=["followed and left", "left and came back"],
)
def test_within_one_second_the_later_arrival_is_believed(tell, brand, messages, follows):
    tell(*messages)

    assert fan_of(brand).is_following is follows


# Subscription messages


def popup(*statuses: str, at: int = AT) -> str:
    rows = [{"TemplateId": "T1", "SubscribeStatusString": status} for status in statuses]
    event = "subscribe_msg_popup_event"
    return letters.event(event, at=at, SubscribeMsgPopupEvent={"List": rows})


def sent(errcode: int, *, at: int) -> str:
    row = {"TemplateId": "T1", "MsgID": at, "ErrorCode": errcode}
    return letters.event("subscribe_msg_sent_event", at=at, SubscribeMsgSentEvent={"List": row})


def switched_off(*, at: int) -> str:
    row = {"TemplateId": "T1", "SubscribeStatusString": "reject"}
    event = "subscribe_msg_change_event"
    return letters.event(event, at=at, SubscribeMsgChangeEvent={"List": row})


@pytest.mark.parametrize(
    ("messages", "left"),
    [
        ([popup("accept")], 1),
        ([popup("accept", "accept")], 2),
        ([popup("reject")], 0),
        ([popup("accept"), popup("reject", at=AT + 1)], 1),
        ([popup("accept", "accept"), sent(0, at=AT + 1)], 1),
        ([popup("accept"), sent(0, at=AT + 1), sent(0, at=AT + 2)], 0),
        ([popup("accept", "accept"), sent(43101, at=AT + 1)], 0),
        ([popup("accept"), sent(20003, at=AT + 1)], 1),
        ([popup("accept"), switched_off(at=AT + 1)], 0),
        ([switched_off(at=AT), popup("accept", at=AT + 1)], 1),
        ([popup("accept", at=AT + 9), switched_off(at=AT)], 1),
    ],
)
def test_the_ledger_says_how_many_messages_she_may_still_get(tell, brand, messages, left):
    tell(*messages)

    with db.transaction(brand.id):
        fan_id = fan_of_open()
        assert queries.subscription_balance(fan_id, "T1") == left


def test_a_subscription_that_is_reacted_to_twice_counts_once(tell, brand):
    tell(popup("accept"))
    with db.transaction(brand.id):
        session.execute(ReactionWork.__table__.update().values(state="due"))

    jobs.work()

    with db.transaction(brand.id):
        assert queries.subscription_balance(fan_of_open(), "T1") == 1


def fan_of_open() -> int:
    return factories.fan_named("o-lin").id


# Taking back


def revoked(code: str, openid: str = "oMINI-lin") -> str:
    return letters.event("user_authorization_revoke", "oPLATFORM", OpenID=openid, RevokeInfo=code)


def test_a_withdrawn_phone_is_erased_at_once_and_she_stays_a_member(tell, brand, lin):
    tell(revoked("8"), account=brand.mini)

    with db.transaction(brand.id):
        member = db.get(Member, lin.member.id)
        kept = (member.phone_encrypted, member.phone_index, member.phone_tail)
        assert kept == (None, None, None)
        assert service.masked_phone(member) == "—"
        assert not queries.has_consent(member.id, Purpose.PHONE)
        assert queries.has_consent(member.id, Purpose.MEMBERSHIP)
        assert db.get(Fan, lin.fan.id).member_id == member.id
        acts = list(session.scalars(select(audit.AuditRow.act)))
        assert acts == ["phone.withdrawn"]


def test_she_may_give_her_phone_again_and_is_the_same_member(tell, brand, lin):
    tell(revoked("8"), account=brand.mini)

    again = factories.make_member(brand.id, lin.fan.id)

    assert again.id == lin.member.id
    assert again.phone_tail == "5678"


def test_a_phone_that_somebody_else_took_meanwhile_is_not_hers_any_more(tell, brand, lin):
    tell(revoked("8"), account=brand.mini)
    other = factories.make_fan(brand.id, brand.mini.id, "oMINI-bo")
    factories.make_member(brand.id, other.id)

    with pytest.raises(service.OtherMember):
        factories.make_member(brand.id, lin.fan.id)


def withdrawals(brand) -> list[tuple]:
    with db.transaction(brand.id):
        return [(row.what, row.state) for row in queries.withdrawals()]


def test_a_closed_account_gets_nothing_more_and_its_erasure_is_due(tell, brand):
    tell(
        followed(at=AT - 9),
        letters.event("user_authorization_cancellation", "oPLATFORM", OpenID="o-lin", at=AT),
    )

    assert fan_of(brand).is_following is False
    assert withdrawals(brand) == [("account", WithdrawalState.ERASURE_DUE)]


def test_a_consent_whose_data_we_never_keep_is_written_down_as_done(tell, brand, lin):
    tell(revoked("201"), account=brand.mini)

    assert withdrawals(brand) == [("address", WithdrawalState.DONE)]


def test_a_withdrawal_that_nobody_explains_waits_for_a_person(tell, brand, lin):
    tell(revoked("99"), account=brand.mini)
    assert withdrawals(brand) == [("not_known", WithdrawalState.FOR_A_PERSON)]

    with db.transaction(brand.id):
        (row,) = queries.withdrawals()
        service.settle_withdrawal(row.id, actor="staff:1", note="问过微信，不涉及我们")

    assert withdrawals(brand) == [("not_known", WithdrawalState.DONE)]
    with db.transaction(brand.id), pytest.raises(service.NoWithdrawal):
        service.settle_withdrawal(row.id, actor="staff:1", note="再点一次")


def test_a_withdrawal_that_is_reacted_to_twice_is_one(tell, brand, lin):
    tell(revoked("8"), account=brand.mini)
    factories.make_member(brand.id, lin.fan.id)
    with db.transaction(brand.id):
        session.execute(ReactionWork.__table__.update().values(state="due"))

    jobs.work()

    assert withdrawals(brand) == [("phone", WithdrawalState.DONE)]
    with db.transaction(brand.id):
        assert db.get(Member, lin.member.id).phone_tail == "5678", "given again since"
