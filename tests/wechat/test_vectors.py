"""The official vectors of WeChat's message-push page, and one of our own in XML."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.brands.models import CallbackMode
from app.core import clock
from app.wechat import callbacks
from app.wechat.callbacks import Door
from app.wechat.envelope import Seal, sign


def safe_door(appid: str, token: str, aes_key: str) -> Door:
    return Door(1, 1, CallbackMode.SAFE, token, Seal.of(aes_key, appid), rules=())


OFFICIAL = safe_door("wxba5fad812f8e6fb9", "AAAAA", "A" * 43)
OFFICIAL_CIPHER = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcv"
    "ZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3F"
    "n2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSe"
    "OBrebufAlr7F9mFUPAJGj04="
)
OWN = safe_door(
    "wxdemo00000000001", "scrm-demo-token", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
)
OWN_CIPHER = (
    "viJJ6M763/3e8ZI+qvWV5NUVT9beTW9ypwNssPLSejCE2hfSGA8puIK1L7T0ZGFupxAdFYpvlgSJnQ6wvhX1Xas72/hH"
    "/xMa7uxcm2JIMu2zVfBvnW4EH54uEg5eQCNxbSMk8o2NhicBCLP7H1+2xj0lbUgdeV0izkTHqWPuf6JqoLPs1ri2RkiN"
    "jBlxPBs9JeyDQVEGenjks4KTSbU31RaQFGpZqyKm89so9xNfWPQMqLL9WjDItF4vgc/vvPYAKk1+GgyMNGQMxNTWvZGV"
    "C15T5P5uf9h8vCUR/xWOFto2qQY6rrd6fjm5FAm5qXSWnRwLRsJ3nfvveqcgdqpo8+JQTfSqgC7DWURpk8yq4TwJ1WLX"
    "liBr3oIlzBHpUbFh7a9eW2hMqBtnO2rHv+eiPUQRNOJdojz859PYvWzyF3ebGHUftZ0aw2MxaSmWLncGhNM2U8EGC7nL"
    "pU9Lo8nJeA=="
)


def be_at(stamp: int) -> None:
    clock.move(timedelta())
    clock.move(datetime.fromtimestamp(stamp, UTC) - clock.now())


def test_the_official_echo_is_answered():
    be_at(1714036504)
    query = {"timestamp": "1714036504", "nonce": "1514711492", "echostr": "4375120948345356249"}
    query["signature"] = "f464b24fc39322e44b38aa78f5edd27bd1441696"

    assert callbacks.echo(OFFICIAL, query) == "4375120948345356249"


def test_the_official_plain_signature_is_ours():
    signed = sign("AAAAA", "1714037059", "486452656")

    assert signed == "899cf89e464efb63f54ddac96b0a0a235f53aa78"


@pytest.mark.parametrize(
    "envelope", ['{{"ToUserName": "gh", "Encrypt": "{}"}}', "<xml><Encrypt>{}</Encrypt></xml>"]
)
def test_the_official_safe_mode_push_opens(envelope):
    be_at(1714112445)
    query = {"timestamp": "1714112445", "nonce": "415670741", "encrypt_type": "aes"}
    query["msg_signature"] = "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"

    opened = callbacks.open_message(OFFICIAL, query, envelope.format(OFFICIAL_CIPHER).encode())

    assert opened.texts == {
        "ToUserName": "gh_97417a04a28d",
        "FromUserName": "o9AgO5Kd5ggOC-bXrbNODIiE3bGY",
        "CreateTime": "1714112445",
        "MsgType": "event",
        "Event": "debug_demo",
        "debug_str": "hello world",
    }


def test_our_own_xml_push_opens():
    be_at(1790000001)
    query = {"timestamp": "1790000001", "nonce": "n0nce42"}
    query["msg_signature"] = "5186580c3e961b093f15bb02b55f96a606ab7ddd"

    opened = callbacks.open_message(
        OWN, query, f"<xml><Encrypt>{OWN_CIPHER}</Encrypt></xml>".encode()
    )

    assert len(opened.xml.encode()) == 290
    assert opened["EventKey"] == "S0021-G07"


def test_the_official_reply_opens_with_its_random_bytes_and_is_signed_as_they_sign_it():
    sealed = (
        "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    )

    assert OFFICIAL.seal.open(sealed) == '{"demo_resp":"good luck"}'
    assert sign("AAAAA", "1713424427", "415670741", sealed) == (
        "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    )
