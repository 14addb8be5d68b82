"""Codes of 80 bits: printed ones that give a coupon once, and the one a coupon is shown by.

They are kept as hashes alone: who reads the database cannot use them. A coupon's own code is made
from its number by the brand's key, so that it can be shown again without being kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, clock, codes, db
from app.core.crypto import fingerprint, keyring
from app.core.db import session
from app.core.errors import Conflict
from app.coupons.models import Coupon, CouponCode
from app.coupons.refusals import Reason, refused
from app.coupons.service import issuing, making, steps
from app.coupons.service.issuing import Ask

LENGTH = 16  # characters of 5 bits


class MoreThanThereAre(Conflict):
    code, title = "more_codes_than_coupons", "剩下的券不够这么多码，少做一些或先加库存"


def print_codes(batch_id: int, count: int, *, by: str) -> list[str]:
    """So many new codes of a batch, to be seen this once and printed. Raises NoBatch, and
    MoreThanThereAre when there is not a coupon for each of them."""
    batch = making.held_batch(batch_id)
    free = batch.stock - batch.issued - unused(batch_id)
    if count > free:
        raise MoreThanThereAre(free=max(free, 0))
    made = [codes.code(LENGTH) for _ in range(count)]
    _keep([(fingerprint(code), batch_id, None) for code in made])
    audit.record("coupon.codes_printed", actor=by, subject=f"batch:{batch_id}", count=count)
    return made


def unused(batch_id: int) -> int:
    """How many printed codes nobody has brought yet."""
    waiting = (CouponCode.batch_id == batch_id) & CouponCode.coupon_id.is_(None)
    return session.scalar(select(func.count()).select_from(CouponCode).where(waiting)) or 0


def claim_code(code: str, member_id: int) -> Coupon:
    """The coupon that a printed code gives to whoever comes first; the same person again gets the
    first result. Raises Refused."""
    found = _held(code)
    if found is None:
        raise refused(Reason.CODE_UNKNOWN)
    if found.coupon_id is not None:
        return _hers(found.coupon_id, member_id)
    ask = Ask(found.batch_id, member_id, reason_of(found), by=steps.MEMBER)
    answer = issuing.issue_many([ask])[0]
    if answer.coupon_id is None:
        raise refused(answer.refusal or Reason.GONE)
    found.coupon_id = answer.coupon_id
    session.flush()
    return _hers(answer.coupon_id, member_id)


def reason_of(code: CouponCode) -> str:
    """What the coupon is given for that comes with this code."""
    return f"code:{code.code_hash[:32]}"


def printed(code: str) -> CouponCode | None:
    """The code's row, as it is; nothing is held."""
    return session.scalar(select(CouponCode).filter_by(code_hash=_hash(code)))


def _hers(coupon_id: int, member_id: int) -> Coupon:
    coupon = session.get_one(Coupon, (db.current_brand_id(), coupon_id))
    if coupon.member_id != member_id:
        raise refused(Reason.CODE_TAKEN)
    return coupon


def _held(code: str) -> CouponCode | None:
    """The code's row, for this transaction alone: of two with one code, one goes first."""
    wanted = select(CouponCode).filter_by(code_hash=_hash(code)).with_for_update(key_share=True)
    return session.scalar(wanted.execution_options(populate_existing=True))


def code_of(coupon: Coupon) -> str:
    """The code by which she shows this coupon, the same however often she asks."""
    digest = keyring().index(str(coupon.id), context=f"{coupon.brand_id}.coupons.code")
    code = _spelt(int(digest[:20], 16))
    _keep([(fingerprint(code), coupon.batch_id, coupon.id)])
    return code


def _spelt(number: int) -> str:
    """80 bits in the alphabet that people read aloud."""
    places = range(5 * (LENGTH - 1), -1, -5)
    return "".join(codes.ALPHABET[number >> place & 31] for place in places)


def by_code(code: str) -> Coupon | None:
    """The coupon that this code shows, or that was had with it; None for any other."""
    owner = select(CouponCode.coupon_id).filter_by(code_hash=_hash(code))
    coupon_id = session.scalar(owner)
    return None if coupon_id is None else db.get(Coupon, coupon_id)


def _hash(code: str) -> str:
    return fingerprint(code.replace("-", "").replace(" ", "").upper())


def _keep(rows: Sequence[tuple[str, int, int | None]]) -> None:
    if not rows:
        return
    common = {"brand_id": db.current_brand_id(), "made_at": clock.now()}
    values = [
        common | {"code_hash": code_hash, "batch_id": batch_id, "coupon_id": coupon_id}
        for code_hash, batch_id, coupon_id in rows
    ]
    session.execute(insert(CouponCode).on_conflict_do_nothing(), values)
