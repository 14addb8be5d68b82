"""Who adds a guide at WeCom: on her store's board, brought by her, one person with her WeChat."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from app.core import clock, db, inbox
from app.core.db import session
from app.core.events import Event
from app.journeys import acquaintance, contacts, jobs
from app.journeys.privacy import erasing
from app.members import promoters, queries
from app.members import service as members
from app.members.models import Fan, FanTag, Tag
from app.members.service import erasures
from app.staff.models import Face
from app.stores.models import Store
from app.visits.models import Visit, VisitKind
from app.wechat import service
from app.wechat.models import ContactWelcome
from tests import factories
from tests.journeys import wecom
from tests.journeys.wecom import Wecom
from tests.wechat import corp_letters, letters

pytestmark = pytest.mark.flow


@pytest.fixture
def shop(wechat_box, house, huike) -> Wecom:
    known = {"kind": "miniprogram", "secret": f"secret-of-{house.brand.mini.appid}"}
    opened = wecom.open_shop(wechat_box, house, huike)
    known |= {"original_id": "gh_mini", "name": "禾木集", "callback_url": "http://127.0.0.1:9/"}
    known |= {"token": factories.CALLBACK_TOKEN, "encoding_aes_key": factories.AES_KEY}
    wechat_box.admin("PUT", f"/accounts/{house.brand.mini.appid}", known)
    return opened


def customers(shop: Wecom) -> list[Fan]:
    with db.transaction(shop.brand_id):
        theirs = select(Fan).filter_by(account_id=shop.account_id).order_by(Fan.id)
        return list(session.scalars(theirs))


def visits(shop: Wecom) -> list[Visit]:
    with db.transaction(shop.brand_id):
        return list(session.scalars(select(Visit).order_by(Visit.id)))


def events(shop: Wecom) -> list[Event]:
    with db.transaction(shop.brand_id):
        wecoms = select(Event).where(Event.name.startswith("wecom."))
        return list(session.scalars(wecoms.order_by(Event.id)))


def tags_of(shop: Wecom, fan: Fan) -> set[str]:
    with db.transaction(shop.brand_id):
        hers = select(Tag.name).join(FanTag, FanTag.tag_id == Tag.id)
        return set(session.scalars(hers.where(FanTag.fan_id == fan.id)))


def board_seq(shop: Wecom) -> int:
    with db.transaction(shop.brand_id):
        return session.get_one(Store, (shop.brand_id, shop.house.jingan.id)).board_seq


def everything(shop: Wecom) -> tuple:
    with db.transaction(shop.brand_id):
        counted = [
            session.scalar(select(func.count()).select_from(model))
            for model in (Fan, Visit, Event, FanTag, ContactWelcome)
        ]
    return (*counted, board_seq(shop))


def test_lin_adds_wei_and_stands_on_the_board_of_weis_store(shop):
    before = board_seq(shop)
    shop.adds("lin")
    shop.work()

    (fan,), (visit,) = customers(shop), visits(shop)
    assert (visit.store_id, visit.fan_id) == (shop.house.jingan.id, fan.id)
    assert (visit.kind, visit.qr_code_id) == (VisitKind.FRIEND, shop.code.id)
    assert board_seq(shop) == before + 1, "the bell has rung"
    assert fan.guide_code_id == shop.code.id
    assert not fan.is_following, "no push reaches her by this name"
    assert tags_of(shop, fan) == {"企业微信", "静安寺店"}


def test_wei_sees_on_her_phone_by_which_way_she_came(shop, built_app):
    shop.adds("lin")
    shop.work()
    wei = built_app.test_client()
    wei.set_cookie("huike_guide", factories.sign_in("wei"))

    page = wei.get("/guide/board").get_data(as_text=True)

    assert "企微好友" in page
    assert "刚加企业微信，还不是会员" in page
    assert "刚加好友" in page


def test_headquarters_sees_what_ties_her_to_the_brand(shop, built_app):
    shop.adds("lin")
    shop.work()
    (fan,) = customers(shop)
    mei = built_app.test_client()
    mei.set_cookie("huike_console", factories.sign_in("mei", Face.CONSOLE))

    for address in ("/console/fans", f"/console/fans/{fan.id}"):
        page = mei.get(address).get_data(as_text=True)
        assert "企微好友" in page
        assert "没有关注" not in page
    assert "企业微信加了好友" in page


def test_neither_of_wecoms_names_is_left_in_an_event(shop):
    shop.adds("lin")
    shop.work()

    (event,), (fan,) = events(shop), customers(shop)
    assert (event.fan_id, event.person_encrypted) == (fan.id, None)
    assert event.data["staff_id"] == shop.house.wei.id
    assert wecom.WEI not in str(event.data)
    with db.transaction(shop.brand_id):
        assert members.openid_of(fan).startswith("wm")


def test_resends_and_replays_change_nothing(shop):
    shop.adds("lin")
    shop.work()
    before = everything(shop)

    shop.resends("lin")
    with db.system_transaction():
        session.execute(update(inbox.InboxMessage).values(state=inbox.InboxState.NEW))
    shop.work()

    assert everything(shop) == before


def test_another_add_within_the_hour_is_the_same_visit(shop):
    """She removed Wei and added her again: a new event, the same person in the store."""
    shop.adds("lin")
    shop.parts("lin")
    shop.work()
    shop.box.move_clock(5)
    shop.adds("lin")
    shop.work()
    shop.box.move_clock(0)

    assert len(visits(shop)) == 1
    assert [event.name for event in events(shop)] == [
        "wecom.contact_added", "wecom.guide_removed", "wecom.contact_added",
    ]  # fmt: skip


def test_who_removed_whom_stands_on_her_timeline(shop):
    shop.adds("lin")
    shop.parts("lin")
    shop.adds("lin")
    shop.parts("lin", by="guide")
    shop.work()

    (fan,) = customers(shop)
    names = [event.name for event in events(shop) if event.fan_id == fan.id]
    assert names.count("wecom.guide_removed") == 1
    assert names.count("wecom.contact_removed") == 1


def test_the_unionid_makes_her_the_member_that_she_is(shop):
    lin = shop.box.person("lin")
    mini = shop.house.brand.mini
    card = factories.make_fan(
        shop.brand_id, mini.id, lin["openids"][mini.appid], unionid=lin["unionid"]
    )
    member = factories.make_member(shop.brand_id, card.id)

    shop.adds("lin")
    shop.work()

    (fan,), (visit,) = customers(shop), visits(shop)
    assert (fan.member_id, visit.kind) == (member.id, VisitKind.MEMBER)
    with db.transaction(shop.brand_id):
        named = [each.account_kind for each in queries.identities_of(member.id)]
        assert "wecom" in named
        assert promoters.promoters_of([member.id]) == {}, "she was a member before"


def test_who_joins_after_adding_wei_was_brought_by_her(shop):
    shop.adds("lin")
    shop.work()
    lin, mini = shop.box.person("lin"), shop.house.brand.mini
    card = factories.make_fan(
        shop.brand_id, mini.id, lin["openids"][mini.appid], unionid=lin["unionid"]
    )
    member = factories.make_member(shop.brand_id, card.id)

    with db.transaction(shop.brand_id):
        (promoter,) = promoters.promoters_of([member.id]).values()
    assert (promoter.staff_id, promoter.code_id) == (shop.house.wei.id, shop.code.id)


def test_a_corp_without_an_open_platform_tells_no_unionid_and_is_not_asked_again(shop):
    corp = {"secret": f"secret-of-{shop.corp_id}", "agent_id": "1", "tells_unionid": False}
    shop.adds("lin")
    shop.box.admin("PUT", f"/corps/{shop.corp_id}", corp)
    shop.work()

    (fan,) = customers(shop)
    assert (fan.unionid_index, fan.unionid_due_at) == (None, None)


def test_who_has_left_before_we_asked_stays_a_stranger(shop):
    shop.adds("lin")
    shop.parts("lin")
    shop.work()

    (fan,) = customers(shop)
    assert (fan.member_id, fan.unionid_due_at) == (None, None)


def test_a_scene_that_is_not_ours_or_another_accounts_makes_no_visit(shop):
    with db.transaction(shop.brand_id):
        of_the_store = shop.house.jingan.code.scene
    shop.adds("lin", state="made-up")
    shop.adds("hua", state=of_the_store)
    shop.work()

    assert visits(shop) == []
    assert [fan.guide_code_id for fan in customers(shop)] == [None, None]


def test_a_contact_that_we_never_met_is_not_made_known_by_leaving(shop):
    shop.adds("lin")
    with db.system_transaction():
        session.execute(update(inbox.InboxMessage).values(state=inbox.InboxState.DONE))
    shop.parts("lin")
    shop.work()

    assert customers(shop) == []
    (event,) = events(shop)
    assert (event.name, event.fan_id) == ("wecom.guide_removed", None)


def test_an_event_at_another_accounts_door_makes_no_customer(shop, built_app):
    client = built_app.test_client()
    told = corp_letters.added("wm-forged", wecom.WEI, State=shop.code.scene)
    letters.push(client, shop.house.brand.service, told)
    shop.work()

    with db.transaction(shop.brand_id):
        assert session.scalar(select(func.count()).select_from(Fan)) == 0
    assert visits(shop) == []


def test_her_erasure_forgets_what_wecom_calls_her(shop):
    shop.adds("lin")
    shop.work()
    (fan,) = customers(shop)
    with db.transaction(shop.brand_id):
        external = members.openid_of(fan)

    with db.transaction(shop.brand_id):
        erasures.ask_erasure(
            member_id=None, fan_id=fan.id, door="staff", by="mei", due_at=clock.now()
        )
    assert erasing.work() == 1

    with db.transaction(shop.brand_id):
        left = session.get_one(Fan, (shop.brand_id, fan.id))
        assert external not in members.openid_of(left)
        assert left.erased_at is not None
        assert session.scalar(select(func.count()).select_from(ContactWelcome)) == 0
        assert members.find_fan(shop.account_id, external) is None
    with db.system_transaction():
        raw = session.scalars(select(inbox.InboxMessage.raw_encrypted)).all()
    assert raw == [""]


def stop_after_reacting(shop: Wecom) -> None:
    with db.transaction(shop.brand_id):
        contacts.on_added(session.scalars(select(Event)).all())
        raise RuntimeError("the machine stopped here")


def test_a_reaction_that_stops_half_way_is_done_again_whole(shop):
    """Its transaction dies with it; the next try finds everything as it was."""
    shop.adds("lin")
    service.drain()
    with pytest.raises(RuntimeError):
        stop_after_reacting(shop)
    assert (customers(shop), visits(shop)) == ([], [])

    jobs.work()

    assert (len(customers(shop)), len(visits(shop))) == (1, 1)
    assert acquaintance.make() == 0
