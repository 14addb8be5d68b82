"""Whose sale it is: attribution by rules as data, replayed whenever somebody doubts it."""
