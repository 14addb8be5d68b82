"""The board and the member's sheet, each in a fixed number of queries however long it is."""

from app.guides.queries.board import Board, board
from app.guides.queries.finding import Found, find
from app.guides.queries.people import Known, Person
from app.guides.queries.sheet import NoMember, Sheet, owned, sheet

__all__ = [
    "Board",
    "Found",
    "Known",
    "NoMember",
    "Person",
    "Sheet",
    "board",
    "find",
    "owned",
    "sheet",
]
