"""A basket's price with all that she holds, as till and guide's phone ask for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from app.benefits import service as benefits
from app.benefits import wallets
from app.benefits.purse import purse
from app.benefits.quote import Basket, Line, Quote, Visit, quote
from app.benefits.service import Benefit
from app.brands import service as brands
from app.catalog import service as catalog
from app.core import db
from app.core.errors import BadInput
from app.coupons import queries as coupons

MOST_LINES = 200


class NotABasket(BadInput):
    code, title = "not_a_basket", "购物篮里有两行的行号相同，改好后再报"


@dataclass(frozen=True)
class AskedLine:
    """Goods as the till would charge them: `amount_fen` is for all units."""

    line_no: int
    sku: str
    quantity: int
    amount_fen: int


@dataclass(frozen=True)
class Asked:
    """Whose basket it is, where; the points she wishes to spend; `only` these coupons, or the
    best."""

    member_id: int
    store_id: int
    lines: tuple[AskedLine, ...]
    shipping_fen: int = 0
    points: int = 0
    only: frozenset[int] | None = None

    @property
    def digest(self) -> str:
        """Of the whole question, the same for the lines in whatever order."""
        lines = sorted((asdict(line) for line in self.lines), key=lambda line: line["line_no"])
        story = asdict(self) | {
            "lines": lines,
            "only": None if self.only is None else sorted(self.only),
        }
        return hashlib.sha256(json.dumps(story, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Priced:
    """The quote, and each coupon's words by its key."""

    asked: Asked
    quote: Quote
    benefits: Mapping[str, Benefit]


def price(asked: Asked, at: datetime) -> Priced:
    """What this basket costs her here and now. Raises NotABasket."""
    rows = coupons.open_of_members([asked.member_id])
    wanted = [row for row in rows if asked.only is None or row[0].id in asked.only]
    wallet = benefits.wallet(asked.member_id, wanted, asked.store_id, at)
    visit = Visit(at, asked.store_id, brands.get(db.current_brand_id()).zoneinfo)
    answer = quote(
        _basket(asked),
        wallets.shopper(asked.member_id, wanted),
        wallet.held,
        visit,
        purse(asked.member_id, asked.points),
        wallets.policy(),
    )
    return Priced(asked, answer, wallet.by_key)


def _basket(asked: Asked) -> Basket:
    """The master knows what category a SKU is of; of a stranger only its number counts."""
    products = catalog.known({line.sku for line in asked.lines})
    lines = tuple(
        Line(
            line.line_no,
            line.sku,
            line.quantity,
            line.amount_fen,
            products[line.sku].category if line.sku in products else None,
        )
        for line in asked.lines
    )
    try:
        return Basket(lines, asked.shipping_fen)
    except ValueError:
        raise NotABasket(fields={"json": {"lines": [NotABasket.title]}}) from None
