"""The brand's accounts as WeChat's console would hold them."""

import json
import sqlite3
from dataclasses import asdict, dataclass

from sandbox.store import Store

SERVICE, MINI_PROGRAM = "service", "miniprogram"
CORP = "corp"  # WeCom's, as far as its callbacks go; none is saved among the accounts
PLAIN, COMPAT, SAFE = "plain", "compat", "safe"
XML, JSON = "xml", "json"

SAVE = """
INSERT OR REPLACE INTO accounts (appid, kind, secret, original_id, name, callback_url, token,
  encoding_aes_key, mode, format, ip_whitelist, pages, web_host)
VALUES (:appid, :kind, :secret, :original_id, :name, :callback_url, :token,
  :encoding_aes_key, :mode, :format, :ip_whitelist, :pages, :web_host)"""


@dataclass(frozen=True)
class Account:
    """One appid: its secret, where and how its callbacks go, and who may call for it.

    An empty `ip_whitelist` lets every address in; empty `pages` means that all pages of the
    mini-program are released; an empty `web_host` lets a web login return to any host.
    """

    appid: str
    kind: str
    secret: str
    original_id: str
    name: str
    callback_url: str
    token: str
    encoding_aes_key: str
    mode: str
    format: str = XML
    ip_whitelist: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    web_host: str = ""


def save(store: Store, account: Account) -> None:
    """Create or change an account."""
    lists = {"ip_whitelist": account.ip_whitelist, "pages": account.pages}
    row = asdict(account) | {name: json.dumps(value) for name, value in lists.items()}
    with store.writing() as connection:
        connection.execute(SAVE, row)
    store.doubt()


def _account(row: sqlite3.Row) -> Account:
    lists = {name: tuple(json.loads(row[name])) for name in ("ip_whitelist", "pages")}
    return Account(**{**dict(row), **lists})


def find(store: Store, appid: str) -> Account | None:
    """The account of an appid, or None."""

    def read() -> Account | None:
        row = store.row("SELECT * FROM accounts WHERE appid = ?", appid)
        return _account(row) if row else None

    known: Account | None = store.remember(f"account {appid}", read)
    return known


def every(store: Store) -> list[Account]:
    """All accounts."""
    return [_account(row) for row in store.rows("SELECT * FROM accounts ORDER BY appid")]
