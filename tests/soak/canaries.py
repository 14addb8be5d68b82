"""Planted values, every form in which they could leak, and the search for them in all bytes."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, quote_plus

import psycopg
import redis as redis_package
from psycopg import sql


@dataclass(frozen=True)
class Hit:
    """A planted value that was found: what it is, in which form, and where."""

    what: str
    form: str
    where: str


@cache
def forms(value: str) -> dict[str, bytes]:
    """The value as it may lie there: plain (+86 is that with a prefix), or encoded somehow."""
    plain = value.encode()
    escaped = json.dumps(value)[1:-1]
    found = {
        "plain": plain,
        "url": quote(value, safe="").encode(),
        "url-plus": quote_plus(value).encode(),
        "percent": "".join(f"%{byte:02X}" for byte in plain).encode(),
        "json": escaped.encode(),
        "json-twice": json.dumps(escaped)[1:-1].encode(),
        "utf-16-le": value.encode("utf-16-le"),
        "utf-16-be": value.encode("utf-16-be"),
        "hex": plain.hex().encode(),
        "hex-upper": plain.hex().upper().encode(),
    }
    for offset in range(3):
        for name, altchars in (("base64", b"+/"), ("base64url", b"-_")):
            found[f"{name}-{offset}"] = _base64(plain, offset, altchars)
    return found


def _base64(plain: bytes, offset: int, altchars: bytes) -> bytes:
    """What is the same wherever the value stands in an encoded text: its ends depend on what is
    beside it."""
    whole = base64.b64encode(b"\0" * offset + plain, altchars).rstrip(b"=")
    last = -1 if (offset + len(plain)) % 3 else None
    return whole[(0, 2, 3)[offset] : last]


@dataclass(frozen=True)
class Canaries:
    """Planted values by what they are."""

    values: Mapping[str, Iterable[str]]

    def found_in(self, data: bytes, where: str) -> list[Hit]:
        """Every planted value in these bytes, whatever its form."""
        return [
            Hit(what, form, where)
            for what, values in self.values.items()
            for value in values
            for form, pattern in forms(value).items()
            if pattern in data
        ]


def whole_database(url: str) -> Iterator[tuple[str, bytes]]:
    """Every table's rows as COPY writes them; a superuser's address, whom no policy stops."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        for (name,) in names:
            copied = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))
            with connection.cursor().copy(copied) as rows:
                yield f"table {name}", b"".join(bytes(part) for part in rows)


def whole_valkey(client: redis_package.Redis) -> Iterator[tuple[str, bytes]]:
    """Every key with its value; what RQ has compressed is opened."""
    readers = {
        b"string": lambda key: [client.get(key)],
        b"hash": lambda key: [part for pair in client.hgetall(key).items() for part in pair],
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"stream": lambda key: [repr(entry).encode() for entry in client.xrange(key)],
    }
    for key in client.scan_iter(count=1000):
        parts = [part for part in readers.get(client.type(key), lambda _: [])(key) if part]
        yield f"valkey {key.decode(errors='replace')}", b"\n".join([key, *map(_inflated, parts)])


def _inflated(part: bytes) -> bytes:
    try:
        return part + b"\n" + zlib.decompress(part)
    except zlib.error:
        return part
