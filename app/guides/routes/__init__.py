"""The guide's phone: sign in, the board and its acts, a member's sheet, 核销, codes, her page."""

from app.guides.routes import bindings, board, codes, members, own, redeeming, signing_in
from app.guides.routes.door import bp, guard

__all__ = [
    "bindings",
    "board",
    "bp",
    "codes",
    "guard",
    "members",
    "own",
    "redeeming",
    "signing_in",
]
