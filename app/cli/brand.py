"""`flask brand …`: the first brand, its accounts, and who may log in."""

from __future__ import annotations

import click

from app.brands import service as brands
from app.brands.models import AccountKind, CallbackMode
from app.core import db
from app.points import service as points
from app.staff import service as staff
from app.staff.models import Role
from app.wechat import corps

AES_KEY_LENGTH = 43
OF_WECHAT = [kind.value for kind in AccountKind if kind is not AccountKind.WECOM]


@click.group()
def brand() -> None:
    """Add a brand, connect its WeChat accounts, add the first administrator."""


@brand.command()
@click.argument("slug")
@click.argument("name")
@click.option("--color", default="#0a7a4e", show_default=True)
def add(slug: str, name: str, color: str) -> None:
    """Add a brand with the usual three tiers."""
    with db.system_transaction():
        brand_id = brands.create(slug=slug, name=name, color=color).id
    with db.transaction(brand_id):
        points.add_ladder()
    click.echo(f"品牌 {name} 已建好，账号写成 login@{slug}")


@brand.command()
@click.argument("slug")
@click.option("--kind", type=click.Choice(OF_WECHAT), required=True)
@click.option("--appid", required=True)
@click.option("--original-id", required=True)
@click.option("--name", required=True)
@click.option("--mode", type=click.Choice([m.value for m in CallbackMode]), default="safe")
def connect(slug: str, kind: str, appid: str, original_id: str, name: str, mode: str) -> None:
    """Connect a WeChat account; its three secrets are asked for and never shown."""
    secret = click.prompt("AppSecret", hide_input=True)
    callback_token = click.prompt("Token", hide_input=True)
    aes_key = click.prompt("EncodingAESKey", hide_input=True)
    with db.system_transaction():
        account = brands.add_account(
            brand_id=brands.by_slug(slug).id,
            kind=AccountKind(kind),
            appid=appid,
            original_id=original_id,
            name=name,
            secret=secret,
            callback_token=callback_token,
            aes_key=aes_key,
            mode=CallbackMode(mode),
        )
    click.echo(f"在微信后台填写：<PUBLIC_URL>/wechat/{account.url_key}/callback")


@brand.command("connect-wecom")
@click.argument("slug")
@click.option("--corp-id", required=True)
@click.option("--agent-id", required=True, help="Of the app in which guides open Huike.")
def connect_wecom(slug: str, corp_id: str, agent_id: str) -> None:
    """Connect the brand's WeCom, or change what it is connected by: 企业微信登录 by the app's
    Secret; guides' 联系我, their customers and welcomes by Token and EncodingAESKey as well. All
    three are asked for and never shown; leave the last two empty for the login alone."""
    secret = click.prompt("Secret", hide_input=True)
    token = click.prompt("Token", hide_input=True, default="", show_default=False)
    aes_key = click.prompt("EncodingAESKey", hide_input=True, default="", show_default=False)
    if bool(token) != bool(aes_key) or (aes_key and len(aes_key) != AES_KEY_LENGTH):
        raise click.ClickException("Token 和 43 位的 EncodingAESKey，要么都填，要么都留空")
    with db.system_transaction():
        brand_id = brands.by_slug(slug).id
        corps.connect(brand_id, corp_id=corp_id, agent_id=agent_id, secret=secret)
        heard = corps.hear(brand_id, callback_token=token, aes_key=aes_key) if token else None
        url_key = heard.url_key if heard else None
    click.echo("在企业微信后台把 PUBLIC_URL 的域名填进「网页授权及JS-SDK」的可信域名")
    if url_key:
        click.echo(f"客户联系 › 接收事件服务器填写：<PUBLIC_URL>/wechat/{url_key}/callback")


@brand.command()
@click.argument("slug")
@click.argument("login")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="admin")
@click.option("--store", "store_ids", type=int, multiple=True, help="Store id; may be repeated.")
@click.option("--region", "region_ids", type=int, multiple=True, help="As --store, all its stores.")
def person(
    slug: str,
    login: str,
    name: str,
    role: str,
    store_ids: tuple[int, ...],
    region_ids: tuple[int, ...],
) -> None:
    """Add somebody who may log in; the password is asked for."""
    password = click.prompt("密码", hide_input=True, confirmation_prompt=True)
    with db.system_transaction():
        brand_id = brands.by_slug(slug).id
    with db.transaction(brand_id):
        staff.add(
            login=login,
            name=name,
            role=Role(role),
            password=password,
            store_ids=store_ids,
            region_ids=region_ids,
        )
    click.echo(f"{name} 可以用 {login}@{slug} 登录了")
