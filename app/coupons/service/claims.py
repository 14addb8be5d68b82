"""Getting a coupon: by oneself, from a guide, by a rule, with a printed code.

`claim_together` is the quick way for many at once: it opens its own transactions, in which what
arrives while another commit runs is decided and written together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.core.errors import Unavailable
from app.core.groupcommit import GroupCommit, NotCommitted
from app.coupons.models import Coupon, CouponBatch
from app.coupons.refusals import Reason, refused
from app.coupons.service import issuing, steps
from app.coupons.service.issuing import Answer, Ask

CLAIM = "claim"


def issue(batch: CouponBatch, member_id: int, reason: str) -> Coupon | None:
    """Give her one for this reason, once: a repeat answers the first; None when she can get none,
    for whichever of the listed reasons."""
    answer = issuing.issue_many([Ask(batch.id, member_id, reason)])[0]
    return None if answer.coupon_id is None else _coupon(answer.coupon_id)


def claim(batch_id: int, member_id: int, *, key: str | None = None) -> Coupon:
    """Her own claim, in the open transaction. The same key, or none again, answers the first
    result. Raises Refused."""
    return _given(issuing.issue_many([own(batch_id, member_id, key)])[0])


def own(batch_id: int, member_id: int, key: str | None = None) -> Ask:
    """What she asks for herself; more than one only under keys of their own."""
    reason = CLAIM if key is None else f"{CLAIM}:{key}"[:48]
    return Ask(batch_id, member_id, reason, is_claim=True, by=steps.MEMBER)


def give_by_guide(
    batch_id: int, member_id: int, *, staff_id: int, store_id: int | None, key: str
) -> Coupon:
    """A guide gives one of her month's allowance. The same key answers the first. Raises
    Refused."""
    ask = Ask(
        batch_id,
        member_id,
        f"guide:{key}"[:48],
        guide_id=staff_id,
        store_id=store_id,
        by=f"staff:{staff_id}",
    )
    return _given(issuing.issue_many([ask])[0])


def batch_to_claim(claim_code: str) -> CouponBatch:
    """The batch that a link or a poster's code offers. Raises Refused."""
    batch = session.scalar(select(CouponBatch).filter_by(claim_code=claim_code.upper()))
    if batch is None:
        raise refused(Reason.NO_BATCH)
    return batch


@dataclass(frozen=True)
class Claim:
    """One ask and the brand it is for."""

    brand_id: int
    ask: Ask


def claim_together(brand_id: int, batch_id: int, member_id: int, *, key: str | None = None) -> int:
    """Her own claim, committed when this returns the coupon's id: beside others' in one commit.
    No transaction may be open. Raises Refused, Unavailable."""
    try:
        answer = _claims.submit(Claim(brand_id, own(batch_id, member_id, key)))
    except NotCommitted:
        raise Unavailable() from None
    if answer.coupon_id is None:
        raise refused(answer.refusal or Reason.GONE)
    return answer.coupon_id


def write(claims: Sequence[Claim]) -> list[Answer]:
    """Decide and commit these claims, a transaction a brand; each answer in its place."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(claims):
        places[one.brand_id].append(place)
    answers: dict[int, Answer] = {}
    for brand_id, of_brand in places.items():
        with db.transaction(brand_id):
            given = issuing.issue_many([claims[place].ask for place in of_brand])
        answers.update(zip(of_brand, given, strict=True))
    return [answers[place] for place in range(len(claims))]


def _nothing() -> None:
    """A claim's events ring for themselves."""


_claims: GroupCommit[Claim, Answer] = GroupCommit(write, _nothing)


def _given(answer: Answer) -> Coupon:
    if answer.coupon_id is None:
        raise refused(answer.refusal or Reason.GONE)
    return _coupon(answer.coupon_id)


def _coupon(coupon_id: int) -> Coupon:
    return session.get_one(Coupon, (db.current_brand_id(), coupon_id))
