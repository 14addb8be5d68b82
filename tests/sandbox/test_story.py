"""The story page: its ticks come from what happened, on her phone and on the guide's."""

import json

import pytest
import urllib3

from sandbox.story.facts import Facts
from sandbox.story.push import next_minute
from sandbox.story.steps import shown, steps
from tests.sandbox.play import MINI, SERVICE, eventually, running
from tests.sandbox.store_app import PASSWORD, StoreApp

NOTHING = Facts(None, None, None, None, None, 0, 0, 0, 0, 0)
SCENE = "S0021-A03"
GUIDE = {"account": "wei@hemuji", "password": PASSWORD, "name": "Wei"}


@pytest.fixture(scope="module")
def played(tmp_path_factory, the_receiver, preview):
    """A sandbox whose app is the tiny store."""
    app = StoreApp()
    state = tmp_path_factory.mktemp("story")
    with running(state, app.url, preview) as sandbox:
        yield sandbox, app
    app.close()


@pytest.fixture
def story(played, receiver):
    sandbox, app = played
    app.people.clear()
    app.coupons.update(usable=[], used=[])
    app.taps.clear()
    app.pushes.clear()
    sandbox.admin("POST", "/reset")
    sandbox.open_accounts(receiver.url + "/callback")
    given = {"appid": SERVICE, "mini_appid": MINI, "scene": SCENE, "store_name": "静安寺店"}
    given |= {"place": "柜台", "guide": GUIDE, "push": {"account": "mei", "password": PASSWORD}}
    sandbox.admin("PUT", "/story", given)
    return Story(sandbox, app)


class Story:
    def __init__(self, sandbox, app) -> None:
        self.sandbox, self.app = sandbox, app

    def state(self) -> dict:
        return self.sandbox.get("/sandbox/story/state")

    def done(self) -> list[str]:
        return [step["name"] for step in self.state()["steps"] if step["done_ms"] is not None]

    def step(self, name: str) -> dict:
        return next(step for step in self.state()["steps"] if step["name"] == name)

    def her(self, act: str, **given: object) -> dict:
        person = {"person_id": self.state()["run"]["person_id"]}
        return self.sandbox.act(person, act, **given)

    def post(self, path: str, body: dict) -> urllib3.BaseHTTPResponse:
        return self.sandbox.raw("POST", f"/sandbox/story/{path}", json=body)

    def follow(self) -> None:
        self.her("scan", scene=SCENE, follow=False)
        self.her("follow", scene=SCENE)


def test_nothing_is_done_before_anything_happened():
    listed = shown(steps(NOTHING, {}, {}, "静安寺店"))

    assert [step["number"] for step in listed] == list(range(1, 10))
    assert {step["done_ms"] for step in listed} == {None}
    assert [step["name"] for step in listed if step["is_next"]] == ["scan"]


def test_the_notes_say_how_long_it_took_and_how_often_it_came():
    facts = Facts(1000, 2000, 2300, None, None, 3, 1, 1, 1, 0)

    listed = {step.name: step.note for step in steps(facts, {"seen": 2800}, {}, "静安寺店")}

    assert listed["follow"].endswith("来 3 次，算 1 次")
    assert listed["welcome"] == "0.3 秒 · 1 分钟窗口内"
    assert listed["seen"] == "0.8 秒 · 目标 2 秒内"


def test_a_push_is_due_at_a_full_minute_that_leaves_time_to_set_it_up():
    assert next_minute(600.0) == 660
    assert next_minute(651.9) == 660
    assert next_minute(652.0) == 720


def test_looking_and_following_are_one_scan_and_tick_two_steps(story):
    assert story.done() == []

    story.her("scan", scene=SCENE, follow=False)
    assert story.done() == ["scan"]
    story.her("follow", scene=SCENE)

    assert story.done() == ["scan", "follow"]
    assert story.sandbox.admin("GET", "/sums")["scans"] == 1


def test_a_welcome_ticks_when_it_really_reached_her(story):
    story.follow()
    run = story.state()["run"]
    person = story.sandbox.admin("GET", f"/people/{run['person_id']}")

    story.sandbox.send_custom(person, "欢迎")

    assert "welcome" in story.done()
    assert story.state()["sums"]["messages"] == 1


def test_she_is_seen_when_the_guides_own_page_shows_her(story):
    story.app.show(1)
    story.post("begin", {})
    story.follow()
    assert "seen" not in story.done()

    story.app.show(2)

    eventually(lambda: "seen" in story.done())
    notes = [one["what"] for one in story.state()["entries"] if one["kind"] == "note"]
    assert notes == ["导购列表 +1"]
    assert story.state()["sums"]["scan_to_guide_ms"] > 0


def test_claiming_taps_the_guides_button_and_ticks_by_the_board(story):
    story.post("begin", {})
    story.follow()
    story.app.show(5)
    eventually(lambda: "seen" in story.done())

    assert story.post("guide", {"act": "claim"}).status == 200

    assert story.app.taps == ["/guide/visits/5/claim"]
    assert "claim" not in story.done()
    story.app.people[0].update(state="serving", claimed_by="Wei")
    eventually(lambda: "claim" in story.done())
    assert story.step("claim")["note"].endswith("Wei")


def test_the_guide_cannot_take_whom_she_does_not_see(story):
    story.post("begin", {})

    refused = story.post("guide", {"act": "claim"})

    assert refused.status == 409
    assert refused.json() == {"error": "导购的手机上还没有她"}


def test_benefits_and_sample_tick_by_her_own_card(story):
    story.post("begin", {})
    story.follow()
    allowed = story.her("phone", appid=MINI)
    body = {"code": allowed["code"]}
    story.sandbox.post("/wxa/business/getuserphonenumber", body, story.sandbox.token(MINI))
    assert "join" in story.done()

    story.app.coupons["usable"] = [
        {"kind": "amount", "face": "¥20", "title": "新人券"},
        {"kind": "sample", "face": "", "title": "修护精华 5ml"},
    ]

    eventually(lambda: "benefits" in story.done())
    assert story.step("benefits")["note"].endswith("¥20、修护精华 5ml")
    story.app.coupons["used"] = [story.app.coupons["usable"].pop()]
    eventually(lambda: "sample" in story.done())


def test_the_push_is_set_up_in_the_console_and_ticks_when_it_arrives(story):
    story.post("begin", {})
    story.follow()

    assert story.post("push", {}).status == 200

    asked = story.app.pushes[0]
    assert (asked["tag"], asked["repeat"], asked["act"]) == ("7", "once", "schedule")
    assert "push" not in story.done()
    assert story.step("push")["act"] is None
    assert asked["time"] in story.step("push")["waiting"]
    her = story.sandbox.admin("GET", f"/people/{story.state()['run']['person_id']}")
    story.sandbox.send_mass([her, story.sandbox.person("bo")], "本月")
    eventually(lambda: "push" in story.done())
    assert story.step("push")["note"].endswith("她收到了")


def test_starting_again_is_somebody_new_with_an_empty_log(story):
    story.follow()
    first = story.state()["run"]

    story.post("begin", {})

    second = story.state()
    assert second["run"]["person_id"] != first["person_id"]
    assert second["entries"] == []
    assert second["steps"][0]["is_next"]


def test_the_browser_is_handed_the_guides_session_and_never_the_password(story):
    signed = story.post("sign-in", {})

    assert signed.headers["Set-Cookie"].startswith("huike_guide=")
    page = story.sandbox.raw("GET", "/story").data.decode()
    assert f'data-guide="{story.app.url}/guide/board"' in page
    assert PASSWORD not in page
    assert PASSWORD not in json.dumps(story.sandbox.admin("GET", "/story"))


def test_the_page_moves_to_the_hosts_name_of_the_app(story):
    port = story.sandbox.url.rpartition(":")[2]

    answer = story.sandbox.raw(
        "GET", "/story", headers={"Host": f"localhost:{port}"}, redirect=False
    )

    assert answer.status == 302
    assert answer.headers["Location"] == f"http://127.0.0.1:{port}/story"


def test_pages_run_under_a_strict_policy(story):
    run = story.state()["run"]
    for path in ("/story", f"/phone/{run['person_id']}", "/mp/"):
        answer = story.sandbox.raw("GET", path)
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert b" style=" not in answer.data
        assert b"<script>" not in answer.data


def test_the_minis_api_is_passed_on_with_its_session_and_key(story):
    headers = {"Authorization": "Bearer t", "Idempotency-Key": "k" * 8, "Cookie": "huike_guide=x"}

    answer = story.sandbox.raw("POST", "/api/v1/join?a=1", json={"b": 2}, headers=headers)

    assert (answer.status, answer.json()) == (201, {"token": "t"})
    asked = {name.lower(): value for name, value in story.app.asked[-1].items()}
    assert asked["path"] == "/api/v1/join?a=1"
    assert asked["authorization"] == "Bearer t"
    assert asked["idempotency-key"] == "k" * 8
    assert "cookie" not in asked


def test_without_a_story_the_page_says_what_to_do(sandbox):
    page = sandbox.raw("GET", "/story")

    assert page.status == 200
    assert "make demo" in page.data.decode()


def test_a_story_that_lacks_its_store_is_refused(story):
    refused = story.sandbox.raw("PUT", "/sandbox/api/story", json={"appid": SERVICE})

    assert refused.status == 400
    assert "store_name" in refused.json()["error"]
