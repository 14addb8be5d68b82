"""Whatever colour a brand brings, what stands on it can be read."""

from hypothesis import given
from hypothesis import strategies as st

from app.card.look import theme
from app.card.look.oklch import Colour, contrast

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
SURFACES = {"light": "#ffffff", "dark": "#191d1b"}


@given(COLOURS)
def test_words_are_legible_on_every_brand_colour_in_both_modes(colour):
    for mode, palette in theme.palettes(colour).items():
        assert contrast(palette["on"], palette["brand"]) >= 4.5
        assert contrast(palette["on_2"], palette["brand"]) >= 4.5
        assert contrast(palette["text"], palette["soft"]) >= 4.5
        assert contrast(palette["text"], SURFACES[mode]) >= 4.5


def test_a_legible_colour_is_kept_as_the_brand_gave_it():
    assert theme.palettes("#7f3344")["light"]["brand"] == "#7f3344"


def test_a_pale_colour_takes_ink():
    assert theme.palettes("#f2c14e")["light"]["on"] == "#1a211d"


@given(COLOURS)
def test_a_colour_survives_the_way_there_and_back(colour):
    assert Colour.parse(colour).hexadecimal() == colour
