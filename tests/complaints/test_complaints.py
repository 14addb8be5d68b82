"""A complaint is written down once, answered once, and taken back by whoever did it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.complaints import queries, service, words
from app.complaints.models import Complaint, Kind, State
from app.complaints.queries import Counted
from app.complaints.service import About, AlreadyClosed, BadComplaint, TooLate
from app.core import audit, clock, db
from app.core.db import session
from app.core.events import Event
from app.journeys import merging
from app.journeys.privacy import copying, erasing
from app.members.models import Fan
from app.members.service import erasures
from app.visits import service as visits
from app.visits.models import Visit, VisitKind
from tests.complaints.desk import WORDS, about_wei, again, complain, lan, told


def happened(store) -> list[str]:
    named = select(Event.name).where(Event.name.like("complaint.%")).order_by(Event.id)
    with db.transaction(store.brand_id):
        return list(session.scalars(named))


def visit_of(store, member_id: int, *, served_by: int | None) -> Visit:
    """She came to 静安寺店 yesterday."""
    with db.transaction(store.brand_id):
        fan = session.scalars(select(Fan).filter_by(member_id=member_id)).one()
        at = clock.now() - timedelta(days=1)
        visit = visits.record(fan, store.house.jingan.code, VisitKind.MEMBER, at)
        visit.claimed_by_id = served_by
        return visit


def test_what_she_said_lies_sealed_and_the_events_name_nobody(store) -> None:
    row = complain(store, store.member(), about_wei(store))

    assert (row.state, row.kind, row.staff_id) == (State.OPEN, Kind.WAIT, store.house.wei.id)
    assert row.due_at - row.recorded_at == timedelta(days=3)
    with db.transaction(store.brand_id):
        assert service.text_of(row) == WORDS
        lying = session.execute(text("SELECT c::text FROM complaints c")).scalar_one()
        written = session.scalars(select(Event).filter_by(name="complaint.recorded")).one()
        audited = session.scalars(select(audit.AuditRow).filter_by(act="complaint.recorded")).one()
    assert WORDS not in lying
    assert written.data == {"complaint_id": row.id, "kind": "wait"}
    assert (audited.subject, audited.detail) == (f"complaint:{row.id}", {"kind": "wait"})


def test_a_visit_says_where_when_and_who_it_was(store) -> None:
    lin = store.member()
    visit = visit_of(store, lin, served_by=store.chen.id)

    row = complain(store, lin, About(visit_id=visit.id))

    assert (row.store_id, row.staff_id) == (store.house.jingan.id, store.chen.id)
    assert row.happened_on == clock.business_day(visit.scanned_at)


def test_the_visit_of_somebody_else_is_no_choice(store) -> None:
    visit = visit_of(store, store.member(), served_by=None)

    with pytest.raises(BadComplaint) as refused:
        complain(store, store.member(), About(visit_id=visit.id))

    assert set(refused.value.extra["fields"]) == {"about"}


def test_what_is_missing_is_said_at_each_field(store) -> None:
    tomorrow = clock.business_day(clock.now()) + timedelta(days=1)
    empty = told(About(), day=tomorrow, kind="gossip", text=" ")

    with pytest.raises(BadComplaint) as refused:
        store.do(service.record, store.member(), empty, key="k", by=lan(store))

    assert set(refused.value.extra["fields"]) == {"kind", "text", "day", "about"}
    assert happened(store) == []


def test_a_manager_may_name_her_own_store_and_who_works_there_alone(store) -> None:
    lin, manager = store.member(), lan(store)
    hubin, bo = store.house.hubin.id, store.house.bo.id

    for about in (About(), About(hubin), About(hubin, bo), About(store.house.jingan.id, bo)):
        with pytest.raises(BadComplaint):
            complain(store, lin, about, by=manager)

    assert complain(store, lin, about_wei(store), by=manager).recorded_by_id == manager.staff_id
    assert complain(store, lin, About()).store_id is None, "headquarters need not name a store"


def test_two_taps_are_one_complaint(store) -> None:
    lin, meant = store.member(), told(about_wei(store))

    first = store.do(service.record, lin, meant, key="of-the-page", by=store.mei)
    second = store.do(service.record, lin, meant, key="of-the-page", by=store.mei)

    assert first.id == second.id
    assert happened(store) == ["complaint.recorded"]


def test_it_is_answered_once_and_taken_back_within_seconds_by_who_answered(store) -> None:
    row, manager = complain(store, store.member(), about_wei(store)), lan(store)

    store.do(service.answer, row.id, "店长道歉，换了新的", manager)
    with pytest.raises(AlreadyClosed):
        store.do(service.answer, row.id, "再答一次", store.mei)
    with pytest.raises(TooLate):
        store.do(service.undo, row.id, store.mei)
    answered = again(store, row)
    store.do(service.undo, row.id, manager)

    assert (answered.state, answered.answered_by_id) == (State.ANSWERED, manager.staff_id)
    opened = again(store, row)
    assert (opened.state, opened.answer_encrypted, opened.answered_at) == (State.OPEN, None, None)


def test_a_mistake_counts_nowhere_and_is_taken_back_to_what_it_was(store) -> None:
    row = complain(store, store.member(), about_wei(store))
    store.do(service.answer, row.id, "道歉了", store.mei)

    store.do(service.withdraw, row.id, store.mei)
    without = counted(store)
    store.do(service.undo, row.id, store.mei)

    assert without == Counted()
    assert counted(store) == Counted(1, 1)
    assert again(store, row).state == State.ANSWERED
    with db.transaction(store.brand_id):
        assert service.answer_of(again_in(row)) == "道歉了"
    assert happened(store)[-2:] == ["complaint.withdrawn", "complaint.undone"]


def again_in(row: Complaint) -> Complaint:
    return session.get_one(Complaint, (row.brand_id, row.id))


def test_when_the_seconds_are_over_nothing_is_taken_back(store) -> None:
    row = complain(store, store.member())
    store.do(service.withdraw, row.id, store.mei)

    clock.move(timedelta(seconds=16))

    with pytest.raises(TooLate):
        store.do(service.undo, row.id, store.mei)
    assert again(store, row).state == State.WITHDRAWN


def counted(store, *, days_ago: int = 0) -> Counted:
    """About Wei, of one day."""
    day = clock.business_day(clock.now()) - timedelta(days=days_ago)
    return store.do(queries.about, store.house.wei.id, day, day + timedelta(days=1))


def test_it_counts_on_the_day_on_which_it_happened(store) -> None:
    today = clock.business_day(clock.now())
    complain(store, store.member(), about_wei(store), day=today - timedelta(days=1))

    assert counted(store, days_ago=1) == Counted(1, 0)
    assert counted(store) == Counted()


def test_of_a_hundred_people_rounded_and_of_a_handful_the_counts_themselves() -> None:
    assert words.per_hundred(1, 0) == "—"
    assert words.per_hundred(1, 29) == "1 / 29"
    assert words.per_hundred(1, 80) == "1.3"  # 1.25, half up
    assert words.per_hundred(0, 200) == "0.0"
    assert words.per_hundred(3, 30) == "10.0"


def test_the_late_come_first_and_pages_miss_and_double_none(store, monkeypatch) -> None:
    lin = store.member()
    done = [complain(store, lin) for _ in range(2)]
    for row in done:
        store.do(service.answer, row.id, "办好了", store.mei)
    late = complain(store, lin)
    clock.move(timedelta(days=4))
    fresh = complain(store, lin)
    monkeypatch.setattr(queries, "SHOWN", 1)

    shown, after = [], None
    while True:
        page = store.do(queries.page, None, state=None, store_id=None, after=after)
        shown += [(line.complaint.id, line.is_late) for line in page.lines]
        after = page.next
        if after is None:
            break

    assert shown == [(late.id, True), (fresh.id, False), (done[1].id, False), (done[0].id, False)]
    assert store.do(queries.waiting, None) == (2, 1)


def test_merged_it_is_the_survivor_s_and_undone_hers_again(store) -> None:
    lin, ann = store.member(), store.member()
    row = complain(store, ann, about_wei(store))

    with db.transaction(store.brand_id):
        merge_id = merging.merge(lin, ann, actor="staff:1").id
    survivor = again(store, row).member_id
    with db.transaction(store.brand_id):
        merging.undo(merge_id, actor="staff:1")

    assert survivor == lin
    assert again(store, row).member_id == ann
    assert counted(store) == Counted(1, 0)


def erase(store, member_id: int) -> None:
    with db.transaction(store.brand_id):
        erasures.ask_erasure(
            member_id=member_id, fan_id=None, door="card", by="member", due_at=clock.now()
        )
    erasing.work()


def test_erased_the_words_go_and_the_count_stays(store) -> None:
    lin = store.member()
    row, done = complain(store, lin, about_wei(store)), complain(store, lin, about_wei(store))
    store.do(service.answer, done.id, "道歉了", store.mei)

    erase(store, lin)

    for each in (row, done):
        left = again(store, each)
        assert (left.text_encrypted, left.answer_encrypted) == (None, None)
        assert left.state == State.ANSWERED, "nobody can be answered any more"
    assert again(store, row).answered_by_id is None
    assert counted(store) == Counted(2, 2)


def test_who_was_erased_or_merged_away_complains_no_more(store) -> None:
    lin, ann, gone = store.member(), store.member(), store.member()
    erase(store, gone)
    with db.transaction(store.brand_id):
        merging.merge(lin, ann, actor="staff:1")

    for member_id in (ann, gone):
        with pytest.raises(service.NoMember):
            complain(store, member_id)


def test_her_copy_tells_what_was_written_down(store) -> None:
    lin = store.member()
    row = complain(store, lin, about_wei(store))
    store.do(service.answer, row.id, "道歉了", store.mei)

    with db.transaction(store.brand_id):
        rule = next(each for each in copying.RULES if each.table == "complaints")
        [told_her] = rule.rows(copying.Person(lin, ()))

    assert (told_her["text"], told_her["answer"]) == (WORDS, "道歉了")
    assert (told_her["kind"], told_her["state"]) == ("等太久", "已处理")


def test_another_brand_s_complaint_cannot_be_named(store) -> None:
    row = complain(store, store.member())

    with db.transaction(store.brand_id):
        assert session.scalar(select(func.count()).select_from(Complaint)) == 1
    with db.transaction():
        assert session.execute(text("SELECT count(*) FROM complaints")).scalar_one() == 0
    assert row.brand_id == store.brand_id
