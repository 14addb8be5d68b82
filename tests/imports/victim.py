"""An import in a process of its own, to be killed."""

from __future__ import annotations

import os
from pathlib import Path

from app.core import crypto, database, db, queue
from app.imports import progress, runs, service
from tests import ground


def _configure(urls: database.Urls) -> None:
    settings = ground.make_settings(urls)
    crypto.configure(settings.data_keys, settings.index_key)
    queue.configure(ground.redis_url())
    db.configure(db.make_engine(urls.app), db.make_engine(urls.system))


def import_slice(urls: database.Urls, brand_id: int, folder: str, order_limit: int) -> None:
    """Import the first orders of the demo's data; the group dies with its leader."""
    os.setpgid(0, 0)
    _configure(urls)
    service.import_completejourney(
        brand_id,
        folder=Path(folder),
        progress=progress.silent,
        again=True,
        order_limit=order_limit,
    )


def import_file(urls: database.Urls, brand_id: int, folder: str, path: str) -> None:
    """Import a till's file; exits with 3 when another import of the brand is running."""
    os.setpgid(0, 0)
    _configure(urls)
    try:
        service.import_orders_csv(
            brand_id, Path(path), folder=Path(folder), progress=progress.silent, again=True
        )
    except runs.AlreadyRunning:
        os._exit(3)
