"""Guides alone, and counts."""

RULES = ()
NOT_OF_PEOPLE = ("contests", "contest_stores", "contest_players", "contest_results")
