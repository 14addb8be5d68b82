"""Mass sends to a tag or to everybody: the account's four, the fans' four, and what follows."""

import pytest

from tests.sandbox.play import eventually

SENDALL, GET = "/cgi-bin/message/mass/sendall", "/cgi-bin/message/mass/get"


def send_all(sandbox, text, **extra):
    body = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": text}}
    return sandbox.call(SENDALL, body | extra)


def tag(sandbox, openids):
    tag_id = sandbox.call("/cgi-bin/tags/create", {"tag": {"name": "常客"}})["tag"]["id"]
    body = {"openid_list": openids, "tagid": tag_id}
    sandbox.call("/cgi-bin/tags/members/batchtagging", body)
    return tag_id


def status(sandbox, sent):
    return sandbox.call(GET, {"msg_id": sent["msg_id"]})["msg_status"]


def receipts(receiver):
    calls = [call.fields() for call in receiver.calls]
    return [fields for fields in calls if fields.get("Event") == "MASSSENDJOBFINISH"]


def counts(receipt):
    names = ("TotalCount", "FilterCount", "SentCount", "ErrorCount")
    return [int(receipt[name]) for name in names]


def test_everybody_is_sent_to_four_times_a_month(sandbox, receiver):
    sandbox.followers("lin", "bo")

    answers = [send_all(sandbox, f"news {n}").get("errcode") for n in range(5)]

    assert answers == [0, 0, 0, 0, 45028]
    assert len(eventually(lambda: len(receipts(receiver)) == 4 and receipts(receiver))) == 4
    sandbox.move_clock(31 * 86400)
    assert send_all(sandbox, "next month")["errcode"] == 0


def test_a_tag_is_sent_to_and_the_fifth_time_its_fans_are_filtered_without_an_error(
    sandbox, receiver
):
    openids = sandbox.followers("lin", "bo", "wei")
    chosen = {"is_to_all": False, "tag_id": tag(sandbox, openids[:2])}

    answers = [send_all(sandbox, f"news {n}", filter=chosen)["errcode"] for n in range(5)]

    assert answers == [0] * 5
    found = eventually(lambda: len(receipts(receiver)) == 5 and receipts(receiver))
    by_id = sorted(found, key=lambda one: int(one["MsgID"]))
    assert [counts(one) for one in by_id] == [[2, 2, 2, 0]] * 4 + [[2, 0, 0, 0]]


@pytest.mark.parametrize(
    ("chosen", "errcode"),
    [({"is_to_all": False, "tag_id": 999}, 45159), ({"is_to_all": False}, 45159), ("x", 47001)],
)
def test_a_send_to_nobody_known_is_refused(sandbox, chosen, errcode):
    assert send_all(sandbox, "news", filter=chosen)["errcode"] == errcode


def test_the_same_content_to_the_same_scope_is_the_same_send(sandbox):
    first = send_all(sandbox, "news")
    sandbox.move_clock(61)

    again = send_all(sandbox, "news")

    assert (again["errcode"], again["msg_id"]) == (45065, first["msg_id"])


def test_an_article_can_be_deleted_and_a_text_cannot(sandbox):
    sandbox.followers("lin", "bo")
    article = {"msgtype": "mpnews", "mpnews": {"media_id": "M"}}
    sent, text = send_all(sandbox, "", **article), send_all(sandbox, "news")
    assert sent["msg_data_id"]
    eventually(lambda: status(sandbox, sent) == status(sandbox, text) == "SEND_SUCCESS")

    def delete(one):
        body = {"msg_id": one["msg_id"]}
        return sandbox.call("/cgi-bin/message/mass/delete", body)["errcode"]

    assert (delete(sent), delete(text)) == (0, 40059)
    assert status(sandbox, sent) == "DELETE"
    assert sandbox.call(GET, {"msg_id": 7})["errcode"] == 40059


def test_a_send_that_wechat_judges_reaches_nobody(sandbox, receiver, lin):
    sandbox.act(lin, "follow")
    sandbox.admin("POST", "/mass", {"delay_seconds": 0.1, "outcome": "err(20001)"})

    sent = send_all(sandbox, "news")

    [receipt] = eventually(lambda: receipts(receiver))
    assert (receipt["Status"], counts(receipt)) == ("err(20001)", [1, 1, 0, 1])
    assert status(sandbox, sent) == "SEND_FAIL"
    assert sandbox.messages(lin) == []


def test_a_preview_reaches_one_follower_and_costs_nothing(sandbox, lin):
    body = {"towxname": "lin", "msgtype": "text", "text": {"content": "news"}}
    path = "/cgi-bin/message/mass/preview"
    assert sandbox.call(path, body)["errcode"] == 43004
    sandbox.act(lin, "follow")

    for _ in range(5):
        assert sandbox.call(path, body)["errcode"] == 0

    assert {one["via"] for one in sandbox.messages(lin)} == {"preview"}
    assert sandbox.call(path, {**body, "towxname": "nobody"})["errcode"] == 46004


def test_a_blacklisted_or_refusing_fan_is_filtered(sandbox, receiver, lin):
    sandbox.act(lin, "follow")
    [bo, _] = sandbox.followers("bo", "wei")
    sandbox.act(lin, "refuse")
    sandbox.call("/cgi-bin/tags/members/batchblacklist", {"openid_list": [bo]})

    send_all(sandbox, "news")

    assert counts(eventually(lambda: receipts(receiver))[0]) == [3, 1, 1, 0]


def test_the_speed_has_five_levels(sandbox):
    path = "/cgi-bin/message/mass/speed"

    assert sandbox.call(f"{path}/set", {"speed": 3})["errcode"] == 0
    assert sandbox.call(f"{path}/get", {}) == {"speed": 3, "realspeed": 30}
    assert sandbox.call(f"{path}/set", {"speed": 5})["errcode"] == 45083
    assert sandbox.call(f"{path}/set", {"x": 1})["errcode"] == 45084
