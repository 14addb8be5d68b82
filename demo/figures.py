"""`build/demo.json`: every figure read from SQL and from the sandbox's log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from app.core import db
from app.core.db import Model, session
from app.coupons.models import Coupon, CouponBatch, CouponKind, Redemption
from app.members import service as members
from app.members.models import Fan, Member
from app.orders.models import Order, OrderLine
from app.pushes import queries as pushes
from app.pushes.models import PushRun
from app.visits.models import Visit
from demo.box import Box
from demo.brand import DemoBrand
from demo.day import Day
from demo.guide_phone import GuidePhone


def collect(brand: DemoBrand, day: Day, box: Box, phones: list[GuidePhone]) -> dict[str, Any]:
    """All but memory and time, which only the caller knows."""
    sums = box.sums(day.since_ms)
    since = datetime.fromtimestamp(day.since_ms / 1000, UTC)
    with db.transaction(brand.id):
        return {
            **_imported(),
            "scans": sums["scans"],
            "follows": sums["follows"],
            "members_bound": _count(Member, Member.card_opened_at >= since),
            "welcome_sent": sums["custom"]["sent"],
            "samples_handed": _samples(since),
            "guide_list": _latency(day, phones),
            "push": _push(day, sums),
        }


def _imported() -> dict[str, int]:
    imported = Order.origin == "import"
    paid = session.scalar(select(func.sum(Order.paid_fen)).where(imported))
    return {
        "stores": len(session.scalars(select(Order.store_id).where(imported).distinct()).all()),
        "members_imported": _count(Member, Member.origin == "import"),
        "orders": _count(Order, imported),
        "order_lines": _count(OrderLine),
        "sales_fen": int(paid or 0),
        "redemptions": _count(Redemption, Redemption.staff_id.is_(None)),
    }


def _count(model: type[Model], *conditions: Any) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def _samples(since: datetime) -> int:
    handed = (
        select(func.count())
        .select_from(Redemption)
        .join(Coupon, Coupon.id == Redemption.coupon_id)
        .join(CouponBatch, CouponBatch.id == Coupon.batch_id)
        .where(CouponBatch.kind == CouponKind.SAMPLE, Redemption.undone_at.is_(None))
        .where(Redemption.redeemed_at >= since, Redemption.staff_id.is_not(None))
    )
    return session.scalar(handed) or 0


def _latency(day: Day, phones: list[GuidePhone]) -> dict[str, float]:
    """From "scan accepted" on the sandbox's clock to the row being on a guide's phone."""
    seen = {visit: at for phone in phones for visit, at in phone.first_seen_ms.items()}
    rows = session.execute(
        select(Visit.id, Fan, Visit.store_id).join(Fan, Fan.id == Visit.fan_id)
    ).all()
    known = [(visit_id, members.openid_of(fan), store_id) for visit_id, fan, store_id in rows]
    waits = sorted(
        seen[visit_id] - day.accepted_ms[openid, store_id]
        for visit_id, openid, store_id in known
        if visit_id in seen and (openid, store_id) in day.accepted_ms
    )
    return {"n": len(waits)} | {
        f"p{share}_ms": round(waits[min(len(waits) - 1, len(waits) * share // 100)], 1)
        for share in (50, 95, 99)
        if waits
    }


def _push(day: Day, sums: Mapping[str, Any]) -> dict[str, Any]:
    run_id = session.scalars(select(PushRun.id).filter_by(push_id=day.push_id)).one()
    report = pushes.run_report(run_id)
    return {
        "selected": report.selected,
        "sent": report.sent,
        "skipped": {str(reason): count for reason, count in report.skipped.items()},
        "refused": report.refused,
        "unknown": report.unknown,
        "receipts_confirmed": report.receipts.sent,
        "duplicates_at_sandbox": sums["mass"]["duplicates"],
    }


def adds_up(push: Mapping[str, Any]) -> bool:
    """selected = sent + Σ skipped + refused + unknown."""
    parts = push["sent"] + sum(push["skipped"].values()) + push["refused"] + push["unknown"]
    return bool(push["selected"] == parts)
