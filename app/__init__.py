"""Huike (回客): from a scan in the store to the guide's phone."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app() -> Flask:
    """The web application with its commands; the parts are wired in `app/factory.py`.

    Imported only when called: the supervisor, the stream and every test of one package import
    `app.…` as well, and must not load the whole product for it.
    """
    if _is_doctor_called():
        return _waiting_room()
    from app.cli import commands
    from app.factory import create_app as make

    app = make()
    commands.mount(app)
    return app


def _is_doctor_called() -> bool:
    """`flask doctor` must come also when the application cannot start."""
    return sys.argv[0].rpartition("/")[2] == "flask" and "doctor" in sys.argv[1:]


def _waiting_room() -> Flask:
    """An application with no doors and one command."""
    from flask import Flask

    from app.cli.doctor import doctor

    app = Flask("huike")
    app.cli.add_command(doctor)
    return app
