"""Counts of ten at least, of whom no person can be read."""

RULES = ()
NOT_OF_PEOPLE = ("insight_counts", "product_pairs", "product_neighbours")
