"""The one place that says whose customer somebody is."""

from app.owners.service.handing import Handing, close, give

__all__ = ["Handing", "close", "give"]
