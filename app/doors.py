"""Every door into Huike, and the guard that stands at it."""

from __future__ import annotations

from flask_wtf.csrf import CSRFProtect

from app.card.pages import bp as card_pages
from app.card.routes import bp as card
from app.card.routes import door as card_door
from app.card.web import guard as card_guard
from app.console import routes as console
from app.core import policy
from app.core.policy import MACHINE, VISITOR, Scope
from app.core.web import App, anyone
from app.guides.routes import bp as guide
from app.guides.routes import guard as guide_guard
from app.journeys.privacy.routes import card as rights
from app.journeys.privacy.routes import door as privacy_door
from app.pos.routes import bp as open_door
from app.pos.web import guard as open_guard
from app.staff.models import Face
from app.staff.web import ROLES
from app.wechat.routes import bp as wechat


def mount(app: App, csrf: CSRFProtect) -> None:
    """Machines prove themselves by signature or bearer; people by cookie and CSRF token."""
    # The signature of each callback is its guard, and a login code is what the card takes.
    app.mount(wechat, guard=anyone, policy=policy.OPEN)
    app.mount(card_door, guard=anyone, policy=policy.OPEN)
    app.mount(card, guard=card_guard, policy=policy.to(VISITOR, scope=Scope.SELF))
    app.mount(open_door, guard=open_guard, policy=policy.to(MACHINE, scope=Scope.BRAND))
    app.mount(rights, guard=card_guard, policy=policy.to(VISITOR, scope=Scope.SELF))
    # Their signature is the guard: they are opened from a mail or a browser without a login.
    app.mount(privacy_door, guard=anyone, policy=policy.OPEN, error_page="privacy/error.html")
    # Whoever has the link may join; the code in the SMS proves her, a form cookie the form.
    app.mount(card_pages, guard=anyone, policy=policy.OPEN, error_page="h5/error.html")
    for machine in (wechat, card_door, card, open_door, rights, privacy_door):
        csrf.exempt(machine)
    app.mount(
        guide,
        guard=guide_guard,
        policy=policy.to(*ROLES[Face.GUIDE], scope=Scope.STORES),
        error_page="guide/error.html",
    )
    console.mount(app)
