"""Random lives of two members, told in two brands: in one they are merged and made two again, in
the other they never were. What stands at the end must be the same.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from app.core import clock, db, events
from app.core.db import Model, session
from app.coupons import service as coupons
from app.coupons.models import Coupon, CouponCampaign, CouponTarget, Redemption
from app.journeys.merging.acts import in_order
from app.journeys.merging.consents import last_words
from app.members import queries
from app.members import service as members
from app.members.models import (
    Channel,
    ConsentChannel,
    Contact,
    CustomChange,
    Direction,
    Fan,
    Member,
    MemberIdentity,
    MemberTag,
    Note,
    Purpose,
    Tag,
)
from app.members.service import contacts, fields, notes
from app.members.service.field_values import before_and_after
from app.orders.models import Order
from app.points import service as points
from app.points.models import MemberTier, PointsAccount, Tier
from app.staff.models import Role, Staff
from app.visits import service as visits
from app.visits.models import Visit, VisitKind
from tests import factories

Step = tuple[str, int, int]  # what, to whom (0 or 1), how much
BEFORE = (
    "order", "points", "tier", "tag", "coupon", "use", "target", "contact", "note", "value",
    "refuse", "agree", "scan", "click", "name", "born",
)  # fmt: skip
SINCE = (
    "order", "points", "spend", "tier", "new_tag", "new_coupon", "use", "contact", "note", "value",
    "refuse", "agree", "scan", "click", "phone", "wechat",
)  # fmt: skip
# What a merge and its undoing write down about themselves, and what is only ever added to.
BOOKS = {
    "member_merges", "member_twins", "audit", "audit_heads", "points_transfers", "consents",
    "points_accounts", "points_lots", "reaction_work", "consent_texts",
}  # fmt: skip

# The merged keeps her words in the brand's own fields, so that undoing needs no copy of them.
STAYING = {*BOOKS, "member_tokens", "erasures", "custom_values"}


@dataclass(frozen=True)
class History:
    """Whether each has a WeChat and a phone, whether the second is the older one, and her life."""

    has_wechat: tuple[bool, bool]
    has_phone: tuple[bool, bool]
    second_is_older: bool
    before: Sequence[Step]
    since: Sequence[Step]


def random_history(lot: random.Random) -> History:
    def steps(names: tuple[str, ...], most: int) -> list[Step]:
        return [
            (lot.choice(names), lot.randrange(2), lot.randrange(1, 400))
            for _ in range(lot.randrange(most))
        ]

    return History(
        (lot.random() < 0.7, lot.random() < 0.7),
        (lot.random() < 0.8, lot.random() < 0.8),
        lot.random() < 0.3,
        steps(BEFORE, 16),
        steps(SINCE, 10),
    )


class World:
    """One brand with the two. `is_merged` says whether they are one at this moment."""

    def __init__(self, history: History, slug: str) -> None:
        self.brand = factories.make_brand(slug)
        self.store = factories.make_store(self.brand.id, account_id=self.brand.service.id)
        self.is_merged, self.is_since, self.count = False, False, 0
        self.lent = 0  # points of the other's that were spent though they were never one
        with db.transaction(self.brand.id):
            self.author = Staff(
                login=slug, name="梅", role=Role.ADMIN, password_hash="-", created_at=clock.now()
            )
            session.add(self.author)
            self.field_id = fields.define_field("肤质", "text").id
            self.fans: list[list[int]] = [[], []]
            self.ids = [self._make(who, history) for who in (0, 1)]
            self._make_older(history)
        self.act(history.before)

    def _make(self, who: int, history: History) -> int:
        has_wechat, has_phone = history.has_wechat[who], history.has_phone[who]
        phone = f"1380000{who + 1}111"
        if has_wechat:
            fan = members.follow(self.brand.service.id, f"o-{who}", clock.now(), unionid=f"u-{who}")
            self.fans[who].append(fan.id)
            joined = members.join(
                fan_id=fan.id, phone=phone, agreed=True, marketing=True, door="card", store_id=None
            )
            if not has_phone:
                members.forget_phones(joined.member.id)
            return joined.member.id
        row = Member(
            number=f"N{who}",
            phone_index=members.phone_index(f"+86{phone}") if has_phone else None,
            phone_encrypted=members.seal_phone(f"+86{phone}") if has_phone else None,
            phone_tail=phone[-4:] if has_phone else None,
            origin="import",
            joined_on=clock.business_day(clock.now()),
            created_at=clock.now(),
        )
        session.add(row)
        session.flush()
        if has_phone:
            members.note_phone(row.id, f"+86{phone}", "import")
        members.keep_tokens(row)
        return row.id

    def _make_older(self, history: History) -> None:
        rows = [session.get_one(Member, (self.brand.id, each)) for each in self.ids]
        if history.second_is_older:
            rows[1].joined_on = rows[1].joined_on.replace(year=2019)
        survivor, _ = in_order(*rows)
        self.survivor = self.ids.index(survivor.id)
        session.flush()

    def act(self, steps: Sequence[Step]) -> None:
        for name, who, amount in steps:
            self.count += 1
            with db.transaction(self.brand.id):
                getattr(self, f"_{name}")(who, amount)

    def _whom(self, who: int) -> int:
        """While they are one, whatever happens to either happens to the survivor."""
        return self.ids[self.survivor] if self.is_merged else self.ids[who]

    def settle(self, steps: Sequence[Step]) -> Sequence[Step]:
        """The same steps for those who were never merged: what would have been the survivor's is
        hers, what came through a WeChat is its owner's."""
        by_wechat = ("scan", "click", "wechat", "use")
        return [
            (name, who if name in by_wechat else self.survivor, amount)
            for name, who, amount in steps
        ]

    def _order(self, who: int, amount: int) -> None:
        session.add(
            Order(
                source="till", order_no=f"R{self.count}", member_id=self._whom(who),
                store_id=self.store.id, paid_at=clock.now(), paid_fen=amount * 100,
                list_fen=amount * 100, origin="pos",
            )
        )  # fmt: skip

    def _points(self, who: int, amount: int) -> None:
        points.earn(self._whom(who), amount=amount, kind="order", reference=f"order:{self.count}")

    def _spend(self, who: int, amount: int) -> None:
        """While they are one, from what both have; else first from hers, then from the other's."""
        payers = [self._whom(who)] if self.is_merged else [self.ids[who], self.ids[1 - who]]
        left = amount
        for payer in payers:
            held = self._balances(payer).get("available", 0)
            part = min(held, left)
            left -= part
            if part:
                points.spend(
                    payer, amount=part, kind="gift", reference=f"gift:{self.count}:{payer}"
                )
            if self.is_since and payer != self.ids[self.survivor]:
                self.lent += part

    def make_good(self) -> None:
        """An undoing gives back what came, as far as the survivor has it that day: what she earned
        since makes good what was spent of the other's."""
        survivor, other = self.ids[self.survivor], self.ids[1 - self.survivor]
        with db.transaction(self.brand.id):
            amount = min(self.lent, self._balances(survivor).get("available", 0))
            if amount:
                points.spend(survivor, amount=amount, kind="gift", reference="made good")
                points.earn(other, amount=amount, kind="gift", reference="made good to her")

    def _tier(self, who: int, amount: int) -> None:
        row = session.get(MemberTier, (self.brand.id, self._whom(who)))
        points.set_tier(self._whom(who), (row.spent_fen if row else 0) + amount * 1000)

    def _tag(self, who: int, amount: int) -> None:
        members.tag_member(self._whom(who), "购买", f"品类{amount % 5}", "rule")

    def _new_tag(self, who: int, amount: int) -> None:
        members.tag_member(self._whom(who), "购买", f"新{self.count}.{amount}", "staff")

    def _coupon(self, who: int, amount: int) -> None:
        (batch,) = coupons.batches(["welcome20"])
        coupons.issue(batch, self._whom(who), f"reason{amount % 4}")

    def _new_coupon(self, who: int, amount: int) -> None:
        (batch,) = coupons.batches(["welcome20"])
        coupons.issue(batch, self._whom(who), f"new{self.count}.{amount}")

    def _use(self, who: int, amount: int) -> None:
        """One of hers by its place in the order of issue, whoever holds it at the moment."""
        usable = select(Coupon.id).where(Coupon.used < Coupon.uses).order_by(Coupon.id)
        found = session.scalars(usable).all()
        if found:
            coupons.redeem(found[(who + amount) % len(found)], key=f"use:{self.count}")

    def _target(self, who: int, amount: int) -> None:
        code = f"C{amount % 3}"
        campaign = session.scalar(select(CouponCampaign).filter_by(code=code))
        if campaign is None:
            today = clock.business_day(clock.now())
            campaign = CouponCampaign(
                code=code, name=code, kind="A", starts_on=today, ends_on=today
            )
            session.add(campaign)
            session.flush()
        key = (self.brand.id, campaign.id, self._whom(who))
        if session.get(CouponTarget, key) is None:
            session.add(CouponTarget(campaign_id=campaign.id, member_id=self._whom(who)))

    def _contact(self, who: int, amount: int) -> None:
        contacts.record(
            contacts.Told(
                "callcentre", f"k{self.count}", self._whom(who), Channel.CALL, Direction.IN,
                clock.now(), duration_seconds=amount,
            )
        )  # fmt: skip

    def _note(self, who: int, amount: int) -> None:
        notes.write_note(
            self._whom(who), author_id=self.author.id, text=f"喜欢{amount}", readers="everyone"
        )

    def _value(self, who: int, amount: int) -> None:
        fields.change_value(self._whom(who), self.field_id, f"类型{amount}", actor="staff:1")

    def _agree(self, who: int, amount: int) -> None:
        channel = list(ConsentChannel)[amount % 3]
        members.consent(
            self._whom(who), Purpose.MARKETING, is_given=True, door="card", **self._on(channel)
        )

    def _refuse(self, who: int, amount: int) -> None:
        """While they are one it is said for both; so it is said to both where they are two."""
        channel = self._on(list(ConsentChannel)[amount % 3])
        said_to = {self._whom(who), *(self.ids if self.is_since and not self.is_merged else ())}
        for member_id in sorted(said_to):
            members.consent(member_id, Purpose.MARKETING, is_given=False, door="card", **channel)

    def _on(self, channel: ConsentChannel) -> dict[str, Any]:
        return {"channel": channel}

    def _scan(self, who: int, _amount: int) -> None:
        for fan_id in self.fans[who][:1]:
            fan = session.get_one(Fan, (self.brand.id, fan_id))
            visits.record(fan, self.store.code, VisitKind.MEMBER, clock.now())

    def _click(self, who: int, _amount: int) -> None:
        for fan_id in self.fans[who][:1]:
            fan = session.get_one(Fan, (self.brand.id, fan_id), populate_existing=True)
            events.record(
                "wechat.menu_clicked", fan_id=fan.id, member_id=fan.member_id, key=str(self.count)
            )

    def _wechat(self, who: int, _amount: int) -> None:
        """She opens the mini-program: another WeChat of the same unionid."""
        if self.fans[who]:
            members.visit_mini(self.brand.mini.id, f"m-{who}", f"u-{who}")

    def _phone(self, who: int, amount: int) -> None:
        her = session.get_one(Member, (self.brand.id, self._whom(who)), populate_existing=True)
        members.change_phone(her, f"139{self.count:04}{amount:04}", source="staff")

    def _name(self, who: int, amount: int) -> None:
        her = session.get_one(Member, (self.brand.id, self._whom(who)))
        her.name_encrypted = members.seal_name(f"林{amount}")
        session.flush()
        members.keep_tokens(her)

    def _born(self, who: int, amount: int) -> None:
        her = session.get_one(Member, (self.brand.id, self._whom(who)))
        her.born_on = clock.business_day(clock.now()).replace(
            year=1980, month=1, day=amount % 28 + 1
        )

    def _balances(self, member_id: int) -> dict[str, int]:
        rows = session.scalars(select(PointsAccount).filter_by(member_id=member_id))
        return {row.kind: row.balance for row in rows if row.balance}

    def facts(self) -> list[dict[str, Any]]:
        """All that can be known of each of the two, without the numbers of rows."""
        with db.transaction(self.brand.id):
            return [self._facts(member_id) for member_id in self.ids]

    def _facts(self, member_id: int) -> dict[str, Any]:
        her = session.get_one(Member, (self.brand.id, member_id), populate_existing=True)
        fans = {fan.id: members.openid_of(fan) for fan in queries.fans_of(member_id)}
        return {
            "herself": [
                her.merged_into_id, members.open_name(her), members.open_phone(her),
                her.phone_index is None, her.phone_tail, str(her.born_on),
                her.card_opened_at is None,
            ],
            "fans": sorted(fans.values()),
            "visits": sorted(
                fans[row.fan_id]
                for row in session.scalars(select(Visit).where(Visit.fan_id.in_(fans)))
            ),
            "names": sorted(
                str([row.kind, row.value_tail, row.source, row.until is None, row.ended_reason])
                for row in self._rows(MemberIdentity, member_id)
            ),
            "orders": sorted((r.order_no, r.paid_fen) for r in self._rows(Order, member_id)),
            "coupons": sorted((r.reason, r.used) for r in self._rows(Coupon, member_id)),
            "used": sorted(
                session.scalars(
                    select(Redemption.key)
                    .join(Coupon, Coupon.id == Redemption.coupon_id)
                    .where(Coupon.member_id == member_id)
                )
            ),
            "targets": len(self._rows(CouponTarget, member_id)),
            "points": self._balances(member_id),
            "tier": [
                (row.spent_fen, session.get_one(Tier, (self.brand.id, row.tier_id)).name)
                for row in self._rows(MemberTier, member_id)
            ],
            "tags": sorted(
                session.get_one(Tag, (self.brand.id, row.tag_id)).name + row.source
                for row in self._rows(MemberTag, member_id)
            ),
            "contacts": sorted(row.key for row in self._rows(Contact, member_id)),
            "values": [each.value for each in fields.held_by(member_id)],
            # What it was before is what stood on the card that day, which was also the other's.
            "changes": [before_and_after(row)[1] for row in self._rows(CustomChange, member_id)],
            "notes": [notes.note_text(row) for row in self._rows(Note, member_id)],
            "events": sorted(
                str([row.name, row.data.get("key")])
                for row in self._rows(events.Event, member_id)
                if row.name not in ("member.merged", "member.unmerged")
            ),
            "consents": sorted(
                (matter.purpose, matter.channel)
                for matter, word in last_words(member_id).items()
                if word.is_given
            ),
        }  # fmt: skip

    def _rows(self, model: Any, member_id: int) -> list[Any]:
        key = model.__table__.primary_key
        fresh = {"populate_existing": True}
        hers = select(model).filter_by(member_id=member_id).order_by(*key)
        return list(session.scalars(hers, execution_options=fresh))

    def facts_of(self, name: str) -> list[Any]:
        return [each[name] for each in self.facts()]

    def rows(self) -> dict[str, str]:
        """Every table of the brand's as it stands, byte by byte, and what the books come to."""
        digest = (
            "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} AS t"
            " WHERE brand_id = :brand"
        )
        names = [
            table.name
            for table in Model.metadata.sorted_tables
            if "brand_id" in table.c and table.name not in BOOKS
        ]
        ours = {"brand": self.brand.id}
        with db.transaction(self.brand.id):
            found = {
                name: session.scalar(
                    text(
                        digest.format(name)
                        + (" AND name NOT LIKE 'member.%merged'" if name == "events" else "")
                    ),
                    ours,
                )
                for name in names
            }
            found["balances"] = str([self._balances(member_id) for member_id in self.ids])
            found["consents"] = str([self._facts(each)["consents"] for each in self.ids])
        return found

    def left_on(self, member_id: int) -> dict[str, int]:
        """How many rows of each table name this member, but for those that stay with a name."""
        with db.transaction(self.brand.id):
            counts = {
                table.name: session.scalar(
                    text(f"SELECT count(*) FROM {table.name} WHERE member_id = :member"),
                    {"member": member_id},
                )
                for table in Model.metadata.sorted_tables
                if "member_id" in table.c and table.name not in STAYING
            }
            counts["points"] = sum(self._balances(member_id).values())
        return {name: count for name, count in counts.items() if count}


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return sorted(name for name in one if one[name] != other[name])
