"""`flask tags …`: the tags that pushes need, compared with WeChat's and carried over to it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from app.brands import service as brands
from app.core import db
from app.journeys import wechat_tags
from app.journeys.wechat_tags import Drift


@click.group()
def tags() -> None:
    """Our tags and WeChat's."""


@tags.command()
@click.argument("slug")
def drift(slug: str) -> None:
    """Say who carries a needed tag on one side alone; exit 1 if anybody does."""
    _tell(wechat_tags.compare(_brand_id(slug)))


@tags.command("carry-over")
@click.argument("slug")
def carry_over(slug: str) -> None:
    """Make WeChat's tags like ours; exit 1 if something differs still."""
    _tell(wechat_tags.carry_over(_brand_id(slug)))


def _brand_id(slug: str) -> int:
    with db.system_transaction():
        return brands.by_slug(slug).id


def _tell(found: Sequence[Drift]) -> None:
    if not found:
        click.echo("没有推送要用的标签")
    for each in found:
        click.echo(f"{each.needed.name}：{_words(each)}")
    raise SystemExit(0 if all(each.is_true for each in found) else 1)


def _words(each: Drift) -> str:
    if not each.is_linked:
        return f"回客 {each.here:,} 人，微信还没有这个标签"
    return (
        f"回客 {each.here:,} 人，微信 {each.there:,} 人，"
        f"只在回客 {each.only_here:,}，只在微信 {each.only_there:,}"
    )
