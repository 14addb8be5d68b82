"""The member code as pictures: QR for a camera, a bar code for a till's laser."""

from __future__ import annotations

import base64
import io

import segno

from app.card.look import barcode


def qr_uri(text: str) -> str:
    """A QR code as a data URI. `segno.make` would draw a Micro QR, which most tills cannot read."""
    picture = io.BytesIO()
    segno.make_qr(text, error="m").save(picture, kind="png", scale=8, border=4)
    return _data_uri(picture.getvalue())


def barcode_uri(digits: str) -> str:
    """The same digits as Code 128."""
    return _data_uri(barcode.png(digits))


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
