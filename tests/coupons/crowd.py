"""Many at once: members by the hundred, threads that begin together, and who counts afterwards."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import func, insert, select, update

from app.core import clock, db
from app.core.db import session
from app.coupons import queries
from app.coupons.models import Coupon, CouponBatch, CouponCampaign, Redemption
from app.coupons.models.coupons import STANDING
from app.coupons.refusals import Refused
from app.members.models import Member

CROWD = 64
GOOD = "good"


def make_members(brand_id: int, count: int) -> list[int]:
    """So many members who never came to a store."""
    now = clock.now()
    rows = [
        {
            "brand_id": brand_id,
            "number": f"CROWD-{n}",
            "origin": "import",
            "joined_on": now.date(),
            "created_at": now,
        }
        for n in range(count)
    ]
    with db.transaction(brand_id):
        return sorted(session.scalars(insert(Member).returning(Member.id), rows))


def at_once(acts: Sequence[Callable[[], object]]) -> Counter[str]:
    """All begin together. Answers how many went well, and how many heard which reason; what is no
    refusal is told by its kind."""
    told: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
            told.append(GOOD)
        except Refused as refusal:
            told.append(refusal.reason.value)
        except Exception as error:
            told.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(told)


def inside(brand_id: int, act: Callable[..., object], *args: object, **given: object):
    """The act in a transaction of its own."""

    def run() -> object:
        with db.transaction(brand_id):
            return act(*args, **given)

    return run


def broken(brand_id: int) -> list[str]:
    """What does not add up at this moment, as one snapshot sees it; nothing when all is well."""
    with db.transaction(brand_id):
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        found = [f"batch {one}" for one in queries.miscounted_batches()]
        found += [f"coupon {one}" for one in queries.miscounted_coupons()]
        found += [f"campaign {one}" for one in queries.miscounted_campaigns()]
        return found


def issued(batch: CouponBatch) -> int:
    """How many coupons of it there are."""
    counted = select(func.count(Coupon.id)).where(Coupon.batch_id == batch.id)
    with db.transaction(batch.brand_id):
        return session.scalar(counted) or 0


def standing(coupon: Coupon) -> int:
    """How many of its uses stand."""
    counted = select(func.count(Redemption.id)).where(
        Redemption.coupon_id == coupon.id, Redemption.state.in_(STANDING)
    )
    with db.transaction(coupon.brand_id):
        return session.scalar(counted) or 0


def taken_fen(campaign: CouponCampaign) -> int:
    """What it has spent."""
    with db.transaction(campaign.brand_id):
        known = select(CouponCampaign.taken_fen).filter_by(id=campaign.id)
        return session.scalar(known) or 0


def careless_claim(batch_id: int, member_id: int) -> None:
    """The control: looks, then takes, as most shops do it. Nothing stops it once the CHECK is
    gone."""
    row = select(CouponBatch.issued, CouponBatch.stock).filter_by(id=batch_id)
    given, stock = session.execute(row).one()
    if given >= stock:
        return
    now = clock.now()
    session.add(
        Coupon(
            batch_id=batch_id,
            member_id=member_id,
            reason="careless",
            valid_from=now,
            valid_until=now + timedelta(days=1),
            issued_at=now,
        )
    )
    session.flush()
    ours = (CouponBatch.brand_id == db.current_brand_id()) & (CouponBatch.id == batch_id)
    session.execute(update(CouponBatch).where(ours).values(issued=given + 1))


def careless_use(coupon_id: int, key: str) -> None:
    """The same of a use."""
    coupon = session.get_one(Coupon, (db.current_brand_id(), coupon_id))
    if coupon.used >= coupon.uses:
        return
    used = Redemption(coupon_id=coupon_id, key=key, state="redeemed", redeemed_at=clock.now())
    session.add(used)
    coupon.used = 1
    session.flush()
