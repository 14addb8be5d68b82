"""What every process of Huike has: logs, keys, queue, database."""

from __future__ import annotations

from sqlalchemy import Engine

from app.core import crypto, database, db, logging, queue
from app.core.settings import Settings


class Process:
    """Set up by its making; connections are opened when first used."""

    def __init__(self, settings: Settings, urls: database.Urls) -> None:
        self.settings, self.urls = settings, urls
        self._engines: tuple[Engine, Engine, Engine] | tuple[()] = ()
        logging.configure(settings.env)
        crypto.configure(settings.data_keys, settings.index_key)
        queue.configure(database.redis_url(settings))
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

    def check_role(self) -> None:
        """Refuse to run with the owner's or a superuser's power. Raises WrongRole."""
        bind = db.app_bind()
        if isinstance(bind, Engine):
            with bind.connect() as connection:
                database.check_role(connection)
