"""延长: a later last day for a batch's unused coupons, counted before it is done."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console import form_reading
from app.console.access import HEADQUARTERS, actor, brand, only, pages
from app.console.figures import count
from app.core import clock
from app.coupons import queries
from app.coupons.models import CouponBatch
from app.coupons.service import extending
from app.staff import queries as staff


@pages.get("/coupons/<int:batch_id>/days")
@only(*HEADQUARTERS)
def coupon_days(batch_id: int) -> ResponseReturnValue:
    """Choose a day; then how many would work longer, before any does."""
    batch, errors = queries.batch(batch_id), form_reading.Errors()
    day = _day(request.args.get("until", ""), errors) if "until" in request.args else None
    return _page(batch, day, errors), 422 if errors else 200


@pages.post("/coupons/<int:batch_id>/days")
@only(*HEADQUARTERS)
def coupon_extend(batch_id: int) -> ResponseReturnValue:
    """Do it. Raises NothingLonger, Refused."""
    batch, errors = queries.batch(batch_id), form_reading.Errors()
    day = _day(request.form.get("until", ""), errors)
    if day is None:
        return _page(batch, None, errors), 422
    with_expired = "expired" in request.form
    counted = extending.longer(batch.id, _end(day)).count(with_expired=with_expired)
    try:
        extending.extend(batch.id, _end(day), with_expired=with_expired, staff_id=actor().staff_id)
    except extending.NothingLonger as refused:
        return _page(batch, day, {"until": refused.title}), refused.status
    flash(f"开始延长 {count(counted)} 张，到 {day.isoformat()}，进度在下面")
    return redirect(url_for("console.coupon_days", batch_id=batch_id), 303)


def _day(text: str, errors: form_reading.Errors) -> date | None:
    day = form_reading.day(text, "until", errors)
    if day is not None and day < clock.business_day(clock.now(), brand().zoneinfo):
        errors["until"] = "选今天或以后的一天"
        return None
    return day


def _end(day: date) -> datetime:
    """The last day counts whole."""
    return clock.day_bounds(day, brand().zoneinfo)[1]


def _page(batch: CouponBatch, day: date | None, errors: form_reading.Errors) -> str:
    return render_template(
        "console/coupons/days.html",
        batch=batch,
        day=day,
        found=extending.longer(batch.id, _end(day)) if day else None,
        errors=errors,
        extensions=extending.extensions(batch.id),
        staff=staff.names(),
        today=clock.business_day(clock.now(), brand().zoneinfo).isoformat(),
        last_day=_last_day,
    )


def _last_day(until: datetime) -> date:
    return clock.business_day(until - timedelta(seconds=1), brand().zoneinfo)
