"""How often an account may call an API: by the day, by the minute, and who clears it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.api.errors import WeChatRefusal
from sandbox.clock import day_start_ms, month_start_ms
from sandbox.limits import limit
from sandbox.rules import MINUTE_MS
from sandbox.store import Store

DAY_REACHED, MINUTE_REACHED = 45009, 45011


@dataclass(frozen=True)
class Quota:
    """Calls by the day in China and by the minute; 0 is no limit.

    A few APIs answer 45009 for the minute too; `minute_code` says so.
    """

    daily: int
    minute: int = 0
    minute_code: int = MINUTE_REACHED


# The public pages' values for a verified service account; [K] ones are what developers report.
DEFAULTS: Mapping[str, Quota] = {
    "/cgi-bin/token": Quota(2000),
    "/cgi-bin/stable_token": Quota(500_000, 10_000),
    "/cgi-bin/user/info": Quota(5_000_000),
    "/cgi-bin/user/info/batchget": Quota(5_000_000),
    "/cgi-bin/user/get": Quota(500),
    "/cgi-bin/user/info/updateremark": Quota(10_000),
    "/cgi-bin/qrcode/create": Quota(100_000),
    "/cgi-bin/menu/create": Quota(1000),
    "/cgi-bin/menu/get": Quota(10_000),
    "/cgi-bin/menu/delete": Quota(1000),
    "/cgi-bin/menu/addconditional": Quota(2000),
    "/cgi-bin/menu/delconditional": Quota(2000),
    "/cgi-bin/menu/trymatch": Quota(20_000),
    "/cgi-bin/message/custom/send": Quota(500_000),
    "/cgi-bin/message/mass/sendall": Quota(100, 60),
    "/cgi-bin/message/mass/send": Quota(100, 60),
    "/cgi-bin/message/mass/delete": Quota(10),
    "/cgi-bin/message/mass/preview": Quota(100),
    "/cgi-bin/message/template/send": Quota(100_000),
    "/cgi-bin/message/subscribe/send": Quota(10_000_000),
    "/cgi-bin/media/upload": Quota(100_000),
    "/cgi-bin/media/get": Quota(200_000),
    "/cgi-bin/ticket/getticket": Quota(1_000_000),
    "/wxa/getwxacodeunlimit": Quota(0, 5000, DAY_REACHED),
    "/wxa/generate_urllink": Quota(500_000),
    "/wxa/msg_sec_check": Quota(2_000_000, 4000),
    "/sns/oauth2/access_token": Quota(0, 50_000),
}
OTHERS = Quota(100_000)
SETTING = "quotas"
COUNT = """
INSERT INTO usage (appid, path, span, start_ms, used) VALUES (?, ?, ?, ?, 1)
ON CONFLICT (appid, path, span) DO UPDATE SET
  used = CASE WHEN start_ms = excluded.start_ms THEN used + 1 ELSE 1 END,
  start_ms = excluded.start_ms"""


def of(store: Store, appid: str, path: str) -> Quota:
    """The quota in force; one that was set for the account comes first."""
    known = DEFAULTS.get(path, OTHERS)
    given = store.setting(SETTING, {}).get(f"{appid} {path}")
    return Quota(given[0], given[1], known.minute_code) if given else known


def change(store: Store, appid: str, path: str, daily: int, minute: int) -> None:
    """Set an account's quota for one API; 0 is no limit."""
    given = store.setting(SETTING, {})
    store.set_setting(SETTING, {**given, f"{appid} {path}": [daily, minute]})


def count(store: Store, appid: str, path: str, now_ms: int) -> None:
    """Count one call, or refuse it; a refused one does not count."""
    quota = of(store, appid, path)
    with store.writing() as connection:
        count_in(connection, quota, appid, path, now_ms)


def count_in(
    connection: sqlite3.Connection, quota: Quota, appid: str, path: str, now_ms: int
) -> None:
    """The same, in the caller's transaction."""
    spans = [("day", day_start_ms(now_ms), quota.daily, DAY_REACHED)]
    if quota.minute:
        minute_ms = now_ms // MINUTE_MS * MINUTE_MS
        spans.append(("minute", minute_ms, quota.minute, quota.minute_code))
    for span, start_ms, most, code in spans:
        if most and _used(connection, appid, path, span, start_ms) >= most:
            raise WeChatRefusal(code)
    for span, start_ms, _, _ in spans:
        connection.execute(COUNT, (appid, path, span, start_ms))


def _used(connection: sqlite3.Connection, appid: str, path: str, span: str, start_ms: int) -> int:
    statement = "SELECT used FROM usage WHERE appid = ? AND path = ? AND span = ? AND start_ms = ?"
    found = connection.execute(statement, (appid, path, span, start_ms)).fetchone()
    return int(found[0]) if found else 0


def used_today(store: Store, appid: str, path: str, now_ms: int) -> int:
    """Calls since midnight in China."""
    return _used(store.reader(), appid, path, "day", day_start_ms(now_ms))


def clear(store: Store, appid: str, now_ms: int) -> None:
    """Begin the day anew for all APIs of an account: ten times a month, then 48006."""
    most = limit(store, "clears_per_month")
    counted = "SELECT count(*) FROM clears WHERE appid = ? AND at_ms >= ?"
    with store.writing() as connection:
        if connection.execute(counted, (appid, month_start_ms(now_ms))).fetchone()[0] >= most:
            raise WeChatRefusal(48006)
        connection.execute("INSERT INTO clears (appid, at_ms) VALUES (?, ?)", (appid, now_ms))
        connection.execute("DELETE FROM usage WHERE appid = ?", (appid,))


def listed(store: Store, now_ms: int) -> list[dict[str, object]]:
    """What each account has used today."""
    rows = store.rows(
        "SELECT appid, path, used FROM usage WHERE span = 'day' AND start_ms = ? "
        "ORDER BY appid, used DESC",
        day_start_ms(now_ms),
    )
    return [{**dict(row), "daily": of(store, row["appid"], row["path"]).daily} for row in rows]
