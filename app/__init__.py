"""Huike (回客): from a scan in the store to the guide's phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.core.web import App


def create_app() -> App:
    """The web application with its commands; the parts are wired in `app/factory.py`.

    Imported only when called: the supervisor, the stream and every test of one package import
    `app.…` as well, and must not load the whole product for it.
    """
    from app.cli import commands
    from app.factory import create_app as make

    app = make()
    commands.mount(app)
    return app
