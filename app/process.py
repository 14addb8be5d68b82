"""What a web server, a worker and the timekeeper have in common."""

from __future__ import annotations

from sqlalchemy import Engine

from app import tables
from app.core import audit, crypto, database, db, events, logging, queue
from app.core.settings import Settings
from app.journeys import reactions
from app.wechat import gateway

__all__ = ["Process", "start_process", "tables"]


class Process:
    """What a web server, a worker and the timekeeper have in common: keys, database, queue."""

    def __init__(self, settings: Settings, urls: database.Urls) -> None:
        self.settings, self.urls = settings, urls
        self._engines: tuple[Engine, Engine, Engine] | tuple[()] = ()
        logging.configure(settings.env)
        crypto.configure(settings.data_keys, settings.index_key)
        audit.configure(settings.var)
        queue.configure(database.redis_url(settings))
        gateway.configure(settings.wechat_api_base_url)
        events.subscribe(reactions.names())
        self.connect()

    def connect(self) -> None:
        """Point both roles' sessions at the database."""
        self.disconnect()
        self._engines = (
            db.make_engine(self.urls.app, pool_size=8),
            db.make_engine(self.urls.system, pool_size=3),
            db.make_engine(self.urls.system, pool_size=1, for_statements=True),
        )
        db.configure(*self._engines)

    def disconnect(self) -> None:
        """Close every connection."""
        for engine in self._engines:
            engine.dispose()


def start_process(settings: Settings) -> Process:
    """Connect; refuse to run with the owner's or a superuser's power. Raises WrongRole."""
    process = Process(settings, database.locate(settings))
    bind = db.app_bind()
    if isinstance(bind, Engine):
        with bind.connect() as connection:
            database.check_role(connection)
    return process
