"""The event that follows a message: kept with it, told a moment later."""

import sqlite3

from sandbox import events
from sandbox.box import Box
from sandbox.sending.orders import Taken

SETTING = "template"
DEFAULTS = {"answer_seconds": 0.0, "receipt_seconds": 0.0, "receipts": True}


def settings(box: Box) -> dict[str, float]:
    """How long a template send takes to answer and to be receipted, and whether it is at all."""
    return {**DEFAULTS, **box.store.setting(SETTING, {})}


def keep(connection: sqlite3.Connection, taken: Taken) -> None:
    """Write the event in the transaction that takes the message."""
    if taken.event:
        events.insert(connection, taken.event)


def send(box: Box, taken: Taken) -> None:
    """Hand the event to the courier when its time has come."""
    event, known = taken.event, settings(box)
    if event and known["receipts"]:
        box.later.after(known["receipt_seconds"], lambda: box.courier.start(event))
