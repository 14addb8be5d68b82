"""Callbacks and open pages' streams for an ASGI server: `uvicorn asgi:app`."""

import gc

from app import stream
from app.core import database, db, memory
from app.core.process import Process
from app.core.settings import Settings
from app.wechat import service
from app.wechat.loop_entry import LoopEntry

_settings = Settings.from_env()
_urls = database.locate(_settings)
Process(_settings, _urls).check_role()
app = LoopEntry(stream.app, service.keeper(database.conninfo(db.with_limits(_urls.system))))
memory.settle()
gc.set_threshold(20_000, 20, 20)  # a request leaves no cycles; hundreds at once are not garbage
