"""Made people: always the same, never two with one phone."""

from __future__ import annotations

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from app.imports import synthetic

SECRET = b"s" * 32


def test_a_household_always_has_the_same_phone_and_name():
    assert synthetic.phone_of(7, SECRET) == synthetic.phone_of(7, SECRET)
    assert synthetic.name_of(7, SECRET) == synthetic.name_of(7, SECRET)


def test_another_secret_gives_other_phones():
    assert synthetic.phone_of(7, SECRET) != synthetic.phone_of(7, b"t" * 32)


def test_no_two_households_of_the_data_share_a_phone():
    phones = {synthetic.phone_of(household, SECRET) for household in range(1, 2501)}

    assert len(phones) == 2500


@given(st.integers(min_value=1, max_value=10**6))
def test_every_phone_is_a_chinese_mobile(household):
    number = phonenumbers.parse(synthetic.phone_of(household, SECRET))

    assert phonenumbers.is_valid_number(number)
    assert phonenumbers.region_code_for_number(number) == "CN"


def test_the_busiest_stores_have_names_and_the_others_numbers():
    assert synthetic.store_name(1) == "静安寺店"
    assert synthetic.store_name(457) == "第 457 店"
