"""Places by what each chance brought: exact, ties equal, the lower half without a place to see."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.contests.standing import Side, missing, placed, rival, upper_half

sides = st.lists(
    st.builds(
        Side,
        name=st.sampled_from("甲乙丙丁"),
        staff_ids=st.just((1,)),
        chances=st.integers(0, 60),
        value=st.integers(-50, 500),
    ),
    max_size=9,
)


def side(name: str, value: int, chances: int) -> Side:
    return Side(name, (1,), chances, value)


def test_few_chances_with_much_are_not_placed_before_many_with_more():
    found = placed([side("少", 50, 19), side("多", 100, 100), side("好", 60, 40)], 20)

    assert [(each.name, each.place) for each in found] == [("好", 1), ("多", 2), ("少", None)]


def test_equals_share_a_place_and_the_next_one_stays_empty():
    found = placed([side("甲", 10, 20), side("乙", 15, 30), side("丙", 5, 20)], 20)

    assert [(each.name, each.place) for each in found] == [("乙", 1), ("甲", 1), ("丙", 3)]


def test_a_third_and_its_double_are_equal_though_no_decimal_says_so():
    found = placed([side("甲", 10, 30), side("乙", 20, 60)], 20)

    assert [each.place for each in found] == [1, 1]


def test_the_lower_half_has_no_place_to_be_seen():
    found = placed(
        [side(name, value, 20) for name, value in zip("甲乙丙丁", (9, 7, 5, 3), strict=True)], 20
    )

    assert [each.name for each in upper_half(found)] == ["甲", "乙"]
    assert rival(found[3], found).name == "乙"  # not the third, whose place nobody sees
    assert rival(found[0], found) is None


@given(sides)
def test_places_follow_the_shares_and_leave_nobody_out(given_sides):
    found = placed(given_sides, 20)

    assert sorted(each.name for each in found) == sorted(each.name for each in given_sides)
    for one in found:
        better = sum(
            other.per_chance > one.per_chance for other in found if other.place is not None
        )
        assert one.place == (better + 1 if one.chances >= 20 else None)


@given(sides)
def test_what_is_said_to_be_missing_makes_her_an_equal_and_one_less_does_not(given_sides):
    found = placed(given_sides, 20)
    for mine in (each for each in found if each.chances):
        other = rival(mine, found)
        if other is not None:
            more = missing(mine, other)
            assert (mine.value + more) * other.chances >= other.value * mine.chances
            assert (mine.value + more - 1) * other.chances < other.value * mine.chances
