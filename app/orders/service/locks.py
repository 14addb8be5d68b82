"""Everything that happens to one receipt happens one after another, also before it is there."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core import db
from app.core.db import session
from app.orders.models import Order
from app.orders.service.told import TILL


def receipt(order_no: str) -> Order | None:
    """A till's receipt, while nobody else works on it."""
    return take(TILL, order_no)


def take(source: str, order_no: str) -> Order | None:
    """Wait for whoever works on this receipt, until the transaction ends; then the receipt as it
    stands. A sale and its return that come at the same moment so find each other.
    """
    name = f"order:{db.current_brand_id()}:{source}:{order_no}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    found = select(Order).filter_by(source=source, order_no=order_no)
    return session.scalar(found.execution_options(populate_existing=True).with_for_update())
