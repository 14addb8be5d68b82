"""The web application for any WSGI server: `granian --interface wsgi wsgi:app`."""

from app import create_app
from app.core import memory
from app.wechat.entry import Entry

app = Entry(create_app())
memory.settle()
