"""The mini-program's own calls: sessions, codes, links, texts."""

import hashlib
import hmac
import io
import json

import pytest
import zxingcpp
from PIL import Image

from tests.sandbox.play import MINI, SECRETS, SERVICE

CODE, LINK, CHECK = "/wxa/getwxacodeunlimit", "/wxa/generate_urllink", "/wxa/msg_sec_check"
RISKY = "特3456书yuuo莞6543李zxcz蒜7782法fgnv级"


def log_in(sandbox, person):
    code = sandbox.act(person, "login", appid=MINI)["code"]
    asked = {"appid": MINI, "secret": SECRETS[MINI], "js_code": code}
    return sandbox.get("/sns/jscode2session", grant_type="authorization_code", **asked)


def session_call(sandbox, what, session, signature=None):
    signed = hmac.new(session["session_key"].encode(), b"", hashlib.sha256).hexdigest()
    asked = {"openid": session["openid"], "sig_method": "hmac_sha256"}
    asked["signature"] = signature or signed
    return sandbox.get(f"/wxa/{what}", access_token=sandbox.token(MINI), **asked)


def test_a_session_is_good_until_the_next_login(sandbox, lin):
    first = log_in(sandbox, lin)
    assert session_call(sandbox, "checksession", first)["errcode"] == 0
    assert session_call(sandbox, "checksession", first, "0" * 64)["errcode"] == 87009

    log_in(sandbox, lin)

    assert session_call(sandbox, "checksession", first)["errcode"] == 87009


def test_a_session_is_reset(sandbox, lin):
    old = log_in(sandbox, lin)

    new = session_call(sandbox, "resetusersessionkey", old)

    assert session_call(sandbox, "checksession", old)["errcode"] == 87009
    assert session_call(sandbox, "checksession", new)["errcode"] == 0


def code(sandbox, **asked):
    body = {"scene": "c=A1b2", **asked}
    return sandbox.raw(
        "POST", f"{CODE}?access_token={sandbox.token(MINI)}", body=json.dumps(body).encode()
    )


def test_a_code_is_a_picture_that_reads_back(sandbox):
    answer = code(sandbox)

    read = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.data)).convert("L"))
    assert answer.headers["Content-Type"] == "image/png"
    assert "scene=c=A1b2" in read[0].text


@pytest.mark.parametrize(
    ("asked", "errcode"),
    [
        ({"scene": "x" * 33}, 40169),
        ({"scene": ""}, 40169),
        ({"scene": "50%"}, 40169),
        ({"page": "/pages/index/index"}, 40165),
        ({"page": "pages/index/index?a=1"}, 40165),
        ({"page": "pages/none/index"}, 41030),
        ({"width": 100}, 40097),
    ],
)
def test_a_code_beyond_the_limits_is_json(sandbox, receiver, asked, errcode):
    sandbox.open_accounts(receiver.url + "/callback", pages=["pages/index/index"])

    answer = code(sandbox, **asked)

    assert (answer.status, answer.json()["errcode"]) == (200, errcode)


def test_an_unreleased_page_passes_unchecked_when_asked(sandbox, receiver):
    sandbox.open_accounts(receiver.url + "/callback", pages=["pages/index/index"])

    assert code(sandbox, page="pages/none/index", check_path=False).data.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("asked", "errcode"),
    [
        ({"expire_type": 1, "expire_interval": 30}, 0),
        ({"expire_type": 1, "expire_interval": 31}, 85400),
        ({"expire_type": 0, "expire_time": 4_000_000_000}, 85400),
        ({"query": "q" * 1025}, 40097),
        ({}, 0),
    ],
)
def test_a_link_lives_thirty_days(sandbox, asked, errcode):
    answer = sandbox.call(LINK, {"path": "/pages/index/index", **asked}, MINI)

    assert answer["errcode"] == errcode
    assert answer.get("url_link", "https://").startswith("https://")


def test_a_text_is_judged_for_somebody_who_was_here_lately(sandbox, lin):
    body = {"version": 2, "openid": lin["openids"][MINI], "scene": 2, "content": "很好用"}
    assert sandbox.call(CHECK, body, MINI)["errcode"] == 61010
    log_in(sandbox, lin)

    good, bad = (sandbox.call(CHECK, {**body, "content": c}, MINI) for c in ("很好用", RISKY))

    assert good["result"] == {"suggest": "pass", "label": 100}
    assert bad["result"]["suggest"] == "risky"
    assert sandbox.call(CHECK, {**body, "content": "字" * 2501}, MINI)["errcode"] == 45002
    sandbox.move_clock(2 * 3600 + 60)
    assert sandbox.call(CHECK, body, MINI)["errcode"] == 61010


def test_the_first_version_answers_with_a_code_alone(sandbox):
    answers = [sandbox.call(CHECK, {"content": text}, MINI) for text in ("很好用", RISKY)]

    assert [one["errcode"] for one in answers] == [0, 87014]


def test_a_service_account_has_none_of_these(sandbox):
    for path in (CODE, LINK, CHECK):
        assert sandbox.call(path, {"scene": "x"}, SERVICE)["errcode"] == 48001
