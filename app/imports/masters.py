"""Stores, members, their tags and products of the demo's data."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import and_, func, literal, select

from app.catalog import bulk as catalog
from app.catalog.models import Product
from app.core import bulk, clock, db
from app.core.crypto import keyring
from app.imports import buried, synthetic
from app.imports import staging as tables
from app.imports.staging import Staging
from app.imports.steps import step
from app.members import bulk as members
from app.members.models import Member, Tag
from app.members.queries import standing_id
from app.stores import bulk as stores
from app.stores.models import Store

TAG_GROUP, SOURCE = "资料", "import"


def add(brand_id: int, staging: Staging, folder: Path) -> None:
    """Everything that orders and coupons will name."""
    with step(brand_id):
        _add_stores(staging, folder)
    with step(brand_id):
        _add_members(staging, folder)
        _add_tags(staging, folder)
    with step(brand_id):
        _add_products(staging, folder)
        bulk.refresh_statistics(Store, Member, Product)


def _add_stores(staging: Staging, folder: Path) -> None:
    rows = (
        (row["code"], synthetic.store_name(int(row["place"]))) for row in _read(folder, "stores")
    )
    tables.copy_rows(staging.stores, ["code", "name"], rows)
    found = staging.stores.c
    stores.add(select(found.code, found.name).order_by(found.code))


def _add_members(staging: Staging, folder: Path) -> None:
    columns = ["number", "joined_on", *members.SEALED]
    tables.copy_rows(staging.members, [*columns, *members.NAMED, "tokens"], _sealed_people(folder))
    buried.leave_out_members(staging)
    found = staging.members.c
    rows = select(
        *(found[name] for name in columns),
        literal("import").label("origin"),
        literal(clock.now()).label("created_at"),
    )
    members.upsert(rows.order_by(func.length(found.number), found.number))
    members.add_tokens(select(found.number, found.tokens))
    named = [found[name] for name in (*members.NAMED, *members.SEALED[:3])]
    members.add_names(select(found.number, *named), SOURCE)


def _sealed_people(folder: Path) -> Iterator[tuple[str | list[int], ...]]:
    secret = keyring().index_key
    for row in _read(folder, "members"):
        household = int(row["number"])
        phone = synthetic.phone_of(household, secret)
        name = synthetic.name_of(household, secret)
        sealed, tokens = members.seal(phone, name), members.tokens(phone, name)
        named = members.seal_number(row["number"])
        yield (row["number"], row["joined_on"], *sealed, *named, tokens)


def _add_tags(staging: Staging, folder: Path) -> None:
    tables.copy_file(staging.member_tags, folder / "member_tags.csv")
    found, brand_id = staging.member_tags.c, db.current_brand_id()
    group = literal(TAG_GROUP).label("group")
    members.add_tags(select(group, found.name).distinct().order_by(found.name))
    tag = and_(Tag.brand_id == brand_id, Tag.group == TAG_GROUP, Tag.name == found.name)
    rows = (
        select(
            standing_id().label("member_id"),
            Tag.id.label("tag_id"),
            literal(SOURCE).label("source"),
            literal(clock.now()).label("tagged_at"),
        )
        .join_from(staging.member_tags, Member, Member.number == found.number)
        .join(Tag, tag)
        .where(Member.brand_id == brand_id)
    )
    members.tag(rows.order_by(Member.id, Tag.id))


def _add_products(staging: Staging, folder: Path) -> None:
    tables.copy_file(staging.products, folder / "products.csv")
    found = staging.products.c
    rows = select(*found, literal(True).label("is_listed"))
    catalog.upsert(rows.order_by(found.sku))


def _read(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with (folder / f"{name}.csv").open(newline="") as file:
        yield from csv.DictReader(file)
