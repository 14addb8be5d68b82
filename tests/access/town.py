"""Three brands of two stores each, with a row of every kind that an address can name.

`EXAMPLES` says, for each name of an address's parameter, which id a place has for it. A route
with a parameter that is not here stops the matrix: add a row, and the row it names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import select

from app.benefits.models import ConflictKind, TillConflict
from app.card.service import sessions as card_sessions
from app.catalog import service as catalog
from app.complaints.models import Complaint
from app.complaints.models import Kind as Complained
from app.complaints.models import State as Complaining
from app.contests.models import Contest, ContestStore, Metric
from app.core import clock, db, events, inbox
from app.core.crypto import fingerprint, keyring
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.service import grants
from app.exports.models import Export, ExportState, Form, Kind, Why
from app.journeys import merging
from app.members import queries as members
from app.members.models import (
    Fan,
    Member,
    MemberTwin,
    Tag,
    TwinReason,
    Withdrawal,
    WithdrawalState,
)
from app.members.service import erasures
from app.owners.models import GuideCover, MoveKind, MoveState, OwnerMove
from app.pos.models import ApiKey
from app.pos.service.keys import seal_secret
from app.pushes.models import Push
from app.staff import service as staff
from app.staff.models import Face, Role, Staff, StaffSession
from app.staff.service import sessions as staff_sessions
from app.stores import service as stores
from app.stores.models import CodeKind, Region, Store
from app.tasks.models import Script, ScriptVersion, Situation, Source, Task, TaskBatch
from app.visits import service as visits
from app.visits.models import VisitKind
from tests import factories

BRANDS, STORES = 3, 2
NEVER = 999_999_999  # an id that no row has had


@dataclass
class Place:
    """A store, and the ids of the rows that stand in it or in its brand."""

    brand: SimpleNamespace
    brand_number: int
    number: int
    ids: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def desk(self, role: Role, face: Face) -> str:
        """The token of a signed-in browser of whoever has this role here."""
        name = f"{role} {face}"
        if name not in self.tokens:
            with db.transaction(self.brand.id):
                person = session.scalars(select(Staff).filter_by(login=login_of(self, role))).one()
                self.tokens[name] = staff_sessions.open_for(person, face)
        return self.tokens[name]

    def card(self) -> str:
        """The token of a card session of the member who shops here."""
        if "card" not in self.tokens:
            with db.transaction(self.brand.id):
                fan = session.get_one(Fan, (self.brand.id, self.ids["fan_id"]))
                self.tokens["card"] = card_sessions.open_for(fan).token
        return self.tokens["card"]

    @property
    def key(self) -> str:
        """Names the place in logins: `b0s1`."""
        return f"b{self.brand_number}s{self.number}"


# Parameters that name a row: the same name in every route that has one.
EXAMPLES: dict[str, Callable[[Place], int]] = {
    name: lambda place, name=name: place.ids[name]  # type: ignore[misc]
    for name in (
        "store_id",
        "region_id",
        "code_id",
        "own_code_id",
        "fan_id",
        "member_id",
        "visit_id",
        "hand_out_id",
        "push_id",
        "batch_id",
        "grant_id",
        "coupon_id",
        "inbox_id",
        "withdrawal_id",
        "erasure_id",
        "staff_id",
        "key_id",
        "export_id",
        "twin_id",
        "merge_id",
        "conflict_id",
        "product_id",
        "move_id",
        "cover_id",
        "task_id",
        "task_batch_id",
        "script_id",
        "contest_id",
        "complaint_id",
    )
}
# Parameters that name no row.
WORDS = {
    "verb": "greet",
    "way": "wechat",
    "token": "nobodys",
    "session_number": "0" * 16,
    "number": "0",
    "key": "B-0001",
    "order_no": "R-0001",
    "day": "2026-11-22",
    "filename": "nothing.css",
    "url_key": "nobody",
    "slug": "town0",
    "code": "K7QM2N4P",
    "rule_kind": "sleeping",
}
TAP = {"key": "a-key-of-the-page", "seen": "0"}
# What a form must say, so that its route looks its id up.
FORMS = {
    "console.dead_letter_open": {"why": "查一条失败的消息"},
    "console.person_copy": {"reason": "本人到店要求"},
    "console.withdrawal_settle": {"note": "已经电话说明"},
    "console.store_change": {"name": "新店", "code": "S-new"},
    "console.coupon_codes": {"count": "1", "key": "a-key-of-the-page"},
    "console.member_phone": {"why": "service"},
    "console.member_tag": {"tag": "爱买礼盒"},
    "console.member_note": {"text": "怕晒"},
    "guide.measure": {"kind": "1", "value": "50"},
    "guide.write_note": {"text": "怕晒"},
    "guide.put_tag": {"tag": "爱买礼盒"},
    "guide.act": {"key": "a-key-of-the-page"},
    "guide.task_take": TAP,
    "guide.task_outcome": TAP | {"outcome": "replied"},
    "guide.task_snooze": TAP | {"day": "2026-11-22"},
    "guide.task_hand_over": TAP,
    "guide.task_undo": TAP | {"number": "1"},
    "guide.task_message": TAP | {"text": "您好"},
    "console.complaint_answer": {"answer": "店长道歉，换了新的"},
    "console.complaint_record": {"kind": "wait", "text": "等太久", "day": "2026-11-22"},
    "console.scripts_change": {"situation": "news", "words": "{称呼}，来看看？"},
    "console.tasks_send_one": {"why": "新品到了", "for_days": "3"},
}


def build(homes: int = BRANDS * STORES) -> list[Place]:
    """The whole town; every brand has the same shape. The first `homes` places have staff of
    every role, the others a guide."""
    places = [place for number in range(BRANDS) for place in _brand(number)]
    for place in places[:homes]:
        with db.transaction(place.brand.id):
            _staff(place)
    for number, place in enumerate(places):
        asker = Role.ADMIN if number < homes else Role.GUIDE
        place.ids["export_id"] = _export(place, place.desk(asker, Face.CONSOLE))
    return places


def _export(place: Place, token: str) -> int:
    """A file that whoever holds this session has asked for, and nobody else may have."""
    with db.transaction(place.brand.id):
        desk = session.get_one(StaffSession, fingerprint(token))
        at = clock.now()
        row = Export(
            kind=Kind.MEMBERS,
            form=Form.CSV,
            why=Why.ANALYSE,
            filters={},
            staff_id=desk.staff_id,
            session_hash=desk.token_hash,
            state=ExportState.READY,
            expected=0,
            asked_at=at,
            made_at=at,
            expires_at=at + timedelta(hours=1),
        )
        session.add(row)
        session.flush()
        return row.id


def _brand(number: int) -> list[Place]:
    brand = factories.make_brand(f"town{number}", "禾木集")
    places = [_place(brand, number, each) for each in range(STORES)]
    with db.transaction(brand.id):
        shared = _rows_of_the_brand(brand)
    shared["inbox_id"] = _dead_letter(brand)
    for place in places:
        place.ids |= shared
    return places


def _place(brand: SimpleNamespace, brand_number: int, number: int) -> Place:
    place = Place(brand, brand_number, number)
    store = factories.make_store(brand.id, f"{number}店", account_id=brand.service.id)
    fan = factories.make_fan(brand.id, brand.service.id, f"o-{place.key}")
    member = factories.make_member(brand.id, fan.id, f"1380000{brand_number}{number:03d}")
    with db.transaction(brand.id):
        region = Region(name=f"大区{number}")
        session.add(region)
        session.flush()
        session.get_one(Store, (brand.id, store.id)).region_id = region.id
        session.get_one(Member, (brand.id, member.id)).main_store_id = store.id
        visit = visits.record(members.fan(fan.id), store.code, VisitKind.MEMBER, clock.now())
        place.ids = {
            "store_id": store.id,
            "region_id": region.id,
            "code_id": store.code.id,
            "fan_id": fan.id,
            "member_id": member.id,
            "visit_id": visit.id,
        }
        guide_id = _person(place, Role.GUIDE, store_ids=[store.id])
        place.ids["staff_id"] = guide_id
        place.ids["own_code_id"] = _own_code(place, guide_id)
        place.ids["hand_out_id"] = _hand_out(member.id, store.id, guide_id)
        place.ids |= _sold(store.id, place.key)
        place.ids["move_id"] = _moved(guide_id)
        place.ids["cover_id"] = _away(guide_id, store.id)
        place.ids["task_id"] = _task(member.id, store.id, guide_id)
        place.ids["contest_id"] = _contest(store.id)
        place.ids["complaint_id"] = _complaint(member.id, store.id, guide_id)
    return place


def _own_code(place: Place, guide_id: int) -> int:
    code = stores.add_code(
        account_id=place.brand.service.id,
        store_id=place.ids["store_id"],
        kind=CodeKind.GUIDE,
        place="名片",
        staff_id=guide_id,
    )
    stores.set_ticket(code.id, ticket="ticket", url="http://weixin.qq.com/q/town")
    return code.id


def _moved(staff_id: int) -> int:
    """A hand-over of nobody, that somebody of this place made."""
    at = clock.now()
    row = OwnerMove(
        kind=MoveKind.TRANSFER,
        state=MoveState.DONE,
        reason="换店",
        made_by_id=staff_id,
        made_at=at,
        ended_at=at,
    )
    session.add(row)
    session.flush()
    return row.id


def _away(staff_id: int, store_id: int) -> int:
    """The guide of this place is away today, and her store stands in for her."""
    today = clock.business_day(clock.now())
    row = GuideCover(
        staff_id=staff_id, store_id=store_id, from_day=today, until_day=today + timedelta(days=1),
        made_by_id=staff_id, made_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def _sold(store_id: int, key: str) -> dict[str, int]:
    """Unknown goods of a till, and what it gave that was not there any more."""
    at = clock.now()
    conflict = TillConflict(
        kind=ConflictKind.CODE,
        reason="member_code_used",
        lost_key=f"code:{key}",
        lost_store_id=store_id,
        lost_at=at,
        lost_fen=0,
        found_at=at,
    )
    session.add(conflict)
    session.flush()
    (product,) = catalog.take_in({f"SKU-{key}"}).values()
    return {"conflict_id": conflict.id, "product_id": product.id}


def _task(member_id: int, store_id: int, guide_id: int) -> int:
    now = clock.now()
    task = Task(
        source=Source.STAFF, source_key=f"town:{member_id}", situation=Situation.NEWS,
        member_id=member_id, store_id=store_id, guide_id=guide_id, facts={"why": "新品到了"},
        created_at=now, starts_at=now, due_at=now + timedelta(days=3),
    )  # fmt: skip
    session.add(task)
    session.flush()
    return task.id


def _complaint(member_id: int, store_id: int, staff_id: int) -> int:
    now = clock.now()
    told = Complaint(
        member_id=member_id, kind=Complained.WAIT, state=Complaining.OPEN,
        happened_on=clock.business_day(now), store_id=store_id, staff_id=staff_id,
        text_encrypted=keyring().seal("等太久", context=f"{db.current_brand_id()}.complaints.text"),
        recorded_at=now, recorded_by_id=staff_id, due_at=now, key=f"town-{member_id}",
    )  # fmt: skip
    session.add(told)
    session.flush()
    return told.id


def _contest(store_id: int) -> int:
    """A contest of this store's guides."""
    now = clock.now()
    contest = Contest(name="本店 PK", metric=Metric.SALES, prize="", least=20, made_by="town")
    contest.starts_at, contest.ends_at = now, now + timedelta(days=1)
    session.add(contest)
    session.flush()
    session.add(ContestStore(contest_id=contest.id, store_id=store_id))
    session.flush()
    return contest.id


def _hand_out(member_id: int, store_id: int, guide_id: int) -> int:
    [sample] = coupons.batches(["essence5ml"])
    coupon = coupons.issue(sample, member_id, "test")
    key = f"town:{member_id}"
    return coupons.hand_sample(coupon.id, store_id=store_id, staff_id=guide_id, key=key).id


def _staff(place: Place) -> None:
    """One person of every other role who works here."""
    _person(place, Role.STORE_MANAGER, store_ids=[place.ids["store_id"]])
    _person(place, Role.REGION_MANAGER, region_ids=[place.ids["region_id"]])
    _person(place, Role.MARKETER)
    _person(place, Role.ADMIN)


def _person(place: Place, role: Role, **where: list[int]) -> int:
    name, password = login_of(place, role), factories.PASSWORD
    return staff.add(login=name, name="员工", role=role, password=password, **where).id


def login_of(place: Place, role: Role) -> str:
    """The login of whoever has this role there."""
    return f"{role}-{place.key}"


def _rows_of_the_brand(brand: SimpleNamespace) -> dict[str, int]:
    push = Push(name="会员日", account_id=brand.service.id, created_at=clock.now())
    withdrawal = Withdrawal(
        event_id=events.record("fan.withdrew"),
        asked_at=clock.now(),
        what="phone",
        state=WithdrawalState.FOR_A_PERSON,
    )
    made_by = session.scalars(select(Staff.id).limit(1)).one()
    key = ApiKey(
        public_id=f"hk_town_{brand.id}",
        name="收银",
        scopes=[],
        per_minute=60,
        secret_encrypted=seal_secret("whsec_"),
        made_by=made_by,
        made_at=clock.now(),
    )
    session.add_all([push, withdrawal, key])
    session.flush()
    leaving = factories.members.follow(brand.service.id, f"o-leaving-{brand.id}", clock.now())
    asked = erasures.ask_erasure(
        member_id=None, fan_id=leaving.id, door="card", by="town", due_at=clock.now()
    )
    return {
        **_twins(brand),
        **_coupons(brand, made_by),
        "push_id": push.id,
        "key_id": key.id,
        "withdrawal_id": withdrawal.id,
        "erasure_id": asked.id,
    }


def _coupons(brand: SimpleNamespace, staff_id: int) -> dict[str, int]:
    """A batch that is being given to a tag, and one coupon of it."""
    person = Member(
        number=f"C{brand.id}", origin="import", created_at=clock.now(),
        joined_on=clock.business_day(clock.now()),
    )  # fmt: skip
    session.add(person)
    session.flush()
    factories.members.tag_member(person.id, "活动", "春季", "rule")
    tag_id = session.scalars(select(Tag.id).filter_by(name="春季")).one()
    [batch] = coupons.batches(["welcome20"])
    script = Script(situation=Situation.NEWS, version=1, created_at=clock.now())
    session.add(script)
    session.flush()
    words = {"version": 1, "words": "{称呼}，来看看？", "written_by_id": staff_id}
    session.add(ScriptVersion(script_id=script.id, written_at=clock.now(), **words))
    errands = TaskBatch(
        tag_id=tag_id, situation=Situation.NEWS, why="新品到了", for_days=3, asked_by_id=staff_id,
        asked_at=clock.now(),
    )  # fmt: skip
    session.add(errands)
    session.flush()
    coupon = coupons.issue(batch, person.id, "town")
    grant = grants.start(batch.id, tag_id, staff_id=staff_id)
    ids = {"batch_id": batch.id, "grant_id": grant.id, "coupon_id": coupon.id}
    return ids | {"task_batch_id": errands.id, "script_id": script.id}


def _twins(brand: SimpleNamespace) -> dict[str, int]:
    """Two who may be one person, and two who were made one."""
    ids = []
    for number in range(4):
        person = Member(
            number=f"T{brand.id}-{number}", origin="import", created_at=clock.now(),
            joined_on=clock.business_day(clock.now()),
        )  # fmt: skip
        session.add(person)
        session.flush()
        ids.append(person.id)
    factories.members.suspect(ids[0], ids[1], TwinReason.STAFF)
    twin = session.scalars(select(MemberTwin).filter_by(low_id=ids[0])).one()
    return {"twin_id": twin.id, "merge_id": merging.merge(ids[2], ids[3], actor="town").id}


def _dead_letter(brand: SimpleNamespace) -> int:
    letter = inbox.InboxMessage(
        brand_id=brand.id,
        account_id=brand.service.id,
        dedupe_key=f"town-{brand.id}",
        received_at=clock.now(),
        due_at=clock.now(),
        raw_encrypted=keyring().seal("<xml></xml>", context=inbox.CONTEXT),
        state=inbox.InboxState.DEAD,
        attempts=inbox.MAX_ATTEMPTS,
        last_error="unreadable",
    )
    with db.system_transaction():
        session.add(letter)
        session.flush()
        return letter.id
