"""Orders as tills and ERP tell them: sold, brought back, cancelled, corrected, told afterwards."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from app.benefits import redeem
from app.benefits.models import TillConflict
from app.benefits.redeem import offline
from app.benefits.redeem.offline import OfflineSale, Synced
from app.core.db import session
from app.core.errors import AppError
from app.orders import service as orders
from app.orders.models import ReturnKind
from app.orders.service import Day, Recorded, Returned, Sums, Told, ToldReturn
from app.pos.service.callers import Machine
from app.pos.service.people import member_of
from app.pos.service.stores import guide_of, store_of

Story = dict[str, Any]  # as schemas.orders loads it


def record(caller: Machine, story: Story) -> Story:
    """A sale. Raises as `orders.record`, NoMember, NoGuide, NoStore."""
    return _recorded(redeem.record(_told(caller, story)))


def correct(caller: Machine, order_no: str, story: Story) -> Story:
    """The order as it ought to have been. Raises as `redeem.correct`, NoMember, NoGuide."""
    told = _told(caller, story | {"order_no": order_no})
    return _recorded(redeem.correct(told, revision=story["revision"]))


def bring_back(caller: Machine, order_no: str, story: Story) -> Story:
    """Goods come back. Raises as `orders.bring_back`, NoStore."""
    lines, number = tuple(story["lines"]), story["return_no"]
    return _bring_back(caller, order_no, story, number, lines=lines, kind=ReturnKind.RETURN)


def cancel(caller: Machine, order_no: str, story: Story) -> Story:
    """The whole sale is taken back. Raises as `orders.bring_back`, NoStore."""
    number = f"cancel:{order_no}"
    return _bring_back(caller, order_no, story, number, lines=(), kind=ReturnKind.CANCEL)


def _bring_back(caller: Machine, order_no: str, story: Story, return_no: str, **more: Any) -> Story:
    store = store_of(caller, story["store"])
    is_bound = caller.store_id is not None
    told = ToldReturn(return_no, order_no, store.id, story["at"], is_bound=is_bound, **more)
    return _returned(redeem.bring_back(told))


def _told(caller: Machine, story: Story) -> Told:
    number = story.get("number")
    return Told(
        order_no=story["order_no"],
        store_id=store_of(caller, story.get("store")).id,
        paid_at=story["at"],
        lines=tuple(story["lines"]),
        payments=tuple(story["payments"]),
        member_id=member_of(number).id if number else None,
        staff_id=guide_of(story["guide"]),
        shipping_fen=story["shipping_fen"],
    )


def _recorded(done: Recorded) -> Story:
    order = done.order
    return {
        "order_no": order.order_no,
        "is_new": done.is_new,
        "state": order.state,
        "paid_fen": order.paid_fen,
        "returned_fen": order.returned_fen,
        "points_earned": done.points_earned,
        "unknown_skus": done.strangers,
    }


def _returned(done: Returned) -> Story:
    row = done.row
    return {
        "order_no": row.order_no,
        "return_no": row.return_no,
        "is_new": done.is_new,
        "state": row.state,
        "refund_fen": row.refund_fen,
    }


# What a till did alone


def sync(caller: Machine, sales: list[Story], store: str | None) -> Story:
    """Take in what was sold without a network, one after another in the order in which it was
    sold; one that is refused does not hinder the others. Raises NoStore."""
    code = store_of(caller, store).code
    answers = {
        place: _sync(caller, sale, code)
        for place, sale in sorted(enumerate(sales), key=lambda one: (one[1]["at"], one[0]))
    }
    return {"sales": [answers[place] for place in range(len(sales))]}


def _sync(caller: Machine, sale: Story, store: str) -> Story:
    try:
        with session.begin_nested():
            told = _told(caller, sale | {"store": store})
            done = offline.sync(
                OfflineSale(
                    key=sale["key"],
                    told=told,
                    code=sale["code"],
                    scanned_at=sale["scanned_at"],
                    given=tuple(sale["coupons"]),
                ),
                opened_by=caller.audit_name,
            )
            return _synced(sale, done)
    except AppError as refusal:
        return _refused(sale, refusal)


def _synced(sale: Story, done: Synced) -> Story:
    return {
        "key": sale["key"],
        "order_no": done.order.order_no,
        "is_new": done.is_new,
        "is_known": done.is_known,
        "conflicts": [_conflict(one, sale) for one in done.conflicts],
        "refusal": None,
    }


def _refused(sale: Story, refusal: AppError) -> Story:
    said = refusal.extra
    return {
        "key": sale["key"],
        "order_no": sale["order_no"],
        "is_new": False,
        "is_known": False,
        "conflicts": [],
        "refusal": {
            "reason": refusal.code,
            "shopper": said.get("shopper", refusal.title),
            "cashier": said.get("cashier", refusal.title),
        },
    }


def _conflict(one: TillConflict, sale: Story) -> Story:
    return {
        "kind": one.kind,
        "coupon_id": one.coupon_id,
        "reason": one.reason,
        "is_ours": one.lost_at in (sale["at"], sale["scanned_at"]),
        "lost_fen": one.lost_fen,
        "lost_at": one.lost_at,
    }


# A day


def tell_day(caller: Machine, day: date, story: Story) -> Story:
    """What the till says of a day, held against what stands here. Raises TwiceTold, NoStore."""
    store = store_of(caller, story["store"])
    sums = Sums(story["count"], story["fen"], story["return_count"], story["return_fen"])
    receipts = [(one["order_no"], one["paid_fen"]) for one in story["orders"]]
    return _day(orders.tell_day(store.id, day, sums, receipts))


def show_day(caller: Machine, day: date, store: str | None) -> Story:
    """A day as both sides see it now. Raises NoStore."""
    return _day(orders.compare(store_of(caller, store).id, day))


def _day(found: Day) -> Story:
    return {
        "day": found.day,
        "is_equal": found.is_equal,
        "ours": asdict(found.ours),
        "told": found.told and asdict(found.told),
        "differences": [asdict(one) for one in found.differences],
    }
