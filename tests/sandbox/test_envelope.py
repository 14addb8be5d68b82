"""The envelope against WeChat's official vectors, and against wechatpy both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from sandbox import crypto

APPID, KEY, TOKEN = "wxba5fad812f8e6fb9", "A" * 43, "AAAAA"
SAFE = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZ"
    "qzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2"
    "Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBr"
    "ebufAlr7F9mFUPAJGj04="
)
SAFE_PLAINTEXT = (
    '{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY",'
    '"CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
)
REPLY = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="

OWN_KEY, OWN_APPID = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", "wxdemo00000000001"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((TOKEN, "1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ((TOKEN, "1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        ((TOKEN, "1714112445", "415670741", SAFE), "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"),
        ((TOKEN, "1713424427", "415670741", REPLY), "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"),
    ],
)
def test_signatures_are_those_of_the_official_page(parts, expected):
    assert crypto.sign(*parts) == expected
    assert crypto.is_signed(expected, *parts)


def test_the_official_push_opens():
    assert crypto.decrypt(SAFE, KEY, APPID) == SAFE_PLAINTEXT


def test_the_official_push_seals_to_the_same_ciphertext():
    assert crypto.encrypt(SAFE_PLAINTEXT, KEY, APPID, b"a8eedb185eb2fecf") == SAFE


def test_the_official_reply_seals_to_the_same_ciphertext():
    sealed = crypto.encrypt('{"demo_resp":"good luck"}', KEY, APPID, b"707722b803182950")

    assert sealed == REPLY


def test_an_envelope_of_another_account_is_refused():
    with pytest.raises(crypto.BadEnvelope):
        crypto.decrypt(SAFE, KEY, "wx0000000000000000")


@pytest.mark.parametrize("broken", ["", "AAAA", "not base64!", SAFE[:-24]])
def test_a_broken_envelope_is_refused(broken):
    with pytest.raises(crypto.BadEnvelope):
        crypto.decrypt(broken, KEY, APPID)


@given(st.text(max_size=400).map(lambda text: text.strip() + "尾"))
def test_wechatpy_opens_what_we_seal(text):
    sealed = crypto.encrypt(text, OWN_KEY, OWN_APPID)
    signature = crypto.sign(TOKEN, "1790000001", "n0nce42", sealed)

    opened = WeChatCrypto(TOKEN, OWN_KEY, OWN_APPID).decrypt_message(
        {"Encrypt": sealed}, signature, "1790000001", "n0nce42"
    )

    assert _text(opened) == text


@given(st.text(max_size=400).map(lambda text: text.strip() + "尾"))
def test_we_open_what_wechatpy_seals(text):
    sealed = WeChatCrypto(TOKEN, OWN_KEY, OWN_APPID).encrypt_message(text, "n0nce42", "1790000001")
    ciphertext = sealed.split("<Encrypt><![CDATA[")[1].split("]]>")[0]

    assert crypto.decrypt(ciphertext, OWN_KEY, OWN_APPID) == text


@given(st.binary(max_size=100))
def test_padding_is_always_there_and_comes_off(text):
    padded = crypto.pad(text)

    assert len(padded) % 32 == 0
    assert 1 <= len(padded) - len(text) <= 32
    assert crypto.unpad(padded) == text


def _text(value):
    return value if isinstance(value, str) else value.decode()
