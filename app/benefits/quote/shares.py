"""Splitting money into whole fen so that the parts add up."""

from __future__ import annotations

from collections.abc import Sequence


def split(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in the proportion of the weights: all parts rounded down, what is left goes fen by
    fen to the largest remainders, ties to the earlier part. No part exceeds its weight when
    `total` does not exceed their sum.
    """
    whole = sum(weights)
    if not total:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    if left:
        rests = [total * weight % whole for weight in weights]
        for index in sorted(range(len(rests)), key=lambda i: -rests[i])[:left]:
            parts[index] += 1
    return parts
