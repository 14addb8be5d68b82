"""/open/v1: what tills, ERP and call centres ask. Every request is signed."""

from app.pos.routes import checkouts, orders, people, shoppers  # noqa: F401 - each adds its routes
from app.pos.routes.blueprint import bp

__all__ = ["bp"]
