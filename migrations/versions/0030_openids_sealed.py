"""Seal openids and unionids, and find them by keyed hashes (docs/decisions/0012).

What is there is converted in batches with the keys of the process that migrates; an empty
database asks for no key. A follower check under way begins anew. An event whose reactions are
done knows its fan and loses the openid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.crypto import Keyring
from migrations import sealing

revision = "0030"
down_revision = "0029"

Changed = Mapping[str, Any]
TABLES = ("fans", "notices", "events", "reaction_work", "follower_checks", "listed_followers")
WAITING = """(data ? 'external_id' OR data ? 'openid' AND EXISTS (
    SELECT FROM reaction_work w
    WHERE w.brand_id = events.brand_id AND w.event_id = events.id AND w.state <> 'done'))"""


def upgrade() -> None:
    _add("fans", "openid_encrypted", "openid_index", "unionid_encrypted", "unionid_index")
    _add("notices", "openid_encrypted", "openid_index")
    _add("events", "person_encrypted")
    with sealing.rows_seen(*TABLES):
        sealing.convert("fans", ("account_id", "openid", "unionid"), _sealed_fan)
        sealing.convert("notices", ("account_id", "openid"), _sealed_notice)
        sealing.convert("events", ("data",), _sealed_event, WAITING)
        op.execute("UPDATE events SET data = data - 'openid' WHERE data ? 'openid'")
        _begin_checks_anew()
    _find_fans_by("openid_index", "unionid_index")
    for table in ("fans", "notices"):
        op.alter_column(table, "openid_encrypted", nullable=False)
        op.alter_column(table, "openid_index", nullable=False)
    _drop("fans", "openid", "unionid")
    _drop("notices", "openid")
    _list_by("openid_index", more=["openid_encrypted"])
    _drop("listed_followers", "openid")
    op.alter_column("follower_checks", "after", new_column_name="after_encrypted", type_=sa.Text())


def downgrade() -> None:
    _add("fans", "openid", "unionid")
    _add("notices", "openid")
    with sealing.rows_seen(*TABLES):
        columns = ("account_id", "openid_encrypted", "unionid_encrypted")
        sealing.convert("fans", columns, _plain_fan)
        sealing.convert("notices", columns[:2], _plain_notice)
        columns = ("name", "data", "person_encrypted")
        sealing.convert("events", columns, _plain_event, "person_encrypted IS NOT NULL")
        _begin_checks_anew()
    _find_fans_by("openid", "unionid")
    for table in ("fans", "notices"):
        op.alter_column(table, "openid", nullable=False)
    _drop("fans", "openid_encrypted", "openid_index", "unionid_encrypted", "unionid_index")
    _drop("notices", "openid_encrypted", "openid_index")
    _drop("events", "person_encrypted")
    _list_by("openid")
    _drop("listed_followers", "openid_index", "openid_encrypted")
    op.alter_column(
        "follower_checks", "after_encrypted", new_column_name="after", type_=sa.String(64)
    )


def _begin_checks_anew() -> None:
    op.execute("DELETE FROM listed_followers")
    renamed = "after" if "after" in _columns("follower_checks") else "after_encrypted"
    anew = f"UPDATE follower_checks SET {renamed} = ''"  # noqa: S608
    op.execute(anew)
    op.execute("UPDATE follower_checks SET state = 'listing', listed = 0 WHERE finished_at IS NULL")


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}


def _add(table: str, *columns: str) -> None:
    for name in columns:
        kind = sa.Text() if name.endswith("_encrypted") else sa.String(64)
        op.add_column(table, sa.Column(name, kind, nullable=True))


def _drop(table: str, *columns: str) -> None:
    for name in columns:
        op.drop_column(table, name)


def _find_fans_by(openid: str, unionid: str) -> None:
    """The keys over the old columns go with them."""
    columns = ["brand_id", "account_id", openid]
    op.create_unique_constraint(f"uq_fans_brand_id_account_id_{openid}", "fans", columns)
    op.create_index(f"ix_fans_brand_id_{unionid}", "fans", ["brand_id", unionid])


def _list_by(key: str, more: list[str] | None = None) -> None:
    """The table is empty by now."""
    op.drop_constraint("pk_listed_followers", "listed_followers", type_="primary")
    _add("listed_followers", key, *(more or []))
    op.create_primary_key("pk_listed_followers", "listed_followers", ["brand_id", "check_id", key])
    for name in more or []:
        op.alter_column("listed_followers", name, nullable=False)


def _sealed_fan(keys: Keyring, row: sa.Row[Any]) -> Changed:
    brand, unionid = row.brand_id, row.unionid
    return _sealed_notice(keys, row) | {
        "unionid_encrypted": unionid and keys.seal(unionid, context=f"{brand}.fans.unionid"),
        "unionid_index": unionid and keys.index(unionid, context=f"{brand}.unionid"),
    }


def _plain_fan(keys: Keyring, row: sa.Row[Any]) -> Changed:
    unionid = row.unionid_encrypted
    return _plain_notice(keys, row) | {
        "unionid": unionid and keys.open(unionid, context=f"{row.brand_id}.fans.unionid"),
    }


def _sealed_notice(keys: Keyring, row: sa.Row[Any]) -> dict[str, Any]:
    at = f"{row.brand_id}.openid.{row.account_id}"
    return {
        "openid_encrypted": keys.seal(row.openid, context=at),
        "openid_index": keys.index(row.openid, context=at),
    }


def _plain_notice(keys: Keyring, row: sa.Row[Any]) -> dict[str, Any]:
    at = f"{row.brand_id}.openid.{row.account_id}"
    return {"openid": keys.open(row.openid_encrypted, context=at)}


def _sealed_event(keys: Keyring, row: sa.Row[Any]) -> Changed:
    person = row.data.pop("openid", None) or row.data.pop("external_id", None)
    sealed = person and keys.seal(person, context=f"{row.brand_id}.events.person")
    return {"data": json.dumps(row.data), "person_encrypted": sealed}


def _plain_event(keys: Keyring, row: sa.Row[Any]) -> Changed:
    name = "external_id" if row.name.startswith("wecom.") else "openid"
    person = keys.open(row.person_encrypted, context=f"{row.brand_id}.events.person")
    return {"data": json.dumps(row.data | {name: person})}
