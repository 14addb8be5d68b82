"""Two cards of one woman have one share of a batch between them."""

from __future__ import annotations

import pytest

from app.core import db
from app.coupons import service as coupons
from app.coupons.refusals import Reason
from app.journeys import merging
from tests.coupons.conftest import make_batch
from tests.coupons.crowd import make_members


@pytest.fixture
def two(house) -> list[int]:
    return make_members(house.brand.id, 2)


def claim(house, batch, member_id: int, key: str) -> str:
    """Whether she got it, or why not."""
    try:
        with db.transaction(house.brand.id):
            coupons.claim(batch.id, member_id, key=key)
    except coupons.Refused as refusal:
        return refusal.reason
    return "given"


def test_what_both_have_claimed_counts_together_until_they_are_two_again(house, two) -> None:
    batch = make_batch(house.brand.id, per_person=2)
    for member_id in two:
        claim(house, batch, member_id, "one")
    with db.transaction(house.brand.id):
        merge_id = merging.merge(*two, actor="staff:1").id

    assert claim(house, batch, two[0], "two") == Reason.PER_PERSON
    with db.transaction(house.brand.id):
        merging.undo(merge_id, actor="staff:1")
    assert claim(house, batch, two[0], "two") == "given"
    assert claim(house, batch, two[1], "two") == "given"
