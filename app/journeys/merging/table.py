"""What becomes of each table with a member in it; a house test fails for one without a rule.

In this order rows change hands, and in this order they come back: fans first, since what came
through a WeChat after the merge goes back with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.benefits.models import Checkout, TillConflict
from app.calls.models import MemberCall
from app.complaints.models import Complaint
from app.coupons.models import CouponPromise, CouponTarget, GrantRow
from app.journeys.merging.consents import Consents
from app.journeys.merging.coupons import Coupons
from app.journeys.merging.fans import Fans
from app.journeys.merging.herself import Herself
from app.journeys.merging.identities import Identities
from app.journeys.merging.owners import Owners
from app.journeys.merging.points import Holds, Keyed, Points
from app.journeys.merging.rows import Once, Rows, Rule, Stays
from app.journeys.merging.tiers import Tiers
from app.journeys.merging.timeline import Timeline
from app.journeys.merging.values import Values
from app.members.models import Contact, CustomChange, Measurement, MemberTag, Note
from app.orders.models import Order
from app.points.models import GrowthEntry, OrderPoints, PointsRefund, TierStep
from app.tasks.models import ScriptUse, Task

RULES: Mapping[str, Rule] = {
    "members": Herself(),
    "member_owners": Owners(),
    "owner_move_rows": Stays("what a hand-over did with each; its undoing leaves the merged alone"),
    "fans": Fans(),
    "member_identities": Identities(),
    "orders": Rows(Order),
    "checkouts": Rows(Checkout),
    "till_conflicts": Rows(TillConflict),
    "presences": Stays("who stood at a till today; by her old number the survivor is found"),
    "coupons": Coupons(),
    "coupon_promises": Rows(CouponPromise),
    "coupon_targets": Once(CouponTarget, "campaign_id"),
    "coupon_grant_rows": Once(GrantRow, "grant_id"),
    "points_accounts": Points(),
    "points_lots": Stays("the movements of the accounts take what is left of them along"),
    "points_holds": Holds(),
    "order_points": Keyed(OrderPoints, "order_id"),
    "points_refunds": Keyed(PointsRefund, "order_id"),
    "member_tiers": Tiers(),
    "growth_entries": Keyed(GrowthEntry, "key"),
    "tier_steps": Rows(TierStep),
    "member_tags": Once(MemberTag, "tag_id"),
    "custom_values": Values(),
    "custom_changes": Rows(CustomChange),
    "measurements": Rows(Measurement),
    "notes": Rows(Note),
    "contacts": Rows(Contact),
    "complaints": Rows(Complaint),
    "tasks": Rows(Task),
    "script_uses": Rows(ScriptUse),
    "member_calls": Rows(MemberCall),
    "events": Timeline(),
    "consents": Consents(),
    "member_twins": Stays("a decision is about the two whom it names"),
    "member_merges": Stays("the record of the merges themselves"),
    "member_shares": Stays("her old links go on working: by her number the survivor is found"),
    "share_friends": Stays("who shared; by her number the survivor is found"),
    "member_tokens": Stays("made from her row; who was merged is still found by her old name"),
    "erasures": Stays("what each of them asked for; the erasure takes both"),
}
