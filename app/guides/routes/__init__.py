"""The guide's phone: sign in, the board, acts on it, a member's sheet, 送券, 核销, her own page."""

from app.guides.routes import bindings, board, giving, members, own, redeeming, scanning, signing_in
from app.guides.routes.door import bp, guard

__all__ = [
    "bindings",
    "board",
    "bp",
    "giving",
    "guard",
    "members",
    "own",
    "redeeming",
    "scanning",
    "signing_in",
]
