"""What was given twice, or without a right to it, while a till was alone: kept until seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.benefits.models import Checkout, ConflictKind, Presence, TillConflict
from app.benefits.redeem.written import use_key
from app.core import clock, db
from app.core.db import session
from app.core.errors import NotFound
from app.coupons.models import Coupon, Redemption


class NoConflict(NotFound):
    code, title = "no_till_conflict", "没有这条记录，或不在你的门店"


@dataclass(frozen=True)
class Winner:
    """The till to which it belongs, and since when."""

    store_id: int
    at: datetime | None


def who_asked(member_id: int, minute: int) -> Winner:
    """The till with a network that this code has opened."""
    first = session.scalars(select(Presence).filter_by(member_id=member_id, minute=minute)).one()
    return Winner(first.store_id, first.opened_at)


def of_code(
    *,
    reason: str,
    key: str,
    store_id: int,
    at: datetime,
    member_id: int | None,
    winner: Winner | None = None,
) -> TillConflict:
    """A member code that was of another moment, or was shown at another till first."""
    return _keep(
        TillConflict(
            kind=ConflictKind.CODE,
            member_id=member_id,
            reason=reason,
            lost_key=f"code:{store_id}:{key}",
            lost_store_id=store_id,
            lost_at=at,
            lost_fen=0,
            won_store_id=winner.store_id if winner else None,
            won_at=winner.at if winner else None,
        )
    )


def lost_here(
    checkout: Checkout,
    coupon_id: int,
    *,
    fen: int,
    at: datetime,
    reason: str,
    standing: Redemption | None = None,
) -> TillConflict:
    """This till gave what was not there: somebody was earlier, or it was never hers to use."""
    is_known = db.get(Coupon, coupon_id) is not None
    return _keep(
        TillConflict(
            kind=ConflictKind.COUPON if standing else ConflictKind.REFUSED,
            coupon_id=coupon_id if is_known else None,
            member_id=checkout.member_id,
            reason=reason,
            lost_key=use_key(checkout, coupon_id),
            lost_store_id=checkout.store_id,
            lost_at=at,
            lost_fen=fen,
            won_store_id=standing.store_id if standing else None,
            won_at=standing.redeemed_at if standing else None,
        )
    )


def lost_there(
    standing: Redemption, winner: Checkout, *, at: datetime, reason: str
) -> TillConflict:
    """This till was earlier than the use that stood here."""
    return _keep(
        TillConflict(
            kind=ConflictKind.COUPON,
            coupon_id=standing.coupon_id,
            member_id=winner.member_id,
            reason=reason,
            lost_key=standing.key,
            lost_store_id=standing.store_id or winner.store_id,
            lost_at=standing.redeemed_at,
            lost_fen=standing.discount_fen,
            won_store_id=winner.store_id,
            won_at=at,
        )
    )


def of_checkout(checkout: Checkout) -> list[TillConflict]:
    """What its till lost, in the order in which it was found."""
    keys = (
        TillConflict.lost_key.startswith(f"checkout:{checkout.id}:", autoescape=True),
        TillConflict.lost_key == f"code:{checkout.store_id}:{checkout.key}",
    )
    found = select(TillConflict).where(keys[0] | keys[1]).order_by(TillConflict.id)
    return list(session.scalars(found))


def see(conflict_id: int, *, staff_id: int, store_ids: frozenset[int] | None) -> TillConflict:
    """Somebody has looked at it; the first one counts. Raises NoConflict."""
    conflict = db.get(TillConflict, conflict_id)
    if conflict is None or not (store_ids is None or conflict.lost_store_id in store_ids):
        raise NoConflict()
    if conflict.seen_at is None:
        conflict.seen_at, conflict.seen_by = clock.now(), staff_id
    return conflict


def _keep(conflict: TillConflict) -> TillConflict:
    conflict.found_at = clock.now()
    session.add(conflict)
    session.flush()
    return conflict
