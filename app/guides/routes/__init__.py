"""The guide's phone: sign in, the board, acts on it, her sheet, 核销, tasks, her own page."""

from app.guides.routes import bindings, board, members, own, redeeming, scripts, signing_in, tasks
from app.guides.routes.door import bp, guard

__all__ = [
    "bindings",
    "board",
    "bp",
    "guard",
    "members",
    "own",
    "redeeming",
    "scripts",
    "signing_in",
    "tasks",
]
