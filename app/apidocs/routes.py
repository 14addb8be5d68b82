"""/docs: the document, readable. Its scripts and styles are built here, none from elsewhere."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, render_template

from app.apidocs.document import Document, complete
from app.core.policy import OPEN
from app.core.web import App, anyone, steps

bp = Blueprint(
    "apidocs",
    __name__,
    static_folder="static",
    static_url_path="/docs/static",
    template_folder="templates",
)


def mount(app: App) -> None:
    """Open to anyone: the description tells nothing that a caller must not know."""
    app.mount(bp, guard=anyone, policy=OPEN)

    @app.spec_processor
    def _complete(document: Document | str) -> Document | str:
        return complete(cast(Document, document), app.policies)


@bp.get("/docs")
@steps
def docs() -> str:
    """The page."""
    return render_template("apidocs/page.html")
