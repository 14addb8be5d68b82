"""The brand's accounts as WeChat's console would hold them."""

from dataclasses import asdict, dataclass

from sandbox.store import Store

SERVICE, MINI_PROGRAM = "service", "miniprogram"
PLAIN, SAFE = "plain", "safe"

SAVE = """
INSERT OR REPLACE INTO accounts VALUES (:appid, :kind, :secret, :original_id, :name,
  :callback_url, :token, :encoding_aes_key, :mode)"""


@dataclass(frozen=True)
class Account:
    """One appid: its secret, and where and how its callbacks go."""

    appid: str
    kind: str
    secret: str
    original_id: str
    name: str
    callback_url: str
    token: str
    encoding_aes_key: str
    mode: str


def save(store: Store, account: Account) -> None:
    """Create or change an account."""
    with store.writing() as connection:
        connection.execute(SAVE, asdict(account))


def find(store: Store, appid: str) -> Account | None:
    """The account of an appid, or None."""
    row = store.row("SELECT * FROM accounts WHERE appid = ?", appid)
    return Account(**dict(row)) if row else None


def every(store: Store) -> list[Account]:
    """All accounts."""
    return [Account(**dict(row)) for row in store.rows("SELECT * FROM accounts ORDER BY appid")]
