"""Tags that a push needs are carried over to WeChat, within its limits, and the drift is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.cli import tags
from app.core import clock, db
from app.core.db import session
from app.journeys import wechat_tags
from app.members import service as members
from app.pushes.models import Push, PushState
from app.wechat import gateway
from tests.sandbox.play import Sandbox

pytestmark = pytest.mark.flow


@pytest.fixture(autouse=True)
def whole_limits(box: Sandbox):
    yield
    box.limits(tags=None, tags_per_fan=None, openids_per_tagging=None)


def follow(box: Sandbox, brand, account, *names: str) -> list[int]:
    """Followers here and at WeChat; answers their fan ids."""
    ids = []
    for name in names:
        person = box.person(name)
        box.admin("POST", f"/people/{person['person_id']}/follow", {"appid": account.appid})
        with db.transaction(brand.id):
            at = clock.now() - timedelta(hours=1)
            ids.append(members.follow(account.id, person["openids"][account.appid], at).id)
    return ids


def tag(brand, fan_ids: list[int], name: str = "静安寺店") -> int:
    with db.transaction(brand.id):
        members.tag_fans(fan_ids, "门店", name, "test")
        return members.tag("门店", name)


def push_to(brand, account, tag_id: int, state: PushState = PushState.SCHEDULED) -> None:
    with db.transaction(brand.id):
        session.add(
            Push(
                name="十月", account_id=account.id, tag_id=tag_id, state=state, text="新品",
                once_at=clock.now(), created_at=clock.now(),
            )
        )  # fmt: skip


def at_wechat(account) -> dict[str, set[str]]:
    """Who carries which tag, as WeChat says."""
    own = [tag for tag in gateway.tags(account.id) if tag.tag_id >= 100]
    return {
        each.name: {o for page in gateway.fans_of_tag(account.id, each.tag_id) for o in page}
        for each in own
    }


def figures(drifts) -> list[tuple]:
    return [(d.is_linked, d.here, d.there, d.only_here, d.only_there) for d in drifts]


def test_only_a_tag_that_a_push_needs_goes_to_wechat(box, brand, account):
    lin, bo = follow(box, brand, account, "lin", "bo")
    needed = tag(brand, [lin, bo])
    tag(brand, [lin], "来源")
    push_to(brand, account, needed)

    assert figures(wechat_tags.carry_over(brand.id)) == [(True, 2, 2, 0, 0)]

    ((name, carriers),) = at_wechat(account).items()
    assert name == f"静安寺店#{needed}"
    assert len(carriers) == 2


def test_a_drift_is_told_both_ways_and_comparing_changes_nothing(box, brand, account):
    lin, _ = follow(box, brand, account, "lin", "bo")
    needed = tag(brand, [lin])
    push_to(brand, account, needed)
    wechat_tags.carry_over(brand.id)
    (wechat_tag,) = [each for each in gateway.tags(account.id) if each.tag_id >= 100]
    bos = box.person("bo")["openids"][account.appid]
    lins = box.person("lin")["openids"][account.appid]
    gateway.tag_fans(account.id, wechat_tag.tag_id, [bos])
    gateway.untag_fans(account.id, wechat_tag.tag_id, [lins])

    assert figures(wechat_tags.compare(brand.id)) == [(True, 1, 1, 1, 1)]
    assert at_wechat(account) == {wechat_tag.name: {bos}}

    assert figures(wechat_tags.carry_over(brand.id)) == [(True, 1, 1, 0, 0)]
    assert at_wechat(account) == {wechat_tag.name: {lins}}


def test_more_than_fifty_fans_go_in_helpings(box, brand, account):
    fans = follow(box, brand, account, *(f"p{number}" for number in range(53)))
    push_to(brand, account, tag(brand, fans))

    assert figures(wechat_tags.carry_over(brand.id)) == [(True, 53, 53, 0, 0)]
    assert len(box.log(path="/cgi-bin/tags/members/batchtagging")) == 2


def test_a_fan_with_twenty_tags_costs_the_others_nothing_and_stays_in_the_drift(
    box, brand, account
):
    lin, bo = follow(box, brand, account, "lin", "bo")
    full = gateway.create_tag(account.id, "手工").tag_id
    gateway.tag_fans(account.id, full, [box.person("lin")["openids"][account.appid]])
    box.limits(tags_per_fan=1)
    push_to(brand, account, tag(brand, [lin, bo]))

    assert figures(wechat_tags.carry_over(brand.id)) == [(True, 2, 1, 1, 0)]


def test_an_account_with_a_hundred_tags_has_no_room_and_the_report_says_so(box, brand, account):
    (lin,) = follow(box, brand, account, "lin")
    gateway.create_tag(account.id, "手工")
    box.limits(tags=1)
    push_to(brand, account, tag(brand, [lin]))

    assert figures(wechat_tags.carry_over(brand.id)) == [(False, 1, 0, 0, 0)]


def test_carrying_over_twice_makes_no_second_tag(box, brand, account):
    (lin,) = follow(box, brand, account, "lin")
    push_to(brand, account, tag(brand, [lin]))

    wechat_tags.carry_over(brand.id)
    wechat_tags.carry_over(brand.id)

    assert len(box.log(path="/cgi-bin/tags/create")) == 1
    assert len(box.log(path="/cgi-bin/tags/members/batchtagging")) == 1


def test_a_tag_whose_making_was_not_heard_of_is_found_again_by_its_name(box, brand, account):
    (lin,) = follow(box, brand, account, "lin")
    push_to(brand, account, tag(brand, [lin]))
    box.fault("/cgi-bin/tags/create", "lose_response", times=1)
    with pytest.raises(gateway.NoAnswer):
        wechat_tags.carry_over(brand.id)

    assert figures(wechat_tags.carry_over(brand.id)) == [(True, 1, 1, 0, 0)]
    assert len(at_wechat(account)) == 1


@pytest.mark.parametrize("name", ["静安寺店", "名字很长很长很长很长很长的一家门店"])
def test_a_tags_name_fits_into_thirty_bytes(name):
    needed = wechat_tags.Needed(1, 1, 12345, name, None)

    assert len(needed.wechat_name.encode()) <= 30
    assert needed.wechat_name.endswith("#12345")


def test_the_command_tells_the_drift_and_ends_with_one(app, box, brand, account):
    (lin,) = follow(box, brand, account, "lin")
    push_to(brand, account, tag(brand, [lin]))
    runner = app.test_cli_runner()

    before = runner.invoke(tags.tags, ["drift", "hemuji"])
    carried = runner.invoke(tags.tags, ["carry-over", "hemuji"])

    assert before.exit_code == 1
    assert "回客 1 人，微信还没有这个标签" in before.output
    assert carried.exit_code == 0
    assert "只在回客 0，只在微信 0" in carried.output
