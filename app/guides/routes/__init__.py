"""The guide's phone: sign in, the board, acts on it, a member's sheet, 核销, her page and sales."""

from app.guides.routes import bindings, board, contests, credit, members, own, redeeming, signing_in
from app.guides.routes.door import bp, guard

__all__ = [
    "bindings",
    "board",
    "bp",
    "contests",
    "credit",
    "guard",
    "members",
    "own",
    "redeeming",
    "signing_in",
]
