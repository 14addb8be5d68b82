"""Callbacks and open pages' streams for an ASGI server: `granian --interface asgi asgi:app`."""

import gc

from app import stream
from app.core import database
from app.core.process import Process
from app.core.settings import Settings
from app.wechat.loop_entry import LoopEntry

_settings = Settings.from_env()
Process(_settings, database.locate(_settings)).check_role()
app = LoopEntry(stream.app)
gc.freeze()  # what was made so far lives as long as the process; no collection need walk it
