"""The link by which people claim a coupon, as its QR code says it. WeChat opens the mini-program on
its claim page for it; any other browser shows where to go."""

from __future__ import annotations

import io

import segno
from flask import current_app, url_for

from app.brands.models import Brand
from app.core.settings import Settings

PIXELS_A_MODULE = 12


def link(brand: Brand, code: str) -> str:
    """`https://…/h5/<brand>/claim/<code>`."""
    settings: Settings = current_app.config["HUIKE"]
    return settings.public_url + url_for("h5.claim_page", slug=brand.slug, code=code)


def png(url: str) -> bytes:
    """The QR code to be put into a poster, quiet zone included."""
    drawn = io.BytesIO()
    segno.make_qr(url, error="m").save(drawn, kind="png", scale=PIXELS_A_MODULE, border=4)
    return drawn.getvalue()


def in_fours(code: str) -> str:
    """`K7QM 2N4P …`: as people read it aloud and type it."""
    return " ".join(code[place : place + 4] for place in range(0, len(code), 4))
