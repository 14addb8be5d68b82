"""What purchases and acts earn: rules as data, in books that follow one another."""

from app.points.earning.counting import for_act, pays, points_for_purchase
from app.points.earning.rules import Line

__all__ = ["Line", "for_act", "pays", "points_for_purchase"]
