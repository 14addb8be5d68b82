"""What coupons are kept in: batches, the coupons issued from them, their life, what limits them."""

from app.coupons.models.batches import (
    BatchProduct,
    CouponBatch,
    CouponCampaign,
    CouponKind,
    CouponTarget,
    PackPart,
    StoreSample,
)
from app.coupons.models.coupons import Coupon, CouponState, Redemption, RedemptionState
from app.coupons.models.extensions import Extension
from app.coupons.models.grants import Grant, GrantRow, GrantRowState, GrantState
from app.coupons.models.history import CouponStep, Step
from app.coupons.models.limits import EVERYBODY, CountScope, CouponCode, CouponCount
from app.coupons.models.promises import CouponPromise

__all__ = [
    "EVERYBODY",
    "BatchProduct",
    "CountScope",
    "Coupon",
    "CouponBatch",
    "CouponCampaign",
    "CouponCode",
    "CouponCount",
    "CouponKind",
    "CouponPromise",
    "CouponState",
    "CouponStep",
    "CouponTarget",
    "Extension",
    "Grant",
    "GrantRow",
    "GrantRowState",
    "GrantState",
    "PackPart",
    "Redemption",
    "RedemptionState",
    "Step",
    "StoreSample",
]
