"""等级: the ladder with the people on each step, another ladder tried on everybody first, and one
member's tier: how she came there, what becomes of it, and a tier given by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import HEADQUARTERS, actor, brand, only, pages
from app.console.tier_form import LadderForm, steps_of
from app.core import clock
from app.core.errors import BadInput
from app.points import queries as points
from app.points import recounting, rights, service
from app.points.models import StepWhy
from app.points.recounting import Move
from app.points.service import ladder
from app.points.service.tiers import NoTier
from app.points.tier_policy import By, TierPolicy, tier_policy
from app.single_view import scope

WHY_WORDS = {
    StepWhy.PURCHASE: "消费达到",
    StepWhy.REFUND: "退货后不够",
    StepWhy.KEPT: "到期保级",
    StepWhy.PERIOD_END: "到期降级",
    StepWhy.GRANTED: "手动定级",
    StepWhy.GRANT_ENDED: "手动等级结束",
    StepWhy.RECOUNTED: "等级改了",
}
LONGEST_REASON, MOST_DAYS = 64, 1100


@pages.get("/tiers")
@only(*HEADQUARTERS)
def tiers() -> ResponseReturnValue:
    """The ladder in force."""
    people = points.people_by_tier()
    return render_template(
        "console/tiers/page.html",
        steps=[(tier, people.get(tier.id, 0), rights.of_tier(tier)) for tier in points.ladder()],
        whole=sum(people.values()),
        how=_how(tier_policy()),
    )


@pages.get("/tiers/edit")
@only(*HEADQUARTERS)
def tiers_edit() -> ResponseReturnValue:
    """The ladder in force, to be changed."""
    return _form(LadderForm.of(tier_policy(), points.ladder()))


@pages.post("/tiers/edit")
@only(*HEADQUARTERS)
def tiers_change() -> ResponseReturnValue:
    """A step more, a trial on everybody, or the new ladder itself."""
    form, act = LadderForm.sent(request.form), request.form.get("act", "")
    if act == "add":
        form.add()
        return _form(form)
    meant = form.read([tier.id for tier in points.ladder()])
    if meant is None:
        return _form(form), 422
    policy, rungs = meant
    if act != "save":
        return _form(form, recounting.moves(policy, steps_of(rungs)))
    changed = ladder.change_ladder(policy, rungs, actor=actor().audit_name)
    flash(f"改好了，{changed:,} 位会员的等级变了")
    return redirect(url_for("console.tiers"), 303)


@pages.get("/members/<int:member_id>/tier")
@only(*HEADQUARTERS)
def tier_of_member(member_id: int) -> ResponseReturnValue:
    """One member's tier."""
    return _member_page(member_id)


@pages.post("/members/<int:member_id>/tier")
@only(*HEADQUARTERS)
def tier_grant(member_id: int) -> ResponseReturnValue:
    """A tier by hand, with a reason and an end."""
    scope.seen(member_id, actor().store_ids)
    try:
        service.grant(member_id, _grant())
    except (BadInput, NoTier) as refused:
        return _member_page(member_id, refused.detail or refused.title), 422
    flash("定好了，到期自动结束，她自己达到的等级不受影响")
    return redirect(url_for("console.tier_of_member", member_id=member_id), 303)


@pages.post("/members/<int:member_id>/tier/end")
@only(*HEADQUARTERS)
def tier_grant_end(member_id: int) -> ResponseReturnValue:
    """What was given by hand ends now."""
    scope.seen(member_id, actor().store_ids)
    service.end_grant(member_id, actor=actor().audit_name)
    flash("收回了，她现在是自己达到的等级")
    return redirect(url_for("console.tier_of_member", member_id=member_id), 303)


def _grant() -> service.Grant:
    given = request.form
    reason = given.get("reason", "").strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise BadInput(f"写一句为什么，最多 {LONGEST_REASON} 个字")
    tier_id = given.get("tier_id", default=0, type=int)
    return service.Grant(tier_id, _end_of(given.get("until", "")), reason, actor().audit_name)


def _end_of(said: str) -> datetime:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise BadInput("选一个到期的日子") from None
    today = clock.business_day(clock.now(), brand().zoneinfo)
    if day > today + timedelta(days=MOST_DAYS):
        raise BadInput("最多给三年，到期前可以再给")
    return clock.day_bounds(day, brand().zoneinfo)[1]


def _form(form: LadderForm, moves: Sequence[Move] | None = None) -> str:
    names = [step["name"] for step in form.steps]
    return render_template(
        "console/tiers/edit.html",
        form=form,
        is_tried=moves is not None,
        stay=sum(move.members for move in moves or () if move.before == move.after),
        moves=[
            (names[move.before], names[move.after], move.members, move.after > move.before)
            for move in moves or ()
            if move.before != move.after
        ],
    )


def _member_page(member_id: int, error: str = "") -> str:
    scope.seen(member_id, actor().store_ids)
    names = {tier.id: tier.name for tier in points.ladder()}
    return render_template(
        "console/tiers/member.html",
        member_id=member_id,
        standing=points.standing(member_id),
        outlook=points.outlook(member_id),
        steps=points.steps_of(member_id),
        names=names,
        whys=WHY_WORDS,
        error=error,
        given=request.form,
        tomorrow=(clock.business_day(clock.now(), brand().zoneinfo) + timedelta(1)).isoformat(),
    )


def _how(policy: TierPolicy) -> str:
    counts = "成长值（每消费 ¥1 记 1，另加奖励）" if policy.by is By.GROWTH else "消费"
    if not policy.window_months:
        return f"按入会以来的{counts}定级，达到就升，不降级"
    grace = f"，再宽限 {policy.grace_days} 天" if policy.grace_days else ""
    months = policy.window_months
    return f"按最近 {months} 个月的{counts}定级，达到就升，保 {months} 个月{grace}"
