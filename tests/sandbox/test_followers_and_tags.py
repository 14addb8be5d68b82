"""Fans in batches and pages, remarks, tags and the blacklist: WeChat's limits to the letter."""

import pytest

from tests.sandbox.play import MINI, SERVICE

INFO, BATCH = "/cgi-bin/user/info", "/cgi-bin/user/info/batchget"
CREATE, TAG, UNTAG = "/cgi-bin/tags/create", "batchtagging", "batchuntagging"


def info(sandbox, openid):
    return sandbox.get(INFO, access_token=sandbox.token(), openid=openid)


def make_tag(sandbox, name):
    return sandbox.call(CREATE, {"tag": {"name": name}})["tag"]["id"]


def put(sandbox, how, openids, tag_id):
    body = {"openid_list": openids, "tagid": tag_id}
    return sandbox.call(f"/cgi-bin/tags/members/{how}", body)["errcode"]


def test_a_batch_of_fans_answers_in_the_order_asked(sandbox, lin):
    openids = [lin["openids"][SERVICE], *sandbox.followers("bo")]

    answer = sandbox.call(BATCH, {"user_list": [{"openid": one} for one in openids]})

    assert [one["openid"] for one in answer["user_info_list"]] == openids
    assert [one["subscribe"] for one in answer["user_info_list"]] == [0, 1]
    assert "errcode" not in answer


@pytest.mark.parametrize(("count", "errcode"), [(100, None), (101, 40032), (0, 40032)])
def test_a_batch_holds_at_most_a_hundred(sandbox, lin, count, errcode):
    asked = [{"openid": lin["openids"][SERVICE], "lang": "zh_CN"}] * count

    assert sandbox.call(BATCH, {"user_list": asked}).get("errcode") == errcode


def pages(sandbox):
    found, after = [], ""
    while True:
        answer = sandbox.get("/cgi-bin/user/get", access_token=sandbox.token(), next_openid=after)
        found.append(answer)
        if answer["count"] == 0:
            return found
        after = answer["next_openid"]


def test_followers_come_in_pages_until_one_is_empty(sandbox):
    openids = sandbox.followers("lin", "bo", "wei")
    sandbox.person("never-followed")
    sandbox.limits(openids_per_page=2)

    read = pages(sandbox)

    assert [page["count"] for page in read] == [2, 1, 0]
    assert {page["total"] for page in read} == {3}
    assert [one for page in read[:-1] for one in page["data"]["openid"]] == openids
    assert read[-1] == {"total": 3, "count": 0, "next_openid": ""}


def test_a_page_after_a_foreign_openid_is_refused(sandbox, lin):
    foreign = lin["openids"][MINI]

    answer = sandbox.get("/cgi-bin/user/get", access_token=sandbox.token(), next_openid=foreign)

    assert answer["errcode"] == 40003


@pytest.mark.parametrize(
    ("remark", "errcode"), [("老客户 👑", 0), ("字" * 29, 0), ("字" * 30, 40035)]
)
def test_a_remark_is_below_thirty_characters(sandbox, remark, errcode):
    [openid] = sandbox.followers("lin")

    answer = sandbox.call(f"{INFO}/updateremark", {"openid": openid, "remark": remark})

    assert answer["errcode"] == errcode
    assert info(sandbox, openid)["remark"] == (remark if errcode == 0 else "")


def test_a_tag_counts_its_fans_and_shows_on_them(sandbox):
    openids = sandbox.followers("lin", "bo")
    tag_id = make_tag(sandbox, "常客")

    assert put(sandbox, TAG, openids, tag_id) == 0
    assert put(sandbox, TAG, openids, tag_id) == 0
    assert put(sandbox, UNTAG, openids[1:], tag_id) == 0

    listed = sandbox.call("/cgi-bin/tags/get")["tags"]
    assert {"id": tag_id, "name": "常客", "count": 1} in listed
    assert {"id": 2, "name": "星标组", "count": 0} in listed
    assert info(sandbox, openids[0])["tagid_list"] == [tag_id]
    ids = sandbox.call("/cgi-bin/tags/getidlist", {"openid": openids[0]})
    assert ids == {"tagid_list": [tag_id]}
    assert info(sandbox, openids[1])["tagid_list"] == []


def test_the_fans_of_a_tag_come_in_pages(sandbox):
    openids = sandbox.followers("lin", "bo", "wei")
    tag_id = make_tag(sandbox, "常客")
    put(sandbox, TAG, openids, tag_id)
    sandbox.limits(openids_per_page=2)

    first = sandbox.call("/cgi-bin/user/tag/get", {"tagid": tag_id})
    asked = {"tagid": tag_id, "next_openid": first["next_openid"]}
    second = sandbox.call("/cgi-bin/user/tag/get", asked)

    assert first["data"]["openid"] + second["data"]["openid"] == openids
    assert sandbox.call("/cgi-bin/user/tag/get", {**asked, "next_openid": openids[2]}) == {
        "count": 0,
        "next_openid": "",
    }


@pytest.mark.parametrize(
    ("name", "errcode"),
    [
        ("", 45157), ("星标组", 45157), ("常客", 45157), (7, 45157),
        ("字" * 10, None), ("字" * 10 + "a", 45158),
    ],
)  # fmt: skip
def test_a_tags_name_is_new_and_at_most_thirty_bytes(sandbox, name, errcode):
    make_tag(sandbox, "常客")

    assert sandbox.call(CREATE, {"tag": {"name": name}}).get("errcode") == errcode


def test_an_account_has_a_hundred_tags(sandbox):
    sandbox.limits(tags=3)
    for number in range(3):
        make_tag(sandbox, f"t{number}")

    assert sandbox.call(CREATE, {"tag": {"name": "one more"}})["errcode"] == 45056


def test_a_fan_carries_twenty_tags_and_a_refused_call_changes_nobody(sandbox):
    full, free = sandbox.followers("lin", "bo")
    for number in range(20):
        assert put(sandbox, TAG, [full], make_tag(sandbox, f"t{number}")) == 0
    last = make_tag(sandbox, "one more")

    assert put(sandbox, TAG, [free, full], last) == 45059

    assert info(sandbox, free)["tagid_list"] == []
    assert len(info(sandbox, full)["tagid_list"]) == 20


def test_a_call_tags_fifty_of_this_accounts_followers(sandbox, lin):
    [bo] = sandbox.followers("bo")
    tag_id = make_tag(sandbox, "常客")

    assert put(sandbox, TAG, [bo] * 51, tag_id) == 40032
    assert put(sandbox, TAG, [], tag_id) == 40032
    assert put(sandbox, TAG, [bo], 999) == 45159
    assert put(sandbox, TAG, [bo], str(tag_id)) == 45159
    assert put(sandbox, TAG, ["made-up"], tag_id) == 40003
    assert put(sandbox, TAG, [lin["openids"][MINI]], tag_id) == 49003
    assert put(sandbox, TAG, [bo, lin["openids"][SERVICE]], tag_id) == 40003
    assert info(sandbox, bo)["tagid_list"] == []


def test_a_tag_is_renamed_and_deleted_unless_it_is_the_systems(sandbox):
    [lin] = sandbox.followers("lin")
    tag_id = make_tag(sandbox, "常客")
    put(sandbox, TAG, [lin], tag_id)

    def change(how, **tag):
        return sandbox.call(f"/cgi-bin/tags/{how}", {"tag": tag})["errcode"]

    assert change("update", id=tag_id, name="老客") == 0
    assert change("update", id=tag_id, name="老客") == 0
    assert change("update", id=2, name="x") == 45058
    assert change("delete", id=0) == 45058
    assert change("delete", id=999) == 45159
    sandbox.limits(fans_of_a_deletable_tag=0)
    assert change("delete", id=tag_id) == 45057
    sandbox.admin("POST", "/limits", {"fans_of_a_deletable_tag": None})
    assert change("delete", id=tag_id) == 0
    assert info(sandbox, lin)["tagid_list"] == []


def test_who_leaves_loses_her_tags_and_remark(sandbox, lin):
    sandbox.act(lin, "follow")
    openid = lin["openids"][SERVICE]
    put(sandbox, TAG, [openid], make_tag(sandbox, "常客"))
    sandbox.call(f"{INFO}/updateremark", {"openid": openid, "remark": "x"})

    sandbox.act(lin, "unfollow")
    sandbox.act(lin, "follow")

    assert info(sandbox, openid)["tagid_list"] == []
    assert info(sandbox, openid)["remark"] == ""


def test_the_blacklist_takes_twenty_a_call(sandbox):
    openids = sandbox.followers("lin", "bo")
    path = "/cgi-bin/tags/members"

    assert sandbox.call(f"{path}/batchblacklist", {"openid_list": openids})["errcode"] == 0
    listed = sandbox.call(f"{path}/getblacklist", {"begin_openid": ""})
    assert (listed["total"], listed["data"]["openid"]) == (2, openids)

    assert sandbox.call(f"{path}/batchunblacklist", {"openid_list": openids[:1]})["errcode"] == 0
    assert sandbox.call(f"{path}/getblacklist", {})["total"] == 1
    too_many = {"openid_list": openids[:1] * 21}
    assert sandbox.call(f"{path}/batchblacklist", too_many)["errcode"] == 40032


def test_tags_belong_to_one_account(sandbox):
    make_tag(sandbox, "常客")

    assert sandbox.call("/cgi-bin/tags/get", appid=MINI)["errcode"] == 48001


@pytest.mark.parametrize("body", [{}, {"tag": "x"}])
def test_a_tag_call_without_a_tag_is_no_data(sandbox, body):
    assert sandbox.call(CREATE, body)["errcode"] == 47001


def test_limits_that_do_not_exist_are_named(sandbox):
    answer = sandbox.raw("POST", "/sandbox/api/limits", json={"nonsense": 1})

    assert (answer.status, answer.json()) == (400, {"error": "no such limit: nonsense"})
