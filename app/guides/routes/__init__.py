"""The guide's phone: every page and act of hers, one module a subject, on one door."""

from app.guides.routes import (
    bindings,
    board,
    codes,
    contests,
    credit,
    giving,
    members,
    own,
    reaching,
    redeeming,
    scanning,
    scripts,
    signing_in,
    tasks,
)
from app.guides.routes.door import bp, guard

__all__ = [
    "bindings",
    "board",
    "bp",
    "codes",
    "contests",
    "credit",
    "giving",
    "guard",
    "members",
    "own",
    "reaching",
    "redeeming",
    "scanning",
    "scripts",
    "signing_in",
    "tasks",
]
