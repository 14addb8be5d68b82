"""The guide's phone: sign in, the board, acts on it, a member's sheet, 核销, her own page."""

from app.guides.routes import bindings, board, members, own, redeeming, signing_in
from app.guides.routes.door import bp, guard

__all__ = ["bindings", "board", "bp", "guard", "members", "own", "redeeming", "signing_in"]
