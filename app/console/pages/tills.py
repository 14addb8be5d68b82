"""收银对账: days that do not add up, what was given twice without a network, unknown goods."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.benefits.redeem import conflicts
from app.catalog import service as catalog
from app.catalog.service import LONGEST_NAME
from app.console import tills_view
from app.console.access import HEADQUARTERS, actor, brand, everybody, only, pages
from app.core import audit, clock


@pages.get("/tills")
@everybody
def tills() -> ResponseReturnValue:
    """Her stores' days, conflicts and returns; headquarters also sees unknown goods."""
    scope, zone = actor().store_ids, brand().zoneinfo
    is_headquarters = actor().role in HEADQUARTERS
    return render_template(
        "console/tills/page.html",
        days=tills_view.days(scope, clock.business_day(clock.now(), zone)),
        conflicts=tills_view.conflicts(scope),
        returns=tills_view.returns(scope),
        strangers=tills_view.strangers() if is_headquarters else [],
        is_headquarters=is_headquarters,
        longest_name=LONGEST_NAME,
        fortnight=tills_view.DAYS,
    )


@pages.post("/tills/conflicts/<int:conflict_id>/seen")
@everybody
def till_conflict_seen(conflict_id: int) -> ResponseReturnValue:
    """Somebody has looked at it. Raises NoConflict."""
    by = actor()
    row = conflicts.see(conflict_id, staff_id=by.staff_id, store_ids=by.store_ids)
    audit.record("till_conflict.seen", actor=by.audit_name, subject=f"till_conflict:{row.id}")
    flash("记下了，这一条看过了")
    return redirect(url_for("console.tills"))


@pages.post("/tills/products/<int:product_id>/listed")
@only(*HEADQUARTERS)
def till_product_listed(product_id: int) -> ResponseReturnValue:
    """Unknown goods get their name. Raises NoProduct."""
    try:
        product = catalog.list_product(product_id, request.form.get("name", ""))
    except catalog.NameMissing as missing:
        flash(missing.title)
        return redirect(url_for("console.tills"))
    audit.record("product.listed", actor=actor().audit_name, subject=f"product:{product.id}")
    flash(f"{product.sku} 认下了：{product.name}")
    return redirect(url_for("console.tills"))
