"""One prepared statement over one connection, driven by the event loop itself.

The driver's own asynchronous cursor costs more than a small statement does, and a thread that
waits for the database fights the loop for the interpreter. What libpq offers is enough: send,
listen on the socket, take the result.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg
from psycopg import errors, pq

SLOWEST = 12.0  # seconds; the statement's own limit, which the server keeps, is shorter
_NAME = b"wire"


class Wire:
    """Asks one thing at a time; a connection that failed is replaced before the next."""

    def __init__(self, conninfo: str, statement: str) -> None:
        self._conninfo, self._statement = conninfo, statement.encode()
        self._connection: psycopg.AsyncConnection | None = None
        self._answer: asyncio.Future[pq.abc.PGresult] | None = None
        self._last: pq.abc.PGresult | None = None
        self._socket = -1

    async def ask(self, values: Sequence[bytes]) -> list[tuple[str, ...]]:
        """The rows of the statement with these values, committed. Raises psycopg.Error, and
        TimeoutError; either way it may have been carried out."""
        try:
            async with asyncio.timeout(SLOWEST):
                pg = await self._open()
                pg.send_query_prepared(_NAME, values)
                return _rows(await self._told(pg))
        except BaseException:  # also where it was not prepared, or its plan has grown old
            self.close()
            raise

    def close(self) -> None:
        """Hang up; the next question opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            loop.remove_writer(self._socket)
            connection.pgconn.finish()

    async def _open(self) -> pq.abc.PGconn:
        if self._connection is None:
            connection = await psycopg.AsyncConnection.connect(
                self._conninfo, autocommit=True, connect_timeout=5
            )
            self._connection, pg = connection, connection.pgconn
            self._socket = pg.socket  # libpq forgets it when the connection breaks
            asyncio.get_running_loop().add_reader(self._socket, self._hear, pg)
            pg.send_prepare(_NAME, self._statement)
            _rows(await self._told(pg))
        return self._connection.pgconn

    async def _told(self, pg: pq.abc.PGconn) -> pq.abc.PGresult:
        self._answer = asyncio.get_running_loop().create_future()
        self._push(pg)
        return await self._answer

    def _push(self, pg: pq.abc.PGconn) -> None:
        """A large statement does not fit into the socket at once."""
        loop = asyncio.get_running_loop()
        try:
            is_left = pg.flush()
        except psycopg.Error as error:
            self._fail(error)
            return
        if is_left:
            loop.add_writer(self._socket, self._push, pg)
        else:
            loop.remove_writer(self._socket)

    def _hear(self, pg: pq.abc.PGconn) -> None:
        try:
            pg.consume_input()
            while not pg.is_busy():
                result = pg.get_result()
                if result is None:
                    self._tell()
                    return
                self._last = result
        except psycopg.Error as error:
            self._fail(error)

    def _tell(self) -> None:
        answer, self._answer = self._answer, None
        result, self._last = self._last, None
        if answer is not None and result is not None and not answer.done():
            answer.set_result(result)

    def _fail(self, error: psycopg.Error) -> None:
        answer, self._answer = self._answer, None
        self.close()
        if answer is not None and not answer.done():
            answer.set_exception(error)


def _rows(result: pq.abc.PGresult) -> list[tuple[str, ...]]:
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise errors.error_from_result(result)
    width = range(result.nfields)
    return [
        tuple((result.get_value(row, column) or b"").decode() for column in width)
        for row in range(result.ntuples)
    ]
