"""QR codes drawn by ourselves from the address that WeChat gave, and a guide's poster."""

from __future__ import annotations

import segno
from markupsafe import Markup, escape

QUIET_ZONE = 4
POSTER_WIDTH, POSTER_HEIGHT, POSTER_CODE = 750, 1000, 520


def picture(url: str) -> Markup:
    """Never `segno.make`: it draws short texts as Micro QR, which many phones cannot read."""
    drawn = segno.make_qr(url, error="m").svg_inline(
        border=QUIET_ZONE, light="#fff", dark="#000", omitsize=True, svgclass=None, lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - segno writes numbers and our two colours, no text


def poster(url: str, *, brand: str, color: str, store: str, guide: str, words: str) -> Markup:
    """A whole SVG picture, 750 x 1000: whose code it is, the code, what scanning it brings."""
    drawn = segno.make_qr(url, error="m")
    side = drawn.symbol_size(border=QUIET_ZONE)[0]
    code = drawn.svg_inline(
        border=QUIET_ZONE, light="#fff", dark="#000", svgclass=None, lineclass=None
    )
    scale, left = POSTER_CODE / side, (POSTER_WIDTH - POSTER_CODE) / 2
    return Markup(  # noqa: S704 - every word is escaped
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{POSTER_WIDTH}" height="{POSTER_HEIGHT}" '
        f'viewBox="0 0 {POSTER_WIDTH} {POSTER_HEIGHT}" text-anchor="middle" '
        "font-family=\"PingFang SC,'Noto Sans CJK SC','Noto Sans SC',sans-serif\">"
        f'<rect width="{POSTER_WIDTH}" height="{POSTER_HEIGHT}" fill="{escape(color)}"/>'
        f'<rect x="40" y="40" width="670" height="920" rx="24" fill="#fff"/>'
        f"{_words(120, 34, brand)}{_words(200, 56, guide, bold=True)}{_words(252, 30, store)}"
        f'<g transform="translate({left} 290) scale({scale:.4f})">{code}</g>'
        f"{_words(880, 36, words, bold=True)}{_words(928, 26, '微信扫一扫')}</svg>"
    )


def _words(y: int, size: int, words: str, *, bold: bool = False) -> str:
    weight, ink = (600, "#1a1f1c") if bold else (400, "#55605a")
    shown = escape(words)
    return (
        f'<text x="{POSTER_WIDTH // 2}" y="{y}" font-size="{size}" font-weight="{weight}" '
        f'fill="{ink}">{shown}</text>'
    )
