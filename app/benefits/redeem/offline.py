"""What a till did while the network was down, told afterwards.

The goods are sold, so the order is always taken. A coupon that was given twice belongs to whoever
came first at the till, by the tills' own clocks; the other use is written down as a conflict with
what it cost. docs/decisions/0024 says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from app.benefits.models import Checkout, CheckoutState, TillConflict
from app.benefits.quote.shares import split
from app.benefits.redeem import checkouts, conflicts, matching
from app.benefits.redeem.checkouts import OtherCheckout
from app.benefits.redeem.refunding import take_refunds
from app.benefits.redeem.shown import Shown, settle
from app.benefits.redeem.written import use_key
from app.core import clock, db
from app.core.db import session
from app.coupons import queries as uses
from app.coupons import service as coupons
from app.coupons.models import Coupon, Redemption
from app.coupons.refusals import Reason
from app.members import codes, signed_codes
from app.members import queries as members
from app.orders import service as orders
from app.orders.models import Order
from app.orders.service import Told

TAKEN = (Reason.USED, Reason.HELD)
AGES = range(-1, 3)  # minutes by which a till's clock may differ from the card's


@dataclass(frozen=True)
class Given:
    """A coupon that the till took off, and by how much."""

    coupon_id: int
    fen: int


@dataclass(frozen=True)
class OfflineSale:
    """One sale as it happened there: `code` is what was scanned, signed; `told` names nobody."""

    key: str
    told: Told
    code: str | None = None
    scanned_at: datetime | None = None
    given: tuple[Given, ...] = ()

    @property
    def digest(self) -> str:
        """Of the whole story."""
        given = sorted((one.coupon_id, one.fen) for one in self.given)
        return checkouts.digest_of(f"{self.told.digest}:{self.code}:{self.scanned_at}:{given}")


@dataclass
class Synced:
    """The order, and what stands against the till's word."""

    order: Order
    is_new: bool
    is_known: bool  # whether the code named a member
    conflicts: list[TillConflict] = field(default_factory=list)


@dataclass(frozen=True)
class Whose:
    """Who bought it, by which code, and what that took from another till, or from this one."""

    member_id: int | None = None
    shown: Shown | None = None
    conflicts: list[TillConflict] = field(default_factory=list)


def sync(sale: OfflineSale, *, opened_by: str) -> Synced:
    """Take in one sale that a till made alone. The same key again answers the first.

    Raises OtherCheckout when the key stands for another sale, OtherOrder for its number.
    """
    checkouts.wait(sale.told.store_id, sale.key)
    known = checkouts.find(sale.told.store_id, sale.key)
    if known is not None:
        return _known(known, sale)
    whose = _whose(sale, opened_by)
    found: list[TillConflict | None] = [*whose.conflicts]

    def use(order: Order) -> None:
        found.extend(_use_all(sale, _checkout(sale, whose, opened_by, order)))
        matching.claim(order)

    matching.wait(sale.told.store_id, whose.member_id)
    told = replace(sale.told, member_id=whose.member_id)
    recorded = orders.record(told, first=use, refund=take_refunds)
    if not recorded.is_new:
        use(recorded.order)
    stands = [conflict for conflict in found if conflict is not None]
    return Synced(recorded.order, recorded.is_new, whose.member_id is not None, stands)


def _known(checkout: Checkout, sale: OfflineSale) -> Synced:
    if checkout.digest != sale.digest or checkout.order_id is None:
        raise OtherCheckout(fields={"json": {"key": [OtherCheckout.title]}})
    order = session.get_one(Order, (checkout.brand_id, checkout.order_id))
    is_known = checkout.member_id is not None
    return Synced(order, False, is_known, conflicts.of_checkout(checkout))


def _checkout(sale: OfflineSale, whose: Whose, opened_by: str, order: Order) -> Checkout:
    """As if it had been promised and settled here: a return finds each coupon's shares in it."""
    return Checkout(
        store_id=sale.told.store_id,
        key=sale.key,
        member_id=whose.member_id,
        code_minute=whose.shown.minute if whose.shown else None,
        code_at=whose.shown.at if whose.shown else None,
        staff_id=sale.told.staff_id,
        opened_by=opened_by,
        is_offline=True,
        state=CheckoutState.SETTLED,
        digest=sale.digest,
        quote={"applied": [_applied(given, sale) for given in sale.given]},
        payable_fen=sale.told.paid_fen + sale.told.shipping_fen,
        reserved_at=sale.told.paid_at,
        until=sale.told.paid_at,
        order_id=order.id,
        ended_at=clock.now(),
    )


def _applied(given: Given, sale: OfflineSale) -> dict[str, object]:
    """A coupon's part falls on the lines as all coupons did."""
    lines = sorted(sale.told.lines, key=lambda line: line.line_no)
    weights = [line.coupon_fen for line in lines]
    parts = split(min(given.fen, sum(weights)), weights)
    shares = [
        {"line_no": line.line_no, "fen": part}
        for line, part in zip(lines, parts, strict=True)
        if part
    ]
    off = {"off_fen": given.fen, "shipping_off_fen": 0, "gift_fen": 0}
    return {"coupon_id": given.coupon_id, **off, "shares": shares}


# Whose code it was


def _whose(sale: OfflineSale, opened_by: str) -> Whose:
    """The member whose code was scanned at that moment; nobody when it was of another one, or
    was shown at another till first."""
    if sale.code is None:
        return Whose()
    at = sale.scanned_at or sale.told.paid_at
    try:
        member_id, minute = _read(sale.code, at)
    except (codes.NotACode, codes.CodeEnded) as refusal:
        return Whose(conflicts=[_strange_code(sale, at, refusal.code)])
    member = members.member(member_id)
    if member is None or member.erased_at is not None:
        return Whose()
    shown = Shown(member.id, minute, at, sale.told.store_id, sale.key, opened_by)
    is_hers, lost = settle(shown)
    return Whose(member.id, shown, lost) if is_hers else Whose(conflicts=lost)


def _read(code: str, at: datetime) -> tuple[int, int]:
    member_id, minute = signed_codes.read(code)
    if codes.minute_of(at) - minute not in AGES:
        raise codes.CodeEnded()
    return member_id, minute


def _strange_code(sale: OfflineSale, at: datetime, reason: str) -> TillConflict:
    store_id = sale.told.store_id
    return conflicts.of_code(reason=reason, key=sale.key, store_id=store_id, at=at, member_id=None)


# Whose coupon it is


def _use_all(sale: OfflineSale, checkout: Checkout) -> list[TillConflict | None]:
    if not checkouts.keep(checkout):
        raise OtherCheckout(fields={"json": {"key": [OtherCheckout.title]}})
    ordered = sorted(sale.given, key=lambda given: given.coupon_id)
    return [_use(given, checkout, sale.told.paid_at) for given in ordered]


def _use(given: Given, checkout: Checkout, at: datetime) -> TillConflict | None:
    """Use it as of that moment. None when it stands; else what was lost, here or elsewhere."""
    refusal = _refusal(given, checkout, at)
    if refusal is None:
        return None
    standing = uses.standing_use(given.coupon_id) if refusal in TAKEN else None
    if standing is None or standing.redeemed_at <= at:
        return _lost(given, checkout, refusal, standing)
    there = conflicts.lost_there(standing, checkout, at=at, reason=refusal)
    coupons.give_back(standing.key, reason="offline")
    again = _refusal(given, checkout, at)
    if again is not None:
        return _lost(given, checkout, again, None)
    return there


def _lost(
    given: Given, checkout: Checkout, reason: str, standing: Redemption | None
) -> TillConflict:
    return conflicts.lost_here(
        checkout,
        given.coupon_id,
        fen=given.fen,
        at=checkout.reserved_at,
        reason=reason,
        standing=standing,
    )


def _refusal(given: Given, checkout: Checkout, at: datetime) -> str | None:
    """Why it could not be used then; None when it was."""
    coupon = db.get(Coupon, given.coupon_id)
    if coupon is None or coupon.member_id != checkout.member_id:
        return Reason.NO_COUPON
    try:
        with session.begin_nested():
            coupons.redeem(
                given.coupon_id,
                key=use_key(checkout, given.coupon_id),
                store_id=checkout.store_id,
                staff_id=checkout.staff_id,
                discount_fen=given.fen,
                order_id=checkout.order_id,
                at=at,
            )
    except coupons.Refused as refusal:
        return refusal.reason
    return None
