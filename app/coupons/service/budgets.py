"""A campaign's money: taken when a coupon is put aside at a till, one conditional statement each.

What a reservation took that nobody settled in time is free without waiting for any job: who
finds too little first lets go of what has run out.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, update

from app.core import db
from app.core.db import session
from app.coupons.models import CouponCampaign

_UNSYNCHRONISED = {"synchronize_session": False}


def take(campaign_id: int, fen: int) -> bool:
    """Whether so much was left; it is taken then, to the fen."""
    more = CouponCampaign.taken_fen + fen
    has_enough = CouponCampaign.budget_fen.is_(None) | (more <= CouponCampaign.budget_fen)
    statement = update(CouponCampaign).where(_is(campaign_id), has_enough)
    taken = statement.values(taken_fen=more).returning(CouponCampaign.id)
    return session.execute(taken, execution_options=_UNSYNCHRONISED).scalar() is not None


def put_back(campaign_id: int, fen: int) -> None:
    """So much was not spent after all."""
    less = CouponCampaign.taken_fen - fen
    statement = update(CouponCampaign).where(_is(campaign_id)).values(taken_fen=less)
    session.execute(statement, execution_options=_UNSYNCHRONISED)


def _is(campaign_id: int) -> ColumnElement[bool]:
    return (CouponCampaign.brand_id == db.current_brand_id()) & (CouponCampaign.id == campaign_id)
