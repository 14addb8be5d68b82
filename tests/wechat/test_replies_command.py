"""`flask replies`: what headquarters' operator sets up, and what she is told when it cannot be."""

from __future__ import annotations

import pytest

from app.wechat import callbacks
from tests.wechat import letters


@pytest.fixture
def flask(app):
    from app.cli.replies import replies

    runner = app.test_cli_runner()
    yield lambda *arguments: runner.invoke(replies, arguments)
    callbacks.forget_doors()


def test_a_rule_is_added_listed_answers_and_is_taken_away(flask, client, account):
    assert (
        "已加上"
        in flask(
            "add", account.appid, "--on", "text", "--words", "地址", "--text", "人民路 1 号"
        ).output
    )
    listed = flask("list", account.appid).output
    assert "发文字「地址」→ text" in listed

    callbacks.forget_doors()
    answered = letters.push(client, account, letters.text_message("地址在哪"))
    assert "Encrypt" in answered.text

    assert "已去掉" in flask("remove", account.appid, listed.split()[0]).output
    assert "还没有自动回复" in flask("list", account.appid).output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "{appid}", "--on", "followed", "--kind", "news", "--title", "新品"), "--url"),
        (("add", "{appid}", "--on", "followed"), "--text"),
        (("add", "wxnobody", "--on", "followed", "--text", "你好"), "flask brand connect"),
        (("remove", "{appid}", "999999"), "flask replies list"),
    ],
)
def test_what_is_missing_is_named(flask, account, arguments, told):
    result = flask(*(argument.format(appid=account.appid) for argument in arguments))

    assert result.exit_code == 2
    assert told in result.output
