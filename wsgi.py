"""The web application for any WSGI server: `granian --interface wsgi wsgi:app`."""

import gc

from app import create_app
from app.wechat.entry import Entry

app = Entry(create_app())
gc.freeze()  # what was made so far lives as long as the process; no collection need walk it
