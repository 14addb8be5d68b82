"""QR codes drawn by ourselves from the address that WeChat gave, and a guide's poster."""

from __future__ import annotations

import base64

import segno
from markupsafe import Markup, escape

QUIET_ZONE = 4
POSTER_WIDTH, POSTER_HEIGHT, POSTER_CODE, POSTER_TOP = 750, 1000, 520, 290


def picture(url: str) -> Markup:
    """Never `segno.make`: it draws short texts as Micro QR, which many phones cannot read."""
    drawn = segno.make_qr(url, error="m").svg_inline(
        border=QUIET_ZONE, light="#fff", dark="#000", omitsize=True, svgclass=None, lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - segno writes numbers and our two colours, no text


def photographed(drawn: bytes, kind: str) -> Markup:
    """A code that another drew, for a page."""
    return Markup('<img src="{}" alt="" width="100%" height="100%">').format(_inside(drawn, kind))


def coded(url: str) -> Markup:
    """The middle of a poster: our own drawing of an address."""
    drawn = segno.make_qr(url, error="m")
    side = drawn.symbol_size(border=QUIET_ZONE)[0]
    code = drawn.svg_inline(
        border=QUIET_ZONE, light="#fff", dark="#000", svgclass=None, lineclass=None
    )
    scale, left = POSTER_CODE / side, (POSTER_WIDTH - POSTER_CODE) / 2
    return Markup(  # noqa: S704 - segno writes numbers and our two colours, no text
        f'<g transform="translate({left} {POSTER_TOP}) scale({scale:.4f})">{code}</g>'
    )


def pictured(drawn: bytes, kind: str) -> Markup:
    """The middle of a poster: a code that another drew."""
    left = (POSTER_WIDTH - POSTER_CODE) / 2
    return Markup('<image x="{}" y="{}" width="{}" height="{}" href="{}"/>').format(
        left, POSTER_TOP, POSTER_CODE, POSTER_CODE, _inside(drawn, kind)
    )


def _inside(drawn: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(drawn).decode()}"


def poster(middle: Markup, *, brand: str, color: str, store: str, guide: str, words: str) -> Markup:
    """A whole SVG picture, 750 x 1000: whose code it is, the code, what scanning it brings."""
    return Markup(  # noqa: S704 - every word is escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{POSTER_WIDTH}" height="{POSTER_HEIGHT}" '
        f'viewBox="0 0 {POSTER_WIDTH} {POSTER_HEIGHT}" text-anchor="middle" '
        "font-family=\"PingFang SC,'Noto Sans CJK SC','Noto Sans SC',sans-serif\">"
        f'<rect width="{POSTER_WIDTH}" height="{POSTER_HEIGHT}" fill="{escape(color)}"/>'
        f'<rect x="40" y="40" width="670" height="920" rx="24" fill="#fff"/>'
        f"{_words(120, 34, brand)}{_words(200, 56, guide, bold=True)}{_words(252, 30, store)}"
        f"{middle}"
        f"{_words(880, 36, words, bold=True)}{_words(928, 26, '微信扫一扫')}</svg>"
    )


def _words(y: int, size: int, words: str, *, bold: bool = False) -> str:
    weight, ink = (600, "#1a1f1c") if bold else (400, "#55605a")
    shown = escape(words)
    return (
        f'<text x="{POSTER_WIDTH // 2}" y="{y}" font-size="{size}" font-weight="{weight}" '
        f'fill="{ink}">{shown}</text>'
    )
