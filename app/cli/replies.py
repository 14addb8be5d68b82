"""`flask replies …`: what an account answers at once to a follow, a scan, a menu key or a text."""

from __future__ import annotations

import click
from sqlalchemy import select

from app.brands.models import WechatAccount
from app.core import db
from app.core.db import session
from app.wechat import replies as passive
from app.wechat.models import ReplyKind, ReplyRule, Trigger

WORDS = {
    Trigger.FOLLOWED: "关注时",
    Trigger.SCANNED: "扫码时",
    Trigger.MENU: "点菜单",
    Trigger.TEXT: "发文字",
    Trigger.MESSAGE: "发其他消息",
}
NEEDED = {
    ReplyKind.TEXT: "--text",
    ReplyKind.IMAGE: "--media-id",
    ReplyKind.NEWS: "--title 和 --url",
}


@click.group()
def replies() -> None:
    """Passive replies of an account: list, add, remove."""


@replies.command(name="list")
@click.argument("appid")
def list_rules(appid: str) -> None:
    """Say what the account answers, in the order in which rules are tried."""
    account = _account(appid)
    with db.transaction(account.brand_id):
        rules = passive.switched_on(account.id)
        lines = [
            f"{rule.id}  {WORDS[rule.trigger]}「{rule.words or '任何'}」→ {rule.kind}"
            for rule in rules
        ]
    click.echo("\n".join(lines) or "这个号还没有自动回复；用 flask replies add 加一条")


@replies.command()
@click.argument("appid")
@click.option("--on", "trigger", type=click.Choice([t.value for t in Trigger]), required=True)
@click.option("--kind", type=click.Choice([k.value for k in ReplyKind]), default="text")
@click.option("--words", help="Menu key or scene, whole; of a text only a part. Without: any.")
@click.option("--position", default=0, help="Smaller is tried first.")
@click.option("--text")
@click.option("--media-id")
@click.option("--title")
@click.option("--description")
@click.option("--picture")
@click.option("--url")
@click.option("--account", "kf_account", help="The customer service account to hand her to.")
def add(
    appid: str, trigger: str, kind: str, words: str | None, position: int, **given: str | None
) -> None:
    """Add a rule; it counts within five seconds."""
    account = _account(appid)
    given["account"] = given.pop("kf_account")
    content = {name: value for name, value in given.items() if value is not None}
    try:
        with db.transaction(account.brand_id):
            passive.add(
                account.id, Trigger(trigger), ReplyKind(kind), content,
                words=words, position=position,
            )  # fmt: skip
    except KeyError:
        raise click.UsageError(f"{kind} 还需要 {NEEDED[ReplyKind(kind)]}") from None
    click.echo("已加上，五秒内生效")


@replies.command()
@click.argument("appid")
@click.argument("rule_id", type=int)
def remove(appid: str, rule_id: int) -> None:
    """Take a rule away."""
    account = _account(appid)
    with db.transaction(account.brand_id):
        rule = db.get(ReplyRule, rule_id)
        if rule is None or rule.account_id != account.id:
            raise click.UsageError("这个号没有这条自动回复；用 flask replies list 看有哪些")
        passive.remove([rule])
    click.echo("已去掉，五秒内生效")


def _account(appid: str) -> WechatAccount:
    with db.system_transaction():
        found = session.scalar(select(WechatAccount).filter_by(appid=appid))
    if found is None:
        raise click.UsageError(f"没有接入 {appid}；先用 flask brand connect 接入")
    return found
