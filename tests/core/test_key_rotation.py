"""A new data key takes over while people come, are looked up and written to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, select

from app.brands import service as brands
from app.brands.models import AccountKind
from app.cli import commands
from app.cli.keys import SEALED
from app.complaints import service as complaints
from app.complaints.models import Complaint
from app.core import clock, crypto, db, events, idempotency, inbox, rotation
from app.core.crypto import CannotOpen
from app.core.db import session
from app.core.events import Event, News
from app.core.idempotency import Answer, Claim
from app.core.inbox import InboxMessage, Letter
from app.exports import service as exports
from app.exports.models import Export, Form, Kind, Why
from app.journeys.models import CheckState, FollowerCheck, ListedFollower
from app.members import service as members
from app.members.models import (
    Channel,
    Contact,
    Direction,
    Fan,
    FieldKind,
    IdentityKind,
    MeasureForm,
    Member,
    Note,
    Readers,
)
from app.members.service import fields, measures
from app.members.service.contacts import Told, contact_text, record
from app.members.service.field_values import before_and_after
from app.members.service.notes import note_text, write_note
from app.pos import service as machines
from app.pos.models import ApiKey
from app.pos.service.keys import secrets_of
from app.staff import service as staff
from app.staff.models import Face, Role, Staff, Way
from app.staff.service import Actor, bindings, totp
from app.stores import service as stores
from app.wechat import corps, notices, openids, tickets, tokens
from app.wechat.gateway.messages import Template
from app.wechat.models import AccessToken, JsTicket
from app.wechat.notices import ledger
from tests import factories

pytestmark = pytest.mark.race

PEOPLE = 250
NEW = ("t2", bytes(range(64, 96)))


@pytest.fixture
def keys(own_database):
    """Say which keys the process has, by their ids; the first seals."""
    (old,) = own_database.data_keys
    known = dict([old, NEW])

    def have(*names: str) -> None:
        crypto.configure(tuple((name, known[name]) for name in names), own_database.index_key)

    yield have
    have("t1")


@pytest.fixture
def brand(own_database):
    return factories.make_brand()


def by_key(name: str) -> int:
    return sum(counts.get(name, 0) for counts in rotation.histogram(SEALED).values())


def plant(brand) -> None:
    """Something in every sealed column, through the functions that seal it."""
    account = brand.service.id
    fan = factories.make_fan(brand.id, account, "o-lin", unionid="u-lin")
    member = factories.make_member(brand.id, fan.id)
    mei = factories.make_staff(brand.id, "mei", Role.ADMIN, name="梅")
    with db.transaction(brand.id):
        session.get_one(Member, (brand.id, member.id)).name_encrypted = members.seal_name("林小姐")
        events.record_all([News("wechat.other", clock.now(), {}, person="o-lin")])
        notices.write(
            account_id=account, openid="o-lin", subject="s", message=Template("T", {"a": "b"})
        )
        _give_keys(brand.id, mei)
        _tell_contact(member.id)
        write_note(member.id, author_id=mei.id, text="喜欢清爽的", readers=Readers.EVERYONE)
        called = fields.define_field("称呼", FieldKind.TEXT)
        for words in ("林姐", "小林"):
            fields.change_value(member.id, called.id, words, actor="staff:1")
        members.identify(member.id, IdentityKind.ERP, "ERP-20260001", source="import")
        _begin_check(brand.id, account)
        totp.begin(session.get_one(Staff, (brand.id, mei.id)))
        _measure(member.id, mei.id)
        _complain(member.id, mei)
    _take_a_list_away(mei)
    with db.system_transaction():
        inbox.put([Letter(brand.id, account, "k", "<xml>o-lin</xml>", "您好")])
        idempotency.keep(brand_id=brand.id, client="c", key="k", value="13800005678")
        _lend(AccessToken, account)
        _lend(JsTicket, account)
        _connect_wecom(brand.id)
    with db.transaction(brand.id):
        bindings.bind(mei.id, Way.WECOM, "Mei")


def _measure(member_id: int, staff_id: int) -> None:
    store = stores.add_store(code="S1", name="静安寺店")
    water = measures.define_kind(
        measures.Definition("水分", MeasureForm.NUMBER, "%", low="0", high="100")
    )
    measures.measure(member_id, water.id, "42", store_id=store.id, staff_id=staff_id)


def _complain(member_id: int, mei: Staff) -> None:
    actor = Actor(mei.id, mei.brand_id, mei.name, Role.ADMIN, None, "")
    today = clock.business_day(clock.now())
    told = complaints.Told("wait", "等了二十分钟", today, complaints.About())
    row = complaints.record(member_id, told, key="c1", by=actor)
    complaints.answer(row.id, "道了歉", actor)


def _connect_wecom(brand_id: int) -> None:
    corp = corps.connect(brand_id, corp_id="ww1", agent_id="1", secret="of-the-app")
    corps.hear(brand_id, callback_token="t", aes_key=factories.AES_KEY)
    context = corps._context(brand_id, "token")
    corp.token_encrypted = crypto.keyring().seal("a-token", context=context)


def _take_a_list_away(mei: Staff) -> None:
    token = factories.sign_in("mei", Face.CONSOLE)
    with db.transaction(mei.brand_id):
        exports.ask(
            staff.actor(token, Face.CONSOLE), exports.Wish(Kind.STORES, Form.CSV, Why.ANALYSE)
        )
    exports.work()


def _give_keys(brand_id: int, mei: Staff) -> None:
    """A till's key with two secrets that hold, and an answer that was kept for it."""
    actor = Actor(mei.id, brand_id, mei.name, Role.ADMIN, None, "")
    made = machines.add_key(actor, name="till", scopes=["contacts:write"])
    machines.rotate_key(actor, made.key.id)
    idempotency.begin(claim(brand_id))
    idempotency.finish(claim(brand_id), Answer(201, "{}"))


def claim(brand_id: int) -> Claim:
    return Claim(brand_id, "till", "k1", "POST /open/v1/contacts")


def _tell_contact(member_id: int) -> None:
    record(
        Told(
            source="call-centre",
            key="1",
            member_id=member_id,
            channel=Channel.CALL,
            direction=Direction.IN,
            at=clock.now(),
            text="她问积分怎么用",
        )
    )


def _begin_check(brand_id: int, account_id: int) -> None:
    sealed = openids.seal(brand_id, account_id, "o-lin")
    check = FollowerCheck(
        account_id=account_id,
        on=clock.business_day(clock.now()),
        state=CheckState.LISTING,
        started_at=clock.now(),
        due_at=clock.now(),
        after_encrypted=sealed,
    )
    session.add(check)
    session.flush()
    index = openids.index(brand_id, account_id, "o-lin")
    session.add(ListedFollower(check_id=check.id, openid_index=index, openid_encrypted=sealed))


def _lend(model: type, account_id: int) -> None:
    sealed = crypto.keyring().seal("lent", context=f"{model.__tablename__}.{account_id}")
    until = clock.now() + timedelta(hours=1)
    values = {"account_id": account_id, "token_encrypted": sealed}
    session.execute(insert(model).values(values | {"expires_at": until, "refresh_after": until}))


def what_the_product_reads(brand) -> list:
    """What was planted, through the functions that open it."""
    account = brand.service.id
    with db.transaction(brand.id):
        member = session.scalars(select(Member)).one()
        fan = members.find_fan(account, "o-lin")
        named = session.scalars(select(Event).filter_by(name="wechat.other")).one()
        read = [
            members.openid_of(fan),
            members.unionid_of(fan),
            members.masked_phone(member),
            members.shown_name(member),
            contact_text(session.scalars(select(Contact)).one()),
            fields.held_by(member.id)[0].value,
            [before_and_after(each) for each in fields.history(member.id)],
            note_text(session.scalars(select(Note)).one()),
            measures.told(member.id)[0]["value"],
            _complained(),
            events.person(named),
            openids.opened(
                brand.id, account, session.scalars(select(ListedFollower.openid_encrypted)).one()
            ),
            [(n.openid, n.message) for n in ledger.claim(account, 1).notices],
            brands.secret(brands.account(brand.id, AccountKind.SERVICE)),
        ]
        session.rollback()
    with db.system_transaction():
        letter = session.scalars(select(InboxMessage)).one()
        kept = idempotency.kept(brand_id=brand.id, client="c", key="k")
        read += [
            *_kept_for(brand.id),
            *_staffs(brand.id),
            inbox.read(letter),
            inbox.reply_of(letter),
            kept,
        ]
    return [*read, tokens.current(account), tickets.keeper.get(account)]


def _complained() -> list:
    row = session.scalars(select(Complaint)).one()
    return [complaints.text_of(row), complaints.answer_of(row)]


def _kept_for(brand_id: int) -> list:
    db.enter_brand(brand_id)
    key = session.scalars(select(ApiKey)).one()
    return [*secrets_of(key), idempotency.begin(claim(brand_id))]


def _staffs(brand_id: int) -> list:
    """The address of her phone's codes, and the file she took away."""
    mei = session.scalars(select(Staff)).one()
    file = session.scalars(select(Export)).one()
    hers = Actor(mei.id, brand_id, mei.name, Role.ADMIN, None, file.session_hash)
    return [totp.address_of(mei), exports.take(hers, file.id).content]


def test_every_sealed_column_goes_over_and_the_old_key_can_be_dropped(keys, brand):
    plant(brand)
    before = what_the_product_reads(brand)
    assert all(counts == {"t1": counts["t1"]} for counts in rotation.histogram(SEALED).values())

    keys("t2", "t1")
    rotation.rotate(SEALED)
    keys("t2")

    assert by_key("t1") == 0
    assert what_the_product_reads(brand) == before


def test_without_the_rotation_a_dropped_key_closes_every_row(keys, brand):
    """The negative control."""
    plant(brand)
    keys("t2")

    with pytest.raises(CannotOpen):
        what_the_product_reads(brand)
    with pytest.raises(CannotOpen):
        rotation.rotate(SEALED)


class Load:
    """People who come, are looked up and are written to, on four threads, until told to stop."""

    def __init__(self, brand) -> None:
        self.brand, self.done, self.errors = brand, 0, []
        self.is_over = threading.Event()

    @contextmanager
    def running(self):
        acts = (self.come, self.look, self.join, self.look)
        threads = [threading.Thread(target=self._repeat, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        yield
        self.is_over.set()
        for thread in threads:
            thread.join()

    def _repeat(self, act: Callable[[int], None]) -> None:
        number = 0
        while not self.is_over.is_set():
            try:
                act(number)
                self.done += 1
            except Exception as error:  # the test says which
                self.errors.append(repr(error))
            number += 1

    def come(self, number: int) -> None:
        with db.transaction(self.brand.id):
            members.follow(self.brand.service.id, f"o-new-{number}", clock.now(), f"u-{number}")

    def join(self, number: int) -> None:
        fan = factories.make_fan(self.brand.id, self.brand.service.id, f"o-joins-{number}")
        factories.make_member(self.brand.id, fan.id, f"137{number:08d}")

    def look(self, number: int) -> None:
        name = f"o-{number % PEOPLE}"
        with db.transaction(self.brand.id):
            fan = members.find_fan(self.brand.service.id, name)
            assert members.openid_of(fan) == name
            fan.follow_order += 1  # a writer of the same row


def test_keys_change_under_load_without_one_error(keys, brand):
    """The way of docs/operations.md: let all open the new key, seal with it, go over, drop."""
    with db.transaction(brand.id):
        for number in range(PEOPLE):
            members.follow(brand.service.id, f"o-{number}", clock.now(), f"u-old-{number}")
    load = Load(brand)

    with load.running():
        keys("t1", "t2")
        keys("t2", "t1")
        rotation.rotate(SEALED, pause=0.005)
        left = by_key("t1")
        keys("t2")
        assert what_everybody_is_called(brand) >= {f"o-{number}" for number in range(PEOPLE)}

    assert (load.errors, left) == ([], 0)
    assert load.done > 20
    answer = CliRunner().invoke(commands.keys.keys, ["status", "--json"])
    assert (answer.exit_code, json.loads(answer.output)["first"]) == (0, "t2")


def what_everybody_is_called(brand) -> set[str]:
    with db.transaction(brand.id):
        return {members.openid_of(fan) for fan in session.scalars(select(Fan))}


def test_a_rotation_that_stopped_half_way_goes_on(keys, brand):
    with db.transaction(brand.id):
        for number in range(rotation.BATCH + 50):
            members.follow(brand.service.id, f"o-{number}", clock.now())
    keys("t2", "t1")

    def die(_column: str, _count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(SEALED, told=die)
    half = by_key("t2")

    assert half == rotation.BATCH
    assert rotation.rotate(SEALED) == by_key("t2") - half
    assert by_key("t1") == 0
