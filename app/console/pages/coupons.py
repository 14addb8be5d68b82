"""优惠券: the list of batches, a new batch with its rule as a sentence."""

from __future__ import annotations

from dataclasses import asdict

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console import coupon_form, coupon_view
from app.console.access import HEADQUARTERS, actor, only, pages
from app.console.coupon_form import KINDS, LIMITS, Typed
from app.console.figures import WEEKDAYS
from app.console.form_reading import Errors
from app.core import asked, clock, paging
from app.coupons import figures, service
from app.coupons.rule import describe
from app.points import queries as points
from app.stores import queries as stores

PAGE_SIZE = 50


@pages.get("/coupons")
@only(*HEADQUARTERS)
def coupons() -> ResponseReturnValue:
    """The brand's own batches, or the imported ones, with live stock and what was used."""
    own, brought = figures.counts()
    is_imported = request.args.get("from") == "import" or not own
    rows = figures.batches(
        is_imported=is_imported, after=asked.number("after"), limit=PAGE_SIZE + 1
    )
    page = paging.cut(rows, PAGE_SIZE, lambda batch: batch.id)
    found = figures.funnels(page.items, clock.now())
    campaigns = figures.campaigns([batch.campaign_id or 0 for batch in page.items])
    shown = [
        coupon_view.row(batch, found[batch.id], campaigns.get(batch.campaign_id or 0))
        for batch in page.items
    ]
    return render_template(
        "console/coupons/list.html",
        rows=shown,
        next=page.next,
        own=own,
        brought=brought,
        is_imported=is_imported,
        rates=[rate for rate in figures.rates_by_kind() if rate.targets],
        rate_words=coupon_view.rate_words,
    )


@pages.get("/coupons/new")
@only(*HEADQUARTERS)
def coupon_new() -> ResponseReturnValue:
    """An empty form."""
    return _form(Typed(), {})


@pages.post("/coupons/sentence")
@only(*HEADQUARTERS)
def coupon_sentence() -> ResponseReturnValue:
    """The rule that stands in the form, said as a sentence."""
    return render_template("console/coupons/sentence.html", **_said(_typed()))


@pages.post("/coupons/new")
@only(*HEADQUARTERS)
def coupon_add() -> ResponseReturnValue:
    """A new batch; nothing is given to anybody yet."""
    given = _typed()
    fields, errors = coupon_form.meant(given)
    if errors or fields.rule is None:
        return _form(given, errors), 422
    try:
        batch = service.open_batch(fields.opening(given), by=actor().audit_name)
    except service.NoSuchParts as refused:
        return _form(given, {"parts": refused.extra["fields"]["parts"][0]}), refused.status
    flash(f"建好 {batch.name}，还没有发给任何人")
    return redirect(url_for("console.coupon_batch", batch_id=batch.id))


def _typed() -> Typed:
    return coupon_form.typed(request.form)


def _form(given: Typed, errors: Errors) -> str:
    return render_template(
        "console/coupons/form.html",
        form=given,
        chosen={name: getattr(given, name).split(",") for name in coupon_form.MANY},
        errors=errors,
        kinds=KINDS,
        limits=LIMITS,
        stores=[store for _, group in stores.tree() for store in group],
        tiers=points.ladder(),
        weekdays=WEEKDAYS,
        **_said(given),
    )


def _said(given: Typed) -> dict[str, object]:
    faults: Errors = {}
    rule = coupon_form.rule_of(given, faults)
    words = describe(rule, coupon_view.names()) if rule else ""
    return {"sentence": words, "typed": asdict(given)}
