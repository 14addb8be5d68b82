"""api: every operation of /openapi.json asked at length: no 5xx, no schema violation.

The control is a route that lies about its answer: the same asking must find it.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.factory import create_app
from tests import factories, ground
from tests.api import fuzzing
from tests.sandbox.play import AES_KEY, TOKEN, running
from tests.soak.scene import row

LIAR = "card.show_card"


def measure(seed: int, *, examples: int = 200) -> dict[str, Any]:
    """Row api. `answers` counts each operation's statuses; `found` is what was wrong."""
    with _stage() as (app, caller):
        found, answers = "", {}
        try:
            answers = dict(fuzzing.ask(caller, examples=examples, seeded=seed))
        except (Exception, BaseExceptionGroup) as error:
            found = str(error)
        control = _lies(app, caller)
    operations = {name.rpartition(" ")[0] for name in answers}
    figures = {
        "operations": len(operations),
        "requests": sum(answers.values()),
        "server_errors": sum(n for name, n in answers.items() if name[-3] == "5"),
        "answers": answers,
        "found": found,
    }
    return row("api", seed, passed=not found, control_failed=control, figures=figures)


def _lies(app: Any, caller: fuzzing.Proven) -> bool:
    """Whether a lie is found."""
    honest = app.view_functions[LIAR]
    app.view_functions[LIAR] = lambda **_: ({"coupon_count": "many"}, 200)
    try:
        fuzzing.ask(caller, examples=2)
    except (Exception, BaseExceptionGroup) as error:
        return "violates schema" in str(error)
    finally:
        app.view_functions[LIAR] = honest
    return False


@contextmanager
def _stage() -> Any:
    """The application with real commits, and WeChat in its box."""
    with tempfile.TemporaryDirectory() as folder, ground.cloned(ground.admin_url()) as urls:
        root = Path(folder)
        with running(root, "http://127.0.0.1:9", root) as box:
            app = create_app(ground.make_settings(urls, WECHAT_API_BASE_URL=box.url))
            try:
                house = factories.make_house()
                _introduce(box, house.brand.mini)
                yield app, fuzzing.proven(app, house)
            finally:
                app.extensions["process"].disconnect()


def _introduce(box: Any, account: Any) -> None:
    known = {"kind": account.kind, "secret": f"secret-of-{account.appid}", "name": "禾木集"}
    known |= {"original_id": account.original_id, "callback_url": "http://127.0.0.1:9/"}
    known |= {"token": TOKEN, "encoding_aes_key": AES_KEY}
    box.admin("PUT", f"/accounts/{account.appid}", known)
