"""A sentence for one person is whole, whatever is known of her; no brace ever goes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tasks import filling

ODD = st.text(alphabet="{}｛｝称呼店名a ，", max_size=40)
KNOWN = st.dictionaries(st.sampled_from(list(filling.DEFAULTS)), st.one_of(st.none(), ODD))


@given(words=ODD, known=KNOWN)
def test_no_brace_ever_goes_out(words, known) -> None:
    assert not filling.has_brace(filling.fill(words, known))


def test_what_is_known_is_filled_and_what_is_not_has_a_default() -> None:
    words = "{称呼}，我是{店名}的{导购}。"

    assert filling.fill(words, {"称呼": "周女士", "导购": None}) == "周女士，我是本店的我。"


@pytest.mark.parametrize("words", ["{称呼", "称呼}", "{{称呼}}", "{没有这个}", "", "长" * 301])
def test_what_could_not_be_filled_is_refused_when_it_is_written(words) -> None:
    assert filling.fault(words)


@pytest.mark.parametrize("words", filling.SUGGESTED.values())
def test_what_is_suggested_can_be_filled(words) -> None:
    assert filling.fault(words) is None
    assert filling.fill(words, {})
