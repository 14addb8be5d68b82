"""/open/v1: what tills, ERP and call centres ask. Every request is signed."""

from app.pos.routes import (  # noqa: F401 - each adds its routes
    checkouts,
    goods,
    leads,
    orders,
    people,
    shoppers,
)
from app.pos.routes.blueprint import bp

__all__ = ["bp"]
