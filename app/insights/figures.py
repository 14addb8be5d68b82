"""What is counted, and the figures made of counts: whole numbers all the way.

A float ratio loses what sits exactly on a threshold, so thresholds are compared by multiplying
(`reaches`), and only what is shown is divided, rounded half up.
"""

from __future__ import annotations

from collections.abc import Mapping

LEAST = 10  # fewer baskets, or fewer members, are chance; and a count of people hides each of them
LEFT_OUT = ("FUEL", "MISCELLANEOUS", "COUPON")  # departments that are no goods to recommend
GOODS = """p.is_listed
    AND (p.department IS NULL OR p.department NOT IN ('FUEL', 'MISCELLANEOUS', 'COUPON'))"""
# What was undone says nothing of what people want (docs/decisions/0027).
STANDS = "o.state NOT IN ('cancelled', 'returned')"
KEPT = "NOT (l.returned_quantity > 0 AND l.returned_quantity >= l.quantity)"

DEFINITIONS: Mapping[str, str] = {
    "product": "products.name, the kind of product; departments "
    + ", ".join(LEFT_OUT)
    + " and products that no master lists are left out",
    "basket": "the distinct products of one order; quantities do not count; a line of which all "
    "units came back is left out",
    "n": "all orders of the brand, or of the store, also those of which nothing is counted; "
    "but not those that were cancelled or came back whole",
    "n_a, n_b, n_ab": "orders that hold a, that hold b, that hold both; a before b by bytes",
    "support_bp": "n_ab / n in basis points, rounded half up",
    "confidence_ab_bp": "n_ab / n_a in basis points, rounded half up: of the orders with a, "
    "those with b",
    "confidence_ba_bp": "n_ab / n_b in basis points, rounded half up",
    "popularity_a_bp, popularity_b_bp": "n_a / n and n_b / n in basis points, rounded half up: "
    "the baseline, what a confidence would be by chance",
    "lift_hundredths": "n_ab * n / (n_a * n_b) in hundredths, rounded half up; 100 is chance",
    "order": "n_ab downwards, then a, then b by bytes",
}


def rounded(part: int, whole: int) -> int:
    """The nearest whole number to part / whole, a half upwards. `whole` is above zero."""
    return (2 * part + whole) // (2 * whole)


def basis_points(part: int, whole: int) -> int:
    """The share in ten-thousandths."""
    return rounded(part * 10_000, whole)


def per_hundred(part: int, whole: int) -> int:
    """The share as people say it."""
    return rounded(part * 100, whole)


def lift_hundredths(*, n_ab: int, n_a: int, n_b: int, n: int) -> int:
    """How many times as often as by chance, in hundredths."""
    return rounded(n_ab * n * 100, n_a * n_b)


def reaches(part: int, whole: int, percent: int) -> bool:
    """Whether the share is at least so many per cent: exact, also on the edge."""
    return part * 100 >= whole * percent
