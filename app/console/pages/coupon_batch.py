"""One batch of coupons: its funnel and limits, who holds one, giving it, taking it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.console import claim_links, coupon_form, coupon_view
from app.console.access import HEADQUARTERS, actor, brand, only, pages
from app.console.coupon_form import LIMITS, Typed
from app.console.figures import count
from app.console.form_reading import Errors
from app.console.pages.coupon_codes import MOST_AT_ONCE
from app.core import asked, clock, db, paging
from app.core import codes as secret
from app.core.db import session
from app.core.errors import NotFound
from app.coupons import figures, queries, service
from app.coupons.models import Coupon, CouponBatch, CouponCampaign, Grant
from app.coupons.refusals import CASHIER, Reason
from app.coupons.service import grants, promises
from app.members import queries as members
from app.members.models import Member
from app.staff import queries as staff
from app.stores.pictures import picture

PAGE_SIZE = 20


@pages.get("/coupons/<int:batch_id>")
@only(*HEADQUARTERS)
def coupon_batch(batch_id: int) -> ResponseReturnValue:
    """The batch with live stock, its funnel and its newest coupons."""
    return _page(queries.batch(batch_id))


def _page(batch: CouponBatch, errors: Errors | None = None, given: Typed | None = None) -> str:
    at = clock.now()
    rows = figures.coupons_of(batch.id, after=asked.number("after"), limit=PAGE_SIZE + 1)
    page = paging.cut(rows, PAGE_SIZE, lambda coupon: coupon.id)
    campaign = figures.campaigns([batch.campaign_id or 0]).get(batch.campaign_id or 0)
    funnel = figures.funnels([batch], at)[batch.id]
    return render_template(
        "console/coupons/batch.html",
        row=coupon_view.row(batch, funnel, campaign),
        batch=batch,
        campaign=campaign,
        sentence=coupon_view.sentence(batch),
        funnel=coupon_view.funnel_rows(funnel),
        coupons=coupon_view.coupon_rows(page.items, batch, _numbers(page.items), at),
        next=page.next,
        grants=_grants(batch.id),
        tags=_tag_words(),
        limits=LIMITS,
        form=given or _of(batch, campaign),
        errors=errors or {},
        open_count=batch.issued - funnel.used,
        **_codes(batch),
        owed={CASHIER[Reason(why)]: n for why, n in promises.owed(batch.id).items()},
    )


def _codes(batch: CouponBatch) -> dict[str, object]:
    """The claim link's picture, and how many codes can still be printed."""
    unused = service.unused(batch.id)
    url = claim_links.link(brand(), batch.claim_code) if batch.claim_code else None
    return {
        "claim_link": url,
        "claim_picture": picture(url) if url else None,
        "unused_codes": unused,
        "free_codes": max(batch.stock - batch.issued - unused, 0),
        "most_codes": MOST_AT_ONCE,
        "codes_key": secret.token(),
    }


def _numbers(coupons: Sequence[Coupon]) -> dict[int, str]:
    ids = {coupon.member_id for coupon in coupons}
    known = select(Member.id, Member.number).where(Member.id.in_(ids))
    return {row.id: row.number for row in session.execute(known)}


def _grants(batch_id: int) -> list[coupon_view.GrantLine]:
    found = session.scalars(select(Grant).filter_by(batch_id=batch_id).order_by(Grant.id.desc()))
    lines, words = list(found), _tag_words()
    reports = grants.reports([grant.id for grant in lines])
    return [
        coupon_view.grant_line(grant, words.get(grant.tag_id, ""), reports[grant.id])
        for grant in lines
    ]


def _tag_words() -> dict[int, str]:
    return {tag.id: f"{tag.group} · {tag.name}" for tag in members.tags()}


def _of(batch: CouponBatch, campaign: CouponCampaign | None) -> Typed:
    """What may be changed, as the form shows it."""
    budget, counted = (campaign.budget_fen, campaign.budget_count) if campaign else (None, None)
    limits = {name: str(getattr(batch, name) or "") for name in LIMITS}
    return Typed(
        stock=str(batch.stock),
        may_claim="1" if batch.claim_code else "",
        claim_from=_field(batch.claim_from),
        claim_until=_field(batch.claim_until),
        budget="" if budget is None else f"{budget / 100:.2f}".removesuffix(".00"),
        budget_count=str(counted or ""),
        **limits,
    )


def _field(at: datetime | None) -> str:
    return f"{clock.local(at):%Y-%m-%dT%H:%M}" if at else ""


@pages.post("/coupons/<int:batch_id>")
@only(*HEADQUARTERS)
def coupon_change(batch_id: int) -> ResponseReturnValue:
    """Another stock, other limits, from now on."""
    batch = queries.batch(batch_id)
    given = replace(coupon_form.typed(request.form), name=batch.name, kind="shipping")
    fields, errors = coupon_form.meant(given)
    if errors:
        return _page(batch, errors, given), 422
    try:
        service.change(batch_id, fields.opening(given), by=actor().audit_name)
    except service.FewerThanGiven:
        said = f"已发出 {count(batch.issued)} 张，总数不能更少"
        return _page(batch, {"stock": said}, given), 409
    flash("改好了，从现在起按新的来")
    return _back(batch_id)


@pages.post("/coupons/<int:batch_id>/stop")
@only(*HEADQUARTERS)
def coupon_stop(batch_id: int) -> ResponseReturnValue:
    """Issue no more; the same button issues again."""
    if queries.batch(batch_id).stopped_at is None:
        service.stop(batch_id, by=actor().audit_name)
        flash("已停发，发出的照样能用")
    else:
        service.resume(batch_id, by=actor().audit_name)
        flash("恢复发券")
    return _back(batch_id)


@pages.post("/coupons/<int:batch_id>/revoke")
@only(*HEADQUARTERS)
def coupon_revoke_batch(batch_id: int) -> ResponseReturnValue:
    """None of its coupons works any more."""
    service.revoke_batch(batch_id, by=actor().audit_name)
    flash("已作废，没用的券从现在起不能用")
    return _back(batch_id)


@pages.get("/coupons/<int:batch_id>/reach")
@only(*HEADQUARTERS)
def coupon_reach(batch_id: int) -> ResponseReturnValue:
    """How many would get it, before anybody does."""
    batch, tag_id = queries.batch(batch_id), asked.number("tag")
    reach = grants.reach(batch.id, tag_id) if tag_id else None
    return render_template("console/coupons/reach.html", reach=reach)


@pages.post("/coupons/<int:batch_id>/grant")
@only(*HEADQUARTERS)
def coupon_grant(batch_id: int) -> ResponseReturnValue:
    """Give it to everybody with the tag."""
    batch, tag_id = queries.batch(batch_id), request.form.get("tag", type=int)
    if tag_id in _tag_words():
        grants.start(batch.id, tag_id, staff_id=actor().staff_id)
        flash("开始发了，进度在下面")
    else:
        flash("先选一个标签，再发")
    return _back(batch_id)


@pages.post("/coupons/<int:batch_id>/grants/<int:grant_id>/stop")
@only(*HEADQUARTERS)
def coupon_grant_stop(batch_id: int, grant_id: int) -> ResponseReturnValue:
    """Whoever has none yet gets none."""
    grant = db.get(Grant, grant_id)
    if grant is None or grant.batch_id != batch_id:
        raise grants.NoGrant()
    skipped = grants.stop(grant_id, by=actor().audit_name)
    flash(f"已停止，{count(skipped)} 人没有发")
    return _back(batch_id)


@pages.get("/coupons/one/<int:coupon_id>")
@only(*HEADQUARTERS)
def coupon_one(coupon_id: int) -> ResponseReturnValue:
    """One coupon and all that became of it."""
    coupon = db.get(Coupon, coupon_id)
    if coupon is None:
        raise NotFound()
    batch = queries.batch(coupon.batch_id)
    shown = coupon_view.coupon_rows([coupon], batch, _numbers([coupon]), clock.now())[0]
    steps = coupon_view.step_rows(figures.steps_of(coupon_id), staff.names())
    return render_template("console/coupons/one.html", row=shown, batch=batch, steps=steps)


@pages.post("/coupons/one/<int:coupon_id>/revoke")
@only(*HEADQUARTERS)
def coupon_revoke(coupon_id: int) -> ResponseReturnValue:
    """This one does not work any more."""
    try:
        service.revoke(coupon_id, by=actor().audit_name)
        flash("这张券作废了")
    except service.Refused as refused:
        if refused.reason != service.Reason.USED:
            raise
        flash("这张券已经用了，作废不了")
    return redirect(url_for("console.coupon_one", coupon_id=coupon_id))


def _back(batch_id: int) -> ResponseReturnValue:
    return redirect(url_for("console.coupon_batch", batch_id=batch_id))
