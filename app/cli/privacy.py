"""`flask privacy …`: what an operator does for people's rights around backups and mail."""

from __future__ import annotations

from typing import TextIO

import click
from flask import current_app
from sqlalchemy import select

from app.brands import service as brands
from app.core import db
from app.core.db import session
from app.journeys.privacy import links, returning
from app.members.models import Member

OPERATOR = "cli"


@click.group()
def privacy() -> None:
    """Tombstones beside backups, and what a mail needs to be ended with one click."""


@privacy.command()
@click.argument("slug")
def tombstones(slug: str) -> None:
    """Print the brand's tombstones: keyed hashes, no names. Keep them with every backup."""
    with db.transaction(_brand_id(slug)):
        for line in returning.lines():
            click.echo(line)


@privacy.command()
@click.argument("slug")
@click.option("--from", "told", type=click.File(encoding="utf-8"), help="Kept tombstones.")
def reapply(slug: str, told: TextIO | None) -> None:
    """After a restored backup: erase again whoever had been erased since it was made."""
    brand_id = _brand_id(slug)
    if told is not None:
        with db.transaction(brand_id):
            click.echo(f"读入 {returning.read(told):,} 个注销标记")
    done = returning.reapply(brand_id, by=OPERATOR)
    click.echo(
        f"注销标记 {done.tombstones:,} 个；重新注销会员 {done.members:,} 位、粉丝 {done.fans:,} 位"
    )


@privacy.command("mail-headers")
@click.argument("slug")
@click.argument("number")
def mail_headers(slug: str, number: str) -> None:
    """Print the headers by which a mail to this member can be ended with one click (RFC 8058)."""
    settings = current_app.config["HUIKE"]
    with db.transaction(_brand_id(slug)):
        member = session.scalars(select(Member).filter_by(number=number)).one()
        holder = links.Holder(member.brand_id, member.id)
    for name, value in links.mail_headers(settings.public_url, settings.secret_key, holder).items():
        click.echo(f"{name}: {value}")


def _brand_id(slug: str) -> int:
    with db.system_transaction():
        return brands.by_slug(slug).id
