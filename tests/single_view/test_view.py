"""The single view: what every feature knows of her, in a fixed number of queries."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from app.core import db
from app.core.errors import BadInput
from app.members.models import Readers
from app.members.service import notes
from app.pushes.models import SkipReason
from app.single_view import listing, scope, timeline, view
from app.single_view.timeline import deliveries
from app.single_view.view import Reader
from tests import factories

MOST_STATEMENTS = 13  # a page of the timeline is one, whatever it tells


@pytest.fixture
def mei(house):
    return Reader(house.mei.id, None)


def look(house, member_id, reader, **asked):
    with db.transaction(house.brand.id):
        return view.single_view(member_id, reader, **asked)


def read(house, member_id, reader, **asked):
    with db.transaction(house.brand.id):
        return view.timeline_page(member_id, reader, **asked)


def test_it_says_who_she_is_where_she_is_and_what_she_spent(house, history, mei):
    found = look(house, history, mei)

    assert (found.shown_name, found.phone_masked) == ("周**", "138****5678")
    assert (found.store_name, found.in_store) == ("静安寺店", "静安寺店")
    facts = found.facts
    assert (facts.bought.order_count, facts.bought.paid_fen) == (4, 36800)
    assert (facts.rhythm.days, facts.rhythm.gap_count) == (10, 3)
    assert (facts.mass_used, facts.mass_cap) == (2, 4)
    assert found.standing.points == 268
    assert [coupon.kind for coupon in found.held.usable] == []


def test_tags_say_who_or_what_put_them_there(house, history, mei):
    tags = {each.name: (each.source, each.by) for each in look(house, history, mei).tags}

    assert tags == {"爱买礼盒": ("手动", "梅"), "门店扫码": ("规则", None)}


def test_consents_stand_for_each_purpose_and_channel(house, history, mei):
    lines = {each.purpose: each.is_given for each in look(house, history, mei).consents}

    assert lines["会员协议"] is True
    assert lines["营销 · 服务号"] is True
    assert lines["画像分析"] is None, "never asked is not the same as no"


def test_one_timeline_tells_everything_newest_first(house, history, mei):
    page = read(house, history, mei)
    told = [moment.words for moment in page.moments]

    times = [moment.at for moment in page.moments]
    assert times == sorted(times, reverse=True)
    for words in (
        "在静安寺店扫码",
        "在静安寺店购买 ¥268.00",
        "在静安寺店退货 ¥50.00",
        "积分 +268",
        "得到小样 修护精华 5ml 小样",
        "用了小样 修护精华 5ml 小样",
        "推送：会员日",
        "没有发给她：周末到店礼",
        "来电 3 分 12 秒",
        "小魏 写了备注",
        "加上标签「爱买礼盒」",
        "加上标签「门店扫码」",
        "点了菜单",
        "发来消息",
        "入会",
        "同意：营销 · 服务号",
    ):
        assert words in told
    assert page.next is None


def test_what_was_not_sent_says_which_gate_stopped_it(house, history, mei):
    (skipped,) = [
        moment for moment in read(house, history, mei, kind="push").moments if moment.badge
    ]

    assert skipped.badge == "额度用完"
    assert [(gate.words, gate.is_passed) for gate in skipped.gates] == [
        ("关注着", True),
        ("同意营销", True),
        ("满 14 岁，或没有说", True),
        ("不在对照组", True),
        ("额度用完", False),
    ]


def test_every_reason_has_its_words():
    assert set(deliveries.WHY) == set(deliveries.PASSED) == set(SkipReason)


@pytest.mark.parametrize("kind", [kind for kind in timeline.KINDS if kind])
def test_each_filter_shows_its_kind_and_all_of_it(house, history, mei, kind):
    whole = read(house, history, mei).moments

    shown = read(house, history, mei, kind=kind).moments

    assert shown == [moment for moment in whole if moment.kind == kind]
    assert shown


@pytest.mark.parametrize("kind", timeline.KINDS)
def test_page_after_page_is_the_whole_once(house, history, mei, kind):
    """Also where several things happened at the very same moment."""
    with db.transaction(house.brand.id):
        reader = timeline.Whose(history, view.members.fan_ids_of(history))
        whole = timeline.read(reader, kind=kind, limit=100).moments
        paged, before = [], ""
        while True:
            page = timeline.read(reader, kind=kind, before=before, limit=2)
            paged += page.moments
            if page.next is None:
                break
            before = page.next

    assert paged == whole


@pytest.mark.parametrize("asked", [{"kind": "all"}, {"before": "x"}, {"before": "1-3-abc"}])
def test_a_filter_or_a_place_that_does_not_exist_is_refused(house, history, mei, asked):
    with pytest.raises(BadInput) as refused:
        read(house, history, mei, **asked)
    assert list(refused.value.extra["fields"]) == list(asked)


def test_who_is_out_of_scope_is_not_there(house, history):
    bo = Reader(house.bo.id, {house.hubin.id})

    with pytest.raises(scope.NoMember):
        look(house, history, bo)
    with pytest.raises(scope.NoMember):
        look(house, 10**9, bo)


def test_a_member_of_another_brand_is_not_there(house, history):
    other = factories.make_brand("qinghe", "青禾")

    with pytest.raises(scope.NoMember), db.transaction(other.id):
        view.single_view(history, view.MACHINE)


@pytest.mark.parametrize(
    ("readers", "sees_author", "sees_manager", "sees_guide"),
    [
        (Readers.EVERYONE, True, True, True),
        (Readers.MANAGERS, True, True, False),
        (Readers.AUTHOR, True, False, False),
    ],
)
def test_a_note_has_its_readers(house, lin, readers, sees_author, sees_manager, sees_guide):
    with db.transaction(house.brand.id):
        notes.write_note(lin, author_id=house.wei.id, text="怕晒", readers=readers)
    people = [
        Reader(house.wei.id, None, is_manager=False),
        Reader(house.mei.id, None),
        Reader(house.bo.id, None, is_manager=False),
    ]

    seen = [
        any("怕晒" in moment.details for moment in read(house, lin, reader).moments)
        for reader in people
    ]

    assert seen == [sees_author, sees_manager, sees_guide]


def test_a_purchase_names_its_dearest_lines(house, history, mei):
    told = {moment.words: moment.details for moment in read(house, history, mei).moments}

    assert told["在静安寺店购买 ¥268.00"] == ["修护面霜 50g ×1　¥268.00"]


def test_the_view_asks_a_fixed_number_of_questions(house, history, mei):
    asked = []
    with db.transaction(house.brand.id) as opened:
        listen = opened.connection()
        event.listen(listen, "before_cursor_execute", lambda *args: asked.append(args[2]))
        view.single_view(history, mei)
    asked = [each for each in asked if "SAVEPOINT" not in each]  # the test's own

    assert len(asked) <= MOST_STATEMENTS, "\n".join(asked)


def test_the_list_is_paged_by_key_and_sorted_by_what_they_spent(house, lin):
    for place in range(45):
        fan = factories.make_fan(house.brand.id, house.brand.service.id, f"o-{place}")
        factories.make_member(house.brand.id, fan.id, f"139{place:08d}")

    seen, after = [], ""
    with db.transaction(house.brand.id):
        while True:
            page = listing.page(listing.Asked(after=after), None)
            seen += [line.member.id for line in page.lines]
            if page.next is None:
                break
            after = page.next
        whole = listing.count(None)

    assert len(seen) == len(set(seen)) == whole == 46
    assert seen == sorted(seen, reverse=True)


def test_the_list_of_a_store_holds_who_belongs_there_or_was_there(house, lin):
    other = factories.make_fan(house.brand.id, house.brand.service.id, "o-elsewhere")
    factories.make_member(house.brand.id, other.id, "13911112222")

    with db.transaction(house.brand.id):
        here = [line.member.id for line in listing.page(listing.Asked(), {house.jingan.id}).lines]
        there = listing.page(listing.Asked(), {house.hubin.id}).lines

    assert here == [lin]
    assert there == []


@pytest.mark.parametrize("state", listing.State)
def test_a_state_filters_by_what_it_says(house, lin, state):
    with db.transaction(house.brand.id):
        page = listing.page(listing.Asked(state=state), None)

    assert [line.state for line in page.lines] == ([state] if state == listing.State.NEW else [])
