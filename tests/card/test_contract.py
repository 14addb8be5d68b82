"""The mini-program's types and our schemas name the same fields."""

import re
from pathlib import Path

import pytest

from app.card import schemas

TYPES = Path(__file__).parents[2] / "miniprogram" / "typings" / "api.d.ts"
PAIRS = {
    "Login": schemas.LoginSchema,
    "Session": schemas.SessionSchema,
    "Join": schemas.JoinSchema,
    "Joined": schemas.JoinedSchema,
    "Palette": schemas.PaletteSchema,
    "Brand": schemas.BrandSchema,
    "NextTier": schemas.NextTierSchema,
    "Member": schemas.MemberSchema,
    "MemberCode": schemas.MemberCodeSchema,
    "Benefit": schemas.BenefitSchema,
    "Store": schemas.StoreSchema,
    "Card": schemas.CardSchema,
    "Coupon": schemas.CouponSchema,
    "Coupons": schemas.CouponsSchema,
    "Agreement": schemas.AgreementSchema,
    "Welcome": schemas.WelcomeSchema,
    "DatedPoints": schemas.DatedPointsSchema,
    "PointsParts": schemas.PartsSchema,
    "PointsLine": schemas.PointsLineSchema,
    "Worth": schemas.WorthSchema,
    "Points": schemas.PointsSchema,
    "Me": schemas.MeSchema,
    "Marketing": schemas.MarketingSchema,
    "Claim": schemas.ClaimSchema,
    "Offer": schemas.OfferSchema,
    "Share": schemas.ShareLinkSchema,
    "OpenShare": schemas.OpenShareSchema,
    "Opened": schemas.OpenedSchema,
    "Claimed": schemas.ClaimedSchema,
}


def typed_fields(name: str) -> set[str]:
    body = re.search(rf"interface {name} \{{(.*?)\n  \}}", TYPES.read_text(), re.DOTALL)
    return set(re.findall(r"^    (\w+)\??:", body.group(1), re.MULTILINE))


@pytest.mark.parametrize("name", PAIRS)
def test_types_and_schemas_name_the_same_fields(name):
    assert typed_fields(name) == set(PAIRS[name]().fields)
