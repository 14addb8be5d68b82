"""What a guide does on her phone. Each act carries a key, so that a replayed one is done once."""

from __future__ import annotations

from collections.abc import Callable

from app.benefits import service as benefits
from app.core import clock, db, idempotency
from app.core.errors import BadInput, Conflict, NotFound
from app.coupons import service as coupons
from app.coupons.models import CouponKind, Redemption
from app.members import queries as members
from app.staff.models import Way
from app.staff.service import Actor
from app.tasks.service import scripts
from app.visits import service as visits
from app.visits.models import Outcome, Visit
from app.wechat import corps

SHORTEST_KEY, LONGEST_KEY = 8, 40
NOTHING, GREET = "", "greet"


class NoKey(BadInput):
    code, title = "no_key", "这一步没有编号，刷新页面后再点一次"


class NoSample(Conflict):
    code, title = "no_sample", "她没有待领的小样"


class NoHandOut(NotFound):
    code, title = "no_hand_out", "没有这次发放，或不在你的门店"


def _plain(change: Callable[[int, Actor], Visit]) -> Callable[[int, Actor, str], str]:
    """An act that leaves nothing behind to be undone by its id."""

    def do(visit_id: int, actor: Actor, _key: str) -> str:
        change(visit_id, actor)
        return NOTHING

    return do


def _end(outcome: Outcome) -> Callable[[int, Actor, str], str]:
    return _plain(lambda visit_id, actor: visits.finish(visit_id, actor, outcome))


def _hand_sample(visit_id: int, actor: Actor, key: str) -> str:
    """Answers the id of the hand-out, by which it can be undone."""
    visit = visits.visible(visit_id, actor)
    handed = coupons.hand_sample(
        _sample_for(visit),
        store_id=visit.store_id,
        staff_id=actor.staff_id,
        key=f"guide:{actor.staff_id}:{key}",
    )
    visits.sample_given(visit_id, actor, clock.now())
    return str(handed.id)


def _sample_for(visit: Visit) -> int:
    """The coupon of the sample that waits for her. Raises NoSample, Refused."""
    fan = members.fan(visit.fan_id)
    if fan is None or fan.member_id is None:
        raise NoSample()
    held = benefits.open_benefits(fan.member_id, visit.store_id, clock.now())
    if held.sample is not None:
        return held.sample.coupon_id
    if any(benefit.kind is CouponKind.SAMPLE for benefit in held.later):
        raise coupons.refused(coupons.Reason.SHELF_EMPTY)
    raise NoSample()


ACTS: dict[str, Callable[[int, Actor, str], str]] = {
    "claim": _plain(visits.claim),
    "release": _plain(visits.release),
    GREET: _plain(visits.greet),
    "sample": _hand_sample,
    "bought": _end(Outcome.BOUGHT),
    "served": _end(Outcome.SERVED),
    "not-today": _end(Outcome.NOT_TODAY),
}


def act(
    verb: str, visit_id: int, actor: Actor, key: str, script_id: int | None = None
) -> int | None:
    """Do it once per key; answers the hand-out that can be undone, if it made one. With the
    script that stood on the card, a greeting is a use of it.

    Raises what the act raises, NotFound for an unknown verb, NoKey, NoScript.
    """
    if verb not in ACTS:
        raise NotFound()
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise NoKey()
    client = f"guide:{actor.staff_id}"
    answer = idempotency.kept(brand_id=actor.brand_id, client=client, key=key)
    if answer is None:
        answer = ACTS[verb](visit_id, actor, key)
        if verb == GREET and script_id is not None:
            _said(script_id, visit_id, actor)
        idempotency.keep(brand_id=actor.brand_id, client=client, key=key, value=answer)
    return int(answer) if answer else None


def _said(script_id: int, visit_id: int, actor: Actor) -> None:
    visit = visits.visible(visit_id, actor)
    fan = members.fan(visit.fan_id)
    member_id = fan.member_id if fan else None
    scripts.said(script_id, actor, member_id=member_id, fan_id=visit.fan_id)


def take_back_sample(visit_id: int, hand_out_id: int, actor: Actor) -> None:
    """The sample is on the shelf again. Raises NoHandOut, TooLateToUndo."""
    hand_out = db.get(Redemption, hand_out_id)
    visit = visits.visible(visit_id, actor)
    if hand_out is None or hand_out.store_id != visit.store_id:
        raise NoHandOut()
    coupons.undo(hand_out_id)
    visits.sample_given(visit_id, actor, None)


def ways_in() -> list[Way]:
    """What the login page offers beside a password. Before anybody's brand is known, so it is
    what some brand here has; opens a transaction, as the page is shown outside of one."""
    with db.transaction():
        return [Way.WECHAT, Way.WECOM] if corps.is_any() else [Way.WECHAT]
