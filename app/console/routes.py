"""The console's two doors: the login page, open to anyone, and all other pages behind it."""

from __future__ import annotations

from app.console import access, frame, toasts
from app.console.figures import FILTERS
from app.console.pages import (
    account,
    api_keys,
    audit,
    complaints,
    contests,
    coupon_batch,
    coupon_days,
    coupons,
    covers,
    credit_rule,
    custom_fields,
    dead_letters,
    doctor,
    earning,
    erasures,
    exports,
    fans,
    guides,
    joining_gifts,
    login,
    measures,
    member,
    member_points,
    members,
    merges,
    owner_rules,
    owners,
    people,
    points_policy,
    privacy,
    pushes,
    scripts,
    sheets,
    store_form,
    stores,
    tasks,
    tiers,
    tills,
    today,
    wecom,
    withdrawals,
)
from app.core import policy
from app.core.web import App, anyone

ERROR_PAGE = "console/error.html"
# Importing a page hangs its views on its door.
PAGES = (
    login,
    measures,
    account,
    today,
    fans,
    members,
    member,
    member_points,
    custom_fields,
    credit_rule,
    earning,
    points_policy,
    tiers,
    merges,
    owners,
    owner_rules,
    covers,
    pushes,
    tasks,
    scripts,
    coupons,
    coupon_batch,
    coupon_days,
    stores,
    guides,
    joining_gifts,
    complaints,
    contests,
    tills,
    store_form,
    sheets,
    doctor,
    dead_letters,
    withdrawals,
    audit,
    api_keys,
    erasures,
    privacy,
    people,
    exports,
    wecom,
)


def mount(app: App) -> None:
    """Open both doors, and give the templates their filters and the frame."""
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals["console_frame"] = frame.frame
    app.jinja_env.globals["console_toast"] = toasts.newest
    app.jinja_env.globals["may_export"] = exports.may_export
    app.mount(access.door, guard=anyone, policy=policy.OPEN, error_page=ERROR_PAGE)
    app.mount(access.pages, guard=access.guard, error_page=ERROR_PAGE)
