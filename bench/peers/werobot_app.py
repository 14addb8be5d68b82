"""werobot with sessions off, answering with an encrypted text; it stores nothing."""

import os

from bottle import Bottle
from werobot import WeRoBot
from werobot.contrib.bottle import make_view

robot = WeRoBot(
    token=os.environ["BENCH_TOKEN"],
    encoding_aes_key=os.environ["BENCH_AES_KEY"],
    app_id=os.environ["BENCH_APPID"],
    enable_session=False,
)


@robot.handler
def answer(_message: object) -> str:
    return "欢迎来到禾木集"


app = Bottle()
app.route("/wechat", ["GET", "POST"], make_view(robot))


@app.get("/up")
def up() -> str:
    return "ok"
