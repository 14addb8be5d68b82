"""The rate that holds while a brand has written no rule of its own."""

from __future__ import annotations

FEN_A_POINT = 100


def points_for(paid_fen: int) -> int:
    """One point for each whole ¥1.00 of an order."""
    return max(paid_fen, 0) // FEN_A_POINT
