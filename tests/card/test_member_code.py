"""The rotating code: right for its minute and the next, and for nobody else."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from app.core import crypto, db
from app.members import codes, signed_codes
from tests import factories

AT = datetime(2026, 11, 22, 6, 31, 12, tzinfo=UTC)
IDS = st.integers(1, 999_999_999)


@pytest.fixture(autouse=True)
def keys(built_app):
    """The process's keys are in place."""
    assert crypto.keyring()


@pytest.fixture
def brand(house):
    with db.transaction(house.brand.id):
        yield


def test_it_names_the_member_for_up_to_two_minutes(brand):
    @given(IDS)
    def holds(member_id):
        code = codes.of_member(member_id, AT)
        assert len(code.digits) == codes.LENGTH
        assert codes.member_id(code.digits, AT) == member_id
        assert codes.member_id(code.digits, AT + timedelta(minutes=1)) == member_id

    holds()


def test_an_old_code_says_that_it_ended(brand):
    code = codes.of_member(42, AT)
    with pytest.raises(codes.CodeEnded):
        codes.member_id(code.digits, AT + timedelta(minutes=2))


@pytest.mark.parametrize("digits", ["", "1234", "x" * 16, "０" * 16, "1" * 17])
def test_what_is_no_code_is_refused(brand, digits):
    with pytest.raises(codes.NotACode):
        codes.member_id(digits, AT)


def test_one_changed_digit_is_refused(brand):
    digits = codes.of_member(42, AT).digits
    for place in range(codes.LENGTH):
        other = str((int(digits[place]) + 1) % 10)
        with pytest.raises((codes.NotACode, codes.CodeEnded)):
            codes.member_id(digits[:place] + other + digits[place + 1 :], AT)


def test_another_brand_cannot_read_it(house):
    with db.transaction(house.brand.id):
        digits = codes.of_member(42, AT).digits
    with db.transaction(house.brand.id + 1), pytest.raises(codes.NotACode):
        codes.member_id(digits, AT)


def test_a_till_without_a_network_checks_it_by_the_public_key_alone(brand):
    text = signed_codes.of_member(42, AT)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed_codes.public_key()))

    key.verify(base64.b32decode(text[-103:] + "="), text[:-103].encode())

    assert signed_codes.read(text) == (42, codes.minute_of(AT))
    assert text.isascii()
    assert (text, len(text)) == (text.upper(), 130)


@pytest.mark.parametrize("place", [3, 11, 30, 128])
def test_a_signed_code_of_which_one_sign_was_changed_is_nobodys(brand, place):
    text = signed_codes.of_member(42, AT)
    other = "3" if text[place] != "3" else "4"

    with pytest.raises(codes.NotACode):
        signed_codes.read(text[:place] + other + text[place + 1 :])


def test_another_brands_key_signs_no_code_of_this_brand(app):
    brands = [factories.make_brand(slug) for slug in ("one", "two")]
    with db.transaction(brands[0].id):
        text = signed_codes.of_member(42, AT)

    with db.transaction(brands[1].id), pytest.raises(codes.NotACode):
        signed_codes.read(text)
