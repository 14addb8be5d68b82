"""Every door into Huike, and the guard that stands at it."""

from __future__ import annotations

from flask_wtf.csrf import CSRFProtect

from app.card.routes import bp as card
from app.card.routes import door as card_door
from app.card.web import guard as card_guard
from app.console import routes as console
from app.core.web import App, anyone
from app.guides.routes import bp as guide
from app.staff.models import Face
from app.staff.web import sign_in_guard
from app.wechat.routes import bp as wechat


def mount(app: App, csrf: CSRFProtect) -> None:
    """Machines prove themselves by signature or bearer; people by cookie and CSRF token."""
    app.mount(wechat, guard=anyone)  # the signature of each callback is its guard
    app.mount(card_door, guard=anyone)  # a login code of WeChat's is what it takes
    app.mount(card, guard=card_guard)
    for machine in (wechat, card_door, card):
        csrf.exempt(machine)
    app.mount(guide, guard=sign_in_guard(Face.GUIDE), error_page="guide/error.html")
    console.mount(app)
