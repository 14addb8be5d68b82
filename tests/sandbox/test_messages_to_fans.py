"""Customer-service windows and mass sends, as fans really received them."""

import threading

import pytest
import xmltodict

from tests.sandbox.play import SERVICE, eventually, running

DAY = 86_400
CUSTOM = "/cgi-bin/message/custom/send"


@pytest.fixture
def fans(sandbox):
    people = [sandbox.person(f"fan-{number}") for number in range(3)]
    for person in people:
        sandbox.act(person, "follow")
    return people


def receipts(receiver):
    return [
        xmltodict.parse(call.opened())["xml"] for call in list(receiver.named("MASSSENDJOBFINISH"))
    ]


def counts(receipt):
    return {name: int(receipt[f"{name}Count"]) for name in ("Total", "Filter", "Sent", "Error")}


def test_three_messages_go_within_a_minute_of_a_follow(sandbox, fans):
    assert [sandbox.send_custom(fans[0]) for _ in range(4)] == [0, 0, 0, 45047]
    assert len(sandbox.messages(fans[0])) == 3


def test_after_the_minute_nothing_goes(sandbox, fans):
    sandbox.move_clock(61)

    assert sandbox.send_custom(fans[0]) == 45015
    assert sandbox.admin("GET", "/sums")["custom"] == {"sent": 0, "refused": 1}


def test_a_message_of_hers_opens_two_days(sandbox, fans):
    sandbox.act(fans[0], "message", text="在吗")
    sandbox.move_clock(2 * DAY - 60)

    assert [sandbox.send_custom(fans[0]) for _ in range(6)] == [0] * 5 + [45047]


def test_a_new_scan_gives_the_full_count_back(sandbox, fans):
    assert [sandbox.send_custom(fans[0]) for _ in range(3)] == [0, 0, 0]
    sandbox.act(fans[0], "scan", scene="S1")

    assert [sandbox.send_custom(fans[0]) for _ in range(4)] == [0, 0, 0, 45047]


def test_who_unfollowed_gets_nothing(sandbox, fans):
    sandbox.act(fans[0], "unfollow")

    assert sandbox.send_custom(fans[0]) == 45015


def test_the_log_says_which_window_was_used(sandbox, fans):
    sandbox.send_custom(fans[0])

    entry = sandbox.log(path=CUSTOM)[0]
    assert (entry["detail"], entry["person_id"]) == ("follow 1/3", fans[0]["person_id"])


@pytest.mark.parametrize(
    ("message", "errcode"),
    [
        ({"msgtype": "hologram"}, 40008),
        ({"msgtype": "text"}, 47001),
        ({"msgtype": "text", "text": {"content": ""}}, 44004),
        ({"msgtype": "text", "text": {"content": "长" * 683}}, 45002),
    ],
)
def test_a_message_wechat_cannot_show_is_refused(sandbox, fans, message, errcode):
    body = {"touser": fans[0]["openids"][SERVICE], **message}

    assert sandbox.post(CUSTOM, body, sandbox.token())["errcode"] == errcode


def test_a_mass_send_reaches_followers_and_its_receipt_adds_up(sandbox, receiver, fans):
    stranger = sandbox.person("stranger")

    answer = sandbox.send_mass([*fans, stranger], "每月一封", clientmsgid="push-1")

    receipt = eventually(lambda: receipts(receiver))[0]
    assert int(receipt["MsgID"]) == answer["msg_id"]
    assert counts(receipt) == {"Total": 4, "Filter": 3, "Sent": 3, "Error": 0}
    assert [len(sandbox.messages(one)) for one in (*fans, stranger)] == [1, 1, 1, 0]
    mass = eventually(lambda: finished(sandbox))
    assert mass == {"jobs": 1, "messages": 3, "duplicates": 0, "receipts": 1}


def finished(sandbox):
    mass = sandbox.admin("GET", "/sums")["mass"]
    return mass if mass["receipts"] else None


def test_who_unfollows_before_delivery_is_an_error_of_the_job(sandbox, receiver, fans):
    sandbox.admin("POST", "/mass", {"delay_seconds": 0.6})
    sandbox.send_mass(fans, "每月一封")
    sandbox.act(fans[0], "unfollow")

    receipt = eventually(lambda: receipts(receiver))[0]

    assert counts(receipt) == {"Total": 3, "Filter": 3, "Sent": 2, "Error": 1}
    sandbox.admin("POST", "/mass", {"delay_seconds": 0.2})


def test_a_fifth_mass_message_in_a_month_is_filtered_without_a_word(sandbox, receiver, fans):
    answers = [sandbox.send_mass(fans, f"第 {number} 封") for number in range(5)]

    told = eventually(lambda: len(receipts(receiver)) == 5 and receipts(receiver))
    assert {answer["errcode"] for answer in answers} == {0}
    by_job = {int(one["MsgID"]): counts(one)["Filter"] for one in told}
    assert [by_job[answer["msg_id"]] for answer in answers] == [3, 3, 3, 3, 0]


def test_the_next_month_counts_afresh(sandbox, receiver, fans):
    for number in range(4):
        sandbox.send_mass(fans, f"第 {number} 封")
    eventually(lambda: len(receipts(receiver)) == 4)
    sandbox.move_clock(32 * DAY)

    sandbox.send_mass(fans, "下个月")

    last = eventually(lambda: len(receipts(receiver)) == 5 and receipts(receiver)[-1])
    assert counts(last)["Sent"] == 3


def test_a_client_id_sends_once_a_day(sandbox, fans):
    first = sandbox.send_mass(fans, "一封", clientmsgid="push-7")
    at_once = sandbox.send_mass(fans, "一封", clientmsgid="push-7")
    sandbox.move_clock(61)
    later = sandbox.send_mass(fans, "一封", clientmsgid="push-7")
    sandbox.move_clock(DAY + 1)
    next_day = sandbox.send_mass(fans, "一封", clientmsgid="push-7")

    assert at_once["errcode"] == 45066
    assert (later["errcode"], later["msg_id"]) == (45065, first["msg_id"])
    assert next_day["errcode"] == 0
    assert [one["repeat"] for one in sandbox.log(key="push-7")] == [False, True, True, False]


def test_without_a_client_id_the_content_stands_for_one(sandbox, fans):
    sandbox.send_mass(fans, "一封")

    assert sandbox.send_mass(fans, "一封")["errcode"] == 45066
    assert sandbox.send_mass(fans, "另一封")["errcode"] == 0


def test_two_workers_with_one_client_id_send_once(sandbox, fans):
    answers = []
    token = sandbox.token()
    body = {"touser": [one["openids"][SERVICE] for one in fans], "msgtype": "text"}
    body |= {"text": {"content": "抢着发"}, "clientmsgid": "race"}

    def send():
        answers.append(sandbox.post("/cgi-bin/message/mass/send", body, token)["errcode"])

    workers = [threading.Thread(target=send) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(answers) == [0] + [45066] * 7


def test_the_same_words_twice_are_counted_as_a_duplicate(sandbox, receiver, fans):
    sandbox.send_mass(fans, "一封", clientmsgid="a")
    sandbox.send_mass(fans, "一封", clientmsgid="b")

    eventually(lambda: len(receipts(receiver)) == 2)

    assert sandbox.admin("GET", "/sums")["mass"]["duplicates"] == 3


@pytest.mark.parametrize(
    ("given", "errcode"),
    [
        ({"touser": ["one"]}, 40130),
        ({"touser": [str(number) for number in range(10_001)]}, 40032),
        ({"touser": ["a", "b"], "clientmsgid": "x" * 65}, 45067),
        ({"touser": ["a", "b"], "msgtype": "hologram"}, 40008),
    ],
)
def test_a_mass_send_beyond_wechats_limits_is_refused(sandbox, given, errcode):
    body = {"msgtype": "text", "text": {"content": "一封"}, **given}

    answer = sandbox.post("/cgi-bin/message/mass/send", body, sandbox.token())

    assert answer["errcode"] == errcode


def test_the_state_of_a_job_can_be_asked(sandbox, fans):
    msg_id = sandbox.send_mass(fans, "一封")["msg_id"]

    def state():
        asked = sandbox.post("/cgi-bin/message/mass/get", {"msg_id": msg_id}, sandbox.token())
        return asked["msg_status"]

    assert state() == "SENDING"
    eventually(lambda: state() == "SEND_SUCCESS")
    unknown = sandbox.post("/cgi-bin/message/mass/get", {"msg_id": 1}, sandbox.token())
    assert unknown["errcode"] == 40059


def test_a_job_accepted_before_a_restart_is_finished_after_it(tmp_path, receiver, preview):
    with running(tmp_path, receiver.url, preview, SANDBOX_MASS_DELAY="600") as first:
        first.open_accounts(receiver.url + "/callback")
        people = [first.person(key) for key in ("lin", "bo")]
        for person in people:
            first.act(person, "follow")
        first.send_mass(people, "一封")

    with running(tmp_path, receiver.url, preview):
        assert counts(eventually(lambda: receipts(receiver))[0])["Sent"] == 2
