"""Coupons: issued within their stock, used within their uses, each step one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.core import clock, db, events
from app.core.db import session
from app.core.errors import Conflict, NotFound
from app.coupons.models import Coupon, CouponBatch, CouponKind, Redemption, StoreSample
from app.coupons.rule import AfterClaim, Amount, Rule, Sample, stored, write

UNDO_WINDOW = timedelta(minutes=10)


class NoCoupon(NotFound):
    code, title = "no_coupon", "没有这张券，让她下拉刷新后再看"


class AlreadyUsed(Conflict):
    code, title = "coupon_used", "这张券已经用过了"


class NotValidNow(Conflict):
    code, title = "coupon_not_valid", "这张券现在不能用，看看它的日期"


class NoSampleLeft(Conflict):
    code, title = "no_sample_left", "本店的小样发完了，告诉店长补货"


class TooLateToUndo(Conflict):
    code, title = "too_late_to_undo", "过了 10 分钟，不能撤回了"


def add_batch(
    *,
    code: str,
    name: str,
    kind: CouponKind,
    stock: int,
    value_fen: int = 0,
    min_spend_fen: int = 0,
    valid_days: int = 30,
    rule: Rule | None = None,
) -> CouponBatch:
    """Coupons of one make, none issued yet. Without a rule they get the plain one of their kind:
    so much off from so much on, or a sample, for so many days.
    """
    batch = CouponBatch(
        code=code,
        name=name,
        kind=kind,
        stock=stock,
        value_fen=value_fen,
        min_spend_fen=min_spend_fen,
        valid_days=valid_days,
    )
    rule = rule or _plain_rule(batch)
    batch.rule = write(rule) if rule else None
    session.add(batch)
    session.flush()
    return batch


def _plain_rule(batch: CouponBatch) -> Rule | None:
    days = AfterClaim(batch.valid_days)
    if batch.kind == CouponKind.SAMPLE:
        return Rule(Sample(batch.name), days)
    if batch.kind == CouponKind.AMOUNT and batch.value_fen:
        return Rule(Amount(batch.value_fen), days, batch.min_spend_fen)
    return None


def stock_samples(batch_id: int, counts: dict[int, int]) -> None:
    """How many samples lie in each store from now on."""
    rows = [
        {
            "brand_id": db.current_brand_id(),
            "batch_id": batch_id,
            "store_id": store_id,
            "left_count": count,
        }
        for store_id, count in counts.items()
    ]
    statement = insert(StoreSample).values(rows)
    counted = {"left_count": statement.excluded.left_count}
    keys = ["brand_id", "batch_id", "store_id"]
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=counted))


def batches(codes: Sequence[str]) -> list[CouponBatch]:
    """The batches with these codes, in the order given."""
    found = session.scalars(select(CouponBatch).where(CouponBatch.code.in_(codes)))
    by_code = {batch.code: batch for batch in found}
    return [by_code[code] for code in codes if code in by_code]


def issue(batch: CouponBatch, member_id: int, reason: str) -> Coupon | None:
    """Give her one for this reason, once: a repeat answers the first; None when out of stock."""
    coupon = _issued(batch.id, member_id, reason)
    if coupon is not None or not _take_from_stock(batch.id):
        return coupon
    at = clock.now()
    valid_from, valid_until = _window(batch, at)
    coupon = Coupon(
        batch_id=batch.id,
        member_id=member_id,
        reason=reason,
        valid_from=valid_from,
        valid_until=valid_until,
        issued_at=at,
        rule=batch.rule,
    )
    session.add(coupon)
    session.flush()
    events.record("coupon.issued", member_id=member_id, coupon_id=coupon.id, batch_id=batch.id)
    return coupon


def _window(batch: CouponBatch, at: datetime) -> tuple[datetime, datetime]:
    if batch.rule is None:
        return at, at + timedelta(days=batch.valid_days)
    zone = brands.get(db.current_brand_id()).zoneinfo
    return stored(batch.rule).validity.window(at, zone)


def _issued(batch_id: int, member_id: int, reason: str) -> Coupon | None:
    mine = select(Coupon).filter_by(batch_id=batch_id, member_id=member_id, reason=reason)
    return session.scalar(mine)


def _take_from_stock(batch_id: int) -> bool:
    ours = (CouponBatch.brand_id == db.current_brand_id()) & (CouponBatch.id == batch_id)
    statement = update(CouponBatch).where(ours, CouponBatch.issued < CouponBatch.stock)
    taken = session.execute(
        statement.values(issued=CouponBatch.issued + 1).returning(CouponBatch.id)
    )
    return taken.scalar() is not None


def hand_sample(coupon_id: int, *, store_id: int, staff_id: int, key: str) -> Redemption:
    """She got her sample: the coupon is used and the shelf has one less, or neither.

    The same key answers the first time's result. Raises NoSampleLeft, AlreadyUsed, NotValidNow.
    """
    first = _by_key(key)
    if first is not None:
        return first
    coupon = db.get(Coupon, coupon_id)
    if coupon is None:
        raise NoCoupon()
    redemption = redeem(coupon_id, key=key, store_id=store_id, staff_id=staff_id)
    _take_from_shelf(coupon.batch_id, store_id)
    return redemption


def redeem(
    coupon_id: int, *, key: str, store_id: int | None = None, staff_id: int | None = None
) -> Redemption:
    """Use the coupon once. The same key answers the first result; two keys cannot both win."""
    first = _by_key(key)
    if first is not None:
        return first
    at = clock.now()
    usable = (Coupon.used < Coupon.uses) & (Coupon.valid_from <= at) & (Coupon.valid_until > at)
    ours = (Coupon.brand_id == db.current_brand_id()) & (Coupon.id == coupon_id)
    used = update(Coupon).where(ours, usable).values(used=Coupon.used + 1)
    member_id = session.execute(used.returning(Coupon.member_id)).scalar()
    if member_id is None:
        return _first_or_refuse(coupon_id, key)
    redemption = Redemption(
        coupon_id=coupon_id, key=key, store_id=store_id, staff_id=staff_id, redeemed_at=at
    )
    session.add(redemption)
    session.flush()
    events.record("coupon.redeemed", member_id=member_id, coupon_id=coupon_id, store_id=store_id)
    return redemption


def _first_or_refuse(coupon_id: int, key: str) -> Redemption:
    """A second tap that waited for the first finds its result; anybody else hears why not."""
    first = _by_key(key)
    if first is None:
        raise _why_not(coupon_id)
    return first


def _why_not(coupon_id: int) -> NoCoupon | AlreadyUsed | NotValidNow:
    coupon = db.get(Coupon, coupon_id)
    if coupon is None:
        return NoCoupon()
    return AlreadyUsed() if coupon.used >= coupon.uses else NotValidNow()


def _by_key(key: str) -> Redemption | None:
    return session.scalar(select(Redemption).filter_by(key=key))


def _take_from_shelf(batch_id: int, store_id: int) -> None:
    if not _change_shelf(batch_id, store_id, -1):
        raise NoSampleLeft()


def _change_shelf(batch_id: int, store_id: int, by: int) -> bool:
    shelf = (
        (StoreSample.brand_id == db.current_brand_id())
        & (StoreSample.batch_id == batch_id)
        & (StoreSample.store_id == store_id)
    )
    enough = StoreSample.left_count + by >= 0
    statement = update(StoreSample).where(shelf, enough)
    changed = session.execute(
        statement.values(left_count=StoreSample.left_count + by).returning(StoreSample.store_id)
    )
    return changed.scalar() is not None


def undo(redemption_id: int) -> None:
    """Take a use back within ten minutes: the coupon works again, the shelf has one more."""
    redemption = db.get(Redemption, redemption_id)
    if redemption is None:
        raise NoCoupon()
    if clock.now() - redemption.redeemed_at > UNDO_WINDOW:
        raise TooLateToUndo()
    if not _mark_undone(redemption_id):
        return
    coupon = session.get_one(Coupon, (db.current_brand_id(), redemption.coupon_id))
    give_back = (Coupon.brand_id == coupon.brand_id) & (Coupon.id == coupon.id)
    session.execute(update(Coupon).where(give_back).values(used=Coupon.used - 1))
    if redemption.store_id is not None:
        _change_shelf(coupon.batch_id, redemption.store_id, 1)
    events.record("coupon.use_undone", member_id=coupon.member_id, coupon_id=coupon.id)


def _mark_undone(redemption_id: int) -> bool:
    ours = (Redemption.brand_id == db.current_brand_id()) & (Redemption.id == redemption_id)
    statement = update(Redemption).where(ours, Redemption.undone_at.is_(None))
    marked = session.execute(statement.values(undone_at=clock.now()).returning(Redemption.id))
    return marked.scalar() is not None
