"""One member code that several tills without a network have scanned: it named her to the earliest.

Each of them checks the code by the brand's key alone, so a picture of it may have opened two
tills in its minute. Told afterwards, the earlier at its till keeps her, in whatever order they are
told; of the other sale nobody is known any more. A till with a network asked first and keeps her.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.benefits import presence
from app.benefits.models import Checkout, TillConflict, Way
from app.benefits.redeem import conflicts
from app.benefits.redeem.conflicts import Winner
from app.benefits.redeem.written import use_key
from app.core import db
from app.core.db import session
from app.coupons import service as coupons
from app.orders import service as orders

REASON = presence.CodeUsed.code


@dataclass(frozen=True)
class Shown:
    """A code as one till scanned it, for the sale that it calls `key`."""

    member_id: int
    minute: int
    at: datetime
    store_id: int
    key: str
    opened_by: str

    @property
    def place(self) -> tuple[datetime, int, str]:
        """Of two tills the smaller is the earlier, also within one second."""
        return self.at, self.store_id, self.key


def settle(shown: Shown) -> tuple[bool, list[TillConflict]]:
    """Whether she is this till's, and what is thereby lost, here or elsewhere."""
    _wait(shown)
    others = _others(shown)
    if not others:
        return _ask(shown)
    first = min(others, key=_place)
    if _place(first) < shown.place:
        return False, [_lost(shown, Winner(first.store_id, first.code_at))]
    lost = [one for checkout in others for one in _give_up(checkout, shown)]
    presence.hand_over(
        shown.member_id, shown.minute, store_id=shown.store_id, opened_by=shown.opened_by
    )
    return True, lost


def _wait(shown: Shown) -> None:
    """For whoever tells of the same code."""
    name = f"code:{db.current_brand_id()}:{shown.member_id}:{shown.minute}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _others(shown: Shown) -> list[Checkout]:
    """The sales of other tills that she stands in by this code."""
    named = select(Checkout).filter_by(member_id=shown.member_id, code_minute=shown.minute)
    elsewhere = (Checkout.opened_by != shown.opened_by) | (Checkout.store_id != shown.store_id)
    return list(session.scalars(named.where(elsewhere).order_by(Checkout.id)))


def _place(checkout: Checkout) -> tuple[datetime, int, str]:
    return checkout.code_at or checkout.reserved_at, checkout.store_id, checkout.key


def _ask(shown: Shown) -> tuple[bool, list[TillConflict]]:
    """As a till with a network would: the first who asks has her."""
    try:
        presence.open_for(
            shown.member_id,
            store_id=shown.store_id,
            opened_by=shown.opened_by,
            way=Way.CODE,
            minute=shown.minute,
        )
    except presence.CodeUsed:
        return False, [_lost(shown, conflicts.who_asked(shown.member_id, shown.minute))]
    return True, []


def _lost(shown: Shown, winner: Winner) -> TillConflict:
    return conflicts.of_code(
        reason=REASON,
        key=shown.key,
        store_id=shown.store_id,
        at=shown.at,
        member_id=shown.member_id,
        winner=winner,
    )


def _give_up(checkout: Checkout, to: Shown) -> list[TillConflict]:
    """Of this sale nobody is known any more: its coupons and points are hers again."""
    at = checkout.code_at or checkout.reserved_at
    if checkout.order_id is not None:
        orders.disown(checkout.order_id)
    taken = [_take_back(checkout, *given) for given in _given(checkout)]
    lost = [one for one in taken if one is not None]
    code = conflicts.of_code(
        reason=REASON,
        key=checkout.key,
        store_id=checkout.store_id,
        at=at,
        member_id=to.member_id,
        winner=Winner(to.store_id, to.at),
    )
    checkout.member_id = checkout.code_minute = checkout.code_at = None
    session.flush()
    return [code, *lost]


def _given(checkout: Checkout) -> list[tuple[int, int]]:
    applied = sorted(checkout.quote["applied"], key=lambda one: one["coupon_id"])
    return [(one["coupon_id"], one["off_fen"]) for one in applied]


def _take_back(checkout: Checkout, coupon_id: int, fen: int) -> TillConflict | None:
    key = use_key(checkout, coupon_id)
    if not coupons.stands(key):
        return None
    coupons.give_back(key, reason="offline")
    return conflicts.lost_here(checkout, coupon_id, fen=fen, at=checkout.reserved_at, reason=REASON)
