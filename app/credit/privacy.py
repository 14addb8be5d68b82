"""Ids of orders and guides: the orders say whose they were, and have rules of their own."""

RULES = ()
NOT_OF_PEOPLE = ("credit_rules", "credits", "credit_counts")
