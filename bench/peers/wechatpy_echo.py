"""wechatpy's own example, with an encrypted text as its answer; it stores nothing."""

import os

from flask import Flask, request
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto

crypto = WeChatCrypto(
    os.environ["BENCH_TOKEN"], os.environ["BENCH_AES_KEY"], os.environ["BENCH_APPID"]
)
app = Flask(__name__)


@app.post("/wechat")
def receive() -> str:
    """Decrypt, parse, answer."""
    given = request.args
    plain = crypto.decrypt_message(
        request.data, given["msg_signature"], given["timestamp"], given["nonce"]
    )
    reply = create_reply("欢迎来到禾木集", parse_message(plain))
    return crypto.encrypt_message(reply.render(), given["nonce"], given["timestamp"])


@app.post("/bare")
def bare() -> str:
    """Nothing at all: what Flask and its server cost."""
    return "success"


@app.get("/up")
def up() -> str:
    return "ok"
