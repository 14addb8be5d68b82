"""入会礼: which batches a brand gives to whoever joins."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select

from app.benefits.service import welcome_codes
from app.brands import service as brands
from app.core import audit, db
from app.core.db import session
from app.core.errors import BadInput
from app.coupons.models import CouponBatch

MOST = 5  # the join page names them all in one sentence
CHOICES = 200  # the newest; what is given now is always among them


class NoSuchGifts(BadInput):
    code, title = "no_such_gifts", "选的券里有的不能当入会礼，刷新后再选"


class TooManyGifts(BadInput):
    code, title = "too_many_gifts", f"入会礼最多 {MOST} 种，去掉几种再存"


def choices() -> list[CouponBatch]:
    """What joining may give, what it gives now first: batches of the brand's own that still
    issue, and are not sold at the till."""
    given = welcome_codes(brands.get(db.current_brand_id()))
    is_open = CouponBatch.stopped_at.is_(None) & CouponBatch.revoked_at.is_(None)
    is_ours = CouponBatch.rule.is_not(None) & CouponBatch.pack_sku.is_(None)
    is_given = CouponBatch.code.in_(given)
    wanted = select(CouponBatch).where(or_(is_given, is_open & is_ours))
    newest = wanted.order_by(is_given.desc(), CouponBatch.id.desc()).limit(CHOICES)
    return list(session.scalars(newest))


def choose(batch_ids: Collection[int], *, actor: str) -> Sequence[CouponBatch]:
    """Give these from the next member on, and no others; who has joined keeps what she got.

    Raises NoSuchGifts, TooManyGifts.
    """
    brands.hold()
    wanted = set(batch_ids)
    chosen = [batch for batch in choices() if batch.id in wanted]
    if len(chosen) != len(wanted):
        raise NoSuchGifts()
    if len(chosen) > MOST:
        raise TooManyGifts()
    brand_id = db.current_brand_id()
    brands.set_joining_gifts(brand_id, [batch.code for batch in chosen])
    subject, given = f"brand:{brand_id}", [batch.id for batch in chosen]
    audit.record("benefits.joining_gifts_chosen", actor=actor, subject=subject, batches=given)
    return chosen
