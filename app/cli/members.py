"""`flask members …`: what an operator does for all members of a brand."""

from __future__ import annotations

import click
from sqlalchemy import select

from app.brands import service as brands
from app.core import db
from app.core.db import session
from app.members import service
from app.members.models import Member

AT_ONCE = 1000


@click.group()
def members() -> None:
    """A brand's members."""


@members.command("index-search")
@click.argument("slug")
def index_search(slug: str) -> None:
    """Write every member's search tokens anew, a thousand a transaction; safe to repeat."""
    with db.system_transaction():
        brand_id = brands.by_slug(slug).id
    done, last = 0, 0
    while (block := _index_after(brand_id, last))[0]:
        done, last = done + block[0], block[1]
    click.echo(f"{done:,} 位会员可以搜索了")


def _index_after(brand_id: int, last: int) -> tuple[int, int]:
    """How many members were done, and the last one."""
    with db.transaction(brand_id):
        block = select(Member).where(Member.id > last).order_by(Member.id).limit(AT_ONCE)
        found = session.scalars(block).all()
        for member in found:
            service.keep_tokens(member)
        return len(found), found[-1].id if found else last
