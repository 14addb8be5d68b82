"""What a till's scanner reads is what we drew."""

import base64
import io

import pytest
import zxingcpp
from PIL import Image

from app.card.look import drawing

DIGITS = ("2604718355920148", "0000000000000000", "9900112233445599", "0123456789" * 2)


def read(uri: str) -> tuple[str, str]:
    picture = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.format), found.text


@pytest.mark.parametrize("digits", DIGITS)
def test_the_qr_code_is_a_full_one_and_holds_the_digits(digits):
    assert read(drawing.qr_uri(digits)) == ("QR Code", digits)


@pytest.mark.parametrize("digits", DIGITS)
def test_the_bar_code_holds_the_digits(digits):
    assert read(drawing.barcode_uri(digits)) == ("Code 128", digits)


def test_every_pair_of_digits_can_be_drawn():
    for start in range(0, 100, 10):
        digits = "".join(f"{pair:02}" for pair in range(start, start + 10))
        assert read(drawing.barcode_uri(digits)) == ("Code 128", digits)
