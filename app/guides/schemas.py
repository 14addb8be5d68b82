"""The board as JSON. Fields are listed by hand: a new column never leaks."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from app.guides.queries import Board, Person


class CountsSchema(Schema):
    """waiting + serving + done = scans."""

    scans = fields.Integer()
    joins = fields.Integer()
    deals = fields.Integer()
    waiting = fields.Integer()
    serving = fields.Integer()
    done = fields.Integer()


class PersonSchema(Schema):
    """One visit; tier, points, coupons and purchase are null for somebody who is no member."""

    visit_id = fields.Integer(attribute="visit.id")
    seq = fields.Integer(attribute="visit.seq")
    status = fields.String()
    situation = fields.String()
    taste = fields.Method("tastes")
    shown_name = fields.String()
    phone_masked = fields.String(attribute="known.phone_masked", dump_default=None)
    tier = fields.String(attribute="known.standing.tier_name", dump_default=None)
    points = fields.Integer(attribute="known.standing.points", dump_default=None)
    coupons = fields.Integer(attribute="known.held.coupon_count", dump_default=None)
    sample_waiting = fields.Method("has_sample")
    last_purchase = fields.DateTime(attribute="known.last_order.paid_at", dump_default=None)
    scanned_at = fields.DateTime(attribute="visit.scanned_at")
    state = fields.String(attribute="place")
    claimed_by = fields.String(allow_none=True)

    def tastes(self, person: Person) -> list[str]:
        """Up to three kinds of goods."""
        return list(person.known.taste) if person.known else []

    def has_sample(self, person: Person) -> bool:
        """Whether a sample lies ready for her in this store."""
        return person.known is not None and person.known.held.sample is not None


class StoreSchema(Schema):
    """The board's store."""

    id = fields.Integer()
    name = fields.String()


class BoardSchema(Schema):
    """Ask again with `?after=<seq>`."""

    seq = fields.Integer()
    store = fields.Nested(StoreSchema)
    counts = fields.Nested(CountsSchema)
    people = fields.List(fields.Nested(PersonSchema))


def board_json(board: Board) -> dict[str, Any]:
    """The body of `GET /guide/board.json`."""
    body: dict[str, Any] = BoardSchema().dump(board)
    return body
