"""G8: a recorded callback played back changes nothing, at whichever address and whenever.

The control shows that the comparison would see a change: one new message makes it fail.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from prometheus_client import REGISTRY
from sqlalchemy import text
from werkzeug.test import Client

from app.core import clock, db
from app.core.db import Model, session
from app.factory import create_app
from app.journeys import reactions
from app.journeys import service as journeys
from app.wechat import service as wechat
from app.wechat.entry import Entry
from app.wechat.refusals import Reason
from tests import factories, ground
from tests.soak import sender
from tests.soak.scene import row
from tests.wechat import letters

Recorded = tuple[dict[str, str], str]  # query and body, as they came


def measure(seed: int, *, callbacks: int = 1_000) -> dict[str, Any]:
    """Row G8. `changed` names the tables that a replay changed."""
    with _stage() as (client, brand, other, scenes):
        pushes = sender.write(random.Random(seed), callbacks + 1, scenes)
        recorded = [letters.sealed(push.xml, brand.service.appid) for push in pushes]
        new = recorded.pop()
        _send(client, brand.service.url_key, recorded)
        _understand()
        before, refused = _state(), _refused()
        heard = _replays(client, brand.service.url_key, other.service.url_key, recorded)
        _understand()
        changed, counted = _differing(before, _state()), _refused() - refused
        clock.move(timedelta())
        _send(client, brand.service.url_key, [new])
        _understand()
        control = _differing(before, _state())
    late = [status for name, found in heard.items() if name != "at once" for status in found]
    figures = {
        "callbacks": callbacks,
        "changed": changed,
        "answers": {name: _counts(found) for name, found in heard.items()},
        "refused_counter_rose_by": counted,
        "control_changed": control,
    }
    is_right = set(heard["at once"]) == {200} and set(late) == {403}
    return row(
        "G8",
        seed,
        passed=not changed and is_right and counted == len(late),
        control_failed=bool(control),
        acked=callbacks,
        figures=figures,
    )


def _replays(
    client: Client, url_key: str, other: str, recorded: Sequence[Recorded]
) -> dict[str, list[int]]:
    """What each kind of replay heard, one status a callback."""
    heard = {"at once": _send(client, url_key, recorded)}
    heard["to another brand"] = _send(client, other, recorded)
    for name, later in (("after ten minutes", 601), ("after a day", 86_400)):
        clock.move(timedelta(seconds=later))
        heard[name] = _send(client, url_key, recorded)
        heard[f"{name}, in reverse"] = _send(client, url_key, list(reversed(recorded)))
    return heard


def _send(client: Client, url_key: str, recorded: Iterable[Recorded]) -> list[int]:
    return [letters.send(client, url_key, *each).status_code for each in recorded]


@contextmanager
def _stage() -> Any:
    """The thin entry in this process, so that its clock can be moved; two brands of one token
    and one key, so that the address alone tells them apart."""
    with ground.cloned(ground.admin_url()) as urls:
        settings = ground.make_settings(urls, WECHAT_API_BASE_URL="http://127.0.0.1:9")
        app = create_app(settings)
        try:
            brand, other = factories.make_brand("soak"), factories.make_brand("other")
            store = factories.make_store(brand.id, account_id=brand.service.id)
            yield Client(Entry(app)), brand, other, [store.code.scene]
        finally:
            clock.move(timedelta())
            app.extensions["process"].disconnect()


def _understand() -> None:
    """All that follows from a callback but calls to WeChat, which a moved clock makes due."""
    while wechat.drain() + journeys.react_due(reactions.by_name()):
        pass


def _state() -> dict[str, str]:
    """Every table's content as a digest of all its rows."""
    digest = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} AS t"
    names = [table.name for table in Model.metadata.sorted_tables]
    with db.system_transaction():
        return {name: session.scalar(text(digest.format(name))) or "" for name in names}


def _differing(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [name for name, digest in after.items() if before[name] != digest]


def _refused() -> int:
    counted = (
        REGISTRY.get_sample_value("huike_callbacks_refused_total", {"reason": reason})
        for reason in Reason
    )
    return int(sum(each or 0 for each in counted))


def _counts(statuses: Sequence[int]) -> dict[str, int]:
    return {str(status): statuses.count(status) for status in sorted(set(statuses))}
