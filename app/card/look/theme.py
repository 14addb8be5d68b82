"""The brand's one colour, made into palettes that stay legible in light and dark (faces.md 1.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import lru_cache

from app.card.look.oklch import Colour, contrast, mix

LEGIBLE = 4.5
STEP = 0.01
WHITE, INK = "#ffffff", "#1a211d"
LIGHT_SURFACE, DARK_SURFACE = "#ffffff", "#191d1b"
WARM_TINT, COOL_TINT = "#e9cfa0", "#bcd9ea"
COOL_HUES = (140, 320)


@dataclass(frozen=True)
class Palette:
    """The colours one mode needs; `on` and `on_2` stand on `brand`."""

    brand: str
    deep: str
    soft: str
    text: str
    on: str
    on_2: str


@lru_cache(maxsize=256)
def palettes(colour: str) -> dict[str, dict[str, str]]:
    """Both modes from one colour; text on each is at least 4.5:1."""
    return {"light": asdict(_light(colour)), "dark": asdict(_dark(colour))}


def _light(colour: str) -> Palette:
    brand, on = _legible_brand(Colour.parse(colour))
    soft = replace(brand, lightness=0.955, chroma=brand.chroma * 0.15).hexadecimal()
    text = _until(brand, -STEP, lambda shown: _on_both(shown, LIGHT_SURFACE, soft))
    return _palette(brand, on, soft, text.hexadecimal())


def _dark(colour: str) -> Palette:
    light, on = _legible_brand(Colour.parse(colour))
    brand = replace(light, lightness=light.lightness * 0.92) if on == WHITE else light
    soft = replace(light, lightness=0.27, chroma=light.chroma * 0.3).hexadecimal()
    bright = replace(light, lightness=0.8, chroma=min(light.chroma, 0.08))
    text = _until(bright, STEP, lambda shown: _on_both(shown, DARK_SURFACE, soft))
    return _palette(brand, on, soft, text.hexadecimal())


def _palette(brand: Colour, on: str, soft: str, text: str) -> Palette:
    shown = brand.hexadecimal()
    deep = brand.lighter(-0.1).hexadecimal()
    return Palette(shown, deep, soft, text, on, _second_voice(brand, on))


def _legible_brand(colour: Colour) -> tuple[Colour, str]:
    """White on the colour if that can be read, else ink, else the colour darkened for white."""
    for on in (WHITE, INK):
        if contrast(on, colour.hexadecimal()) >= LEGIBLE:
            return colour, on
    return _until(colour, -STEP, lambda shown: contrast(WHITE, shown) >= LEGIBLE), WHITE


def _second_voice(brand: Colour, on: str) -> str:
    """A tint for small words on the brand's colour, or plain `on` where no tint can be read."""
    if on != WHITE:
        return on
    cool = COOL_HUES[0] <= brand.hue < COOL_HUES[1]
    tint = mix(COOL_TINT if cool else WARM_TINT, WHITE, 0.25)
    return tint if contrast(tint, brand.hexadecimal()) >= LEGIBLE else WHITE


def _on_both(shown: str, surface: str, soft: str) -> bool:
    return contrast(shown, surface) >= LEGIBLE and contrast(shown, soft) >= LEGIBLE


def _until(colour: Colour, step: float, is_legible: Callable[[str], bool]) -> Colour:
    while not is_legible(colour.hexadecimal()):
        colour = colour.lighter(step)
    return colour
