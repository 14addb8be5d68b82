"""Products as tills name them, and the day on which a stranger among them becomes known."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.catalog.models import Product
from app.core import db
from app.core.db import session
from app.core.errors import BadInput, NotFound

LONGEST_NAME = 128


class NoProduct(NotFound):
    code, title = "no_product", "没有这个商品编码"


class NameMissing(BadInput):
    code, title = "product_name_missing", f"写上商品名，最多 {LONGEST_NAME} 个字"


def known(skus: Collection[str]) -> dict[str, Product]:
    """The products with these SKUs; one nobody has heard of is missing."""
    found = session.scalars(select(Product).where(Product.sku.in_(skus)))
    return {product.sku: product for product in found}


def take_in(skus: Collection[str]) -> dict[str, Product]:
    """The products with these SKUs, all of them: a stranger is kept as one that is not listed."""
    found = known(skus)
    strangers = sorted(set(skus) - set(found))
    if not strangers:
        return found
    brand_id = db.current_brand_id()
    rows = [
        {"brand_id": brand_id, "sku": sku, "name": f"未列商品 {sku}", "is_listed": False}
        for sku in strangers
    ]
    session.execute(insert(Product).on_conflict_do_nothing(), rows)
    return found | known(strangers)


def list_product(product_id: int, name: str) -> Product:
    """A stranger is given its name and is listed from now on. Raises NoProduct, NameMissing."""
    product, name = db.get(Product, product_id), name.strip()
    if product is None:
        raise NoProduct()
    if not 0 < len(name) <= LONGEST_NAME:
        raise NameMissing(fields={"name": [NameMissing.title]})
    product.name, product.is_listed = name, True
    return product
