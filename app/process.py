"""What a web server, a worker and the timekeeper have in common."""

from __future__ import annotations

from sqlalchemy.orm import configure_mappers

from app import sms, tables
from app.calls import port as calls
from app.core import audit, database, events, memory
from app.core import process as core
from app.core.settings import Settings
from app.journeys import reactions
from app.wechat import gateway

__all__ = ["Process", "start_process", "tables"]


class Process(core.Process):
    """One that does the product's work: it knows all tables, WeChat and the reactions."""

    def __init__(self, settings: Settings, urls: database.Urls) -> None:
        super().__init__(settings, urls)
        audit.configure(settings.var)
        gateway.configure(settings.wechat_api_base_url)
        sms.configure(settings.sms)
        calls.configure(settings.calls)
        events.subscribe(reactions.names(), first=reactions.FIRST)


def start_process(settings: Settings) -> Process:
    """Connect; refuse to run with the owner's or a superuser's power. Raises WrongRole."""
    process = Process(settings, database.locate(settings))
    process.check_role()
    configure_mappers()  # once here: a fork would do it anew, in memory of its own
    memory.settle()
    return process
