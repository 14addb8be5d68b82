"""Making QR codes: a row first, then WeChat's ticket for its scene, with no transaction between.

Store and guide codes hang for years and are permanent, of which an account has 100,000 for ever.
A poster's code is temporary: 30 days, and none of the 100,000.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from app.brands import service as brands
from app.brands.models import AccountKind
from app.core import clock, db
from app.core.db import session
from app.core.errors import Conflict
from app.stores import queries
from app.stores import service as stores
from app.stores.models import CodeKind, CodePurpose, QrCode
from app.wechat import gateway

COUNTER = "柜台"
POSTER_LIFE = timedelta(days=30)  # the longest that WeChat gives
MARGIN = timedelta(minutes=5)
MOST_PERMANENT = 100_000  # of one account, for ever
NEARLY_ALL = 90_000  # from here on the console warns
# Two people who press at once must not use two of the hundred thousand for one counter.
ONE_MAKER_A_BRAND = "SELECT pg_advisory_xact_lock(hashtext('counter codes'), :brand)"


@dataclass(frozen=True)
class Asked:
    """A code that has its row and wants its ticket."""

    code_id: int
    account_id: int
    scene: str
    is_permanent: bool


class NoCodesLeft(Conflict):
    code = "no_codes_left"
    title = f"这个服务号的 {MOST_PERMANENT:,} 张永久码用完了。停用不退名额，改用海报码"


class HersToAsk(Conflict):
    code, title = "hers_to_ask", "企业微信的码要导购自己在手机上「我的码」里再点一次"


@dataclass(frozen=True)
class Wish:
    """A code that somebody wants."""

    store_id: int
    kind: CodeKind
    place: str
    staff_id: int | None = None
    purpose: CodePurpose = CodePurpose.FOLLOW
    claim_code: str | None = None


def keep(brand_id: int, wish: Wish) -> Asked:
    """A new code's row. Raises NoCodesLeft, and NoAccount when the brand has no service account."""
    account = brands.account(brand_id, AccountKind.SERVICE)
    if wish.kind != CodeKind.POSTER:
        one_maker(brand_id)
        if queries.asked_for(account.id) >= MOST_PERMANENT:
            raise NoCodesLeft()
    return asked(stores.add_code(account_id=account.id, **vars(wish)))


def guides_own(brand_id: int, wish: Wish) -> Asked | None:
    """Her code for this purpose, made unless she has it; None when it is ready to be shown.

    Two taps make one: the second waits for the first and finds its row.
    """
    one_maker(brand_id)
    for code in queries.codes_of_guide(wish.staff_id or 0, wish.store_id):
        if (code.purpose, code.claim_code) == (wish.purpose, wish.claim_code):
            return asked(code) if code.url is None else None
    return keep(brand_id, wish)


def one_maker(brand_id: int) -> None:
    """Whoever makes a code of this brand waits for the other, until the commit."""
    session.execute(text(ONE_MAKER_A_BRAND), {"brand": brand_id})


def asked(code: QrCode) -> Asked:
    """What WeChat is asked for a code that lacks its ticket, or whose ticket has run out. Raises
    HersToAsk for a 联系我."""
    if code.purpose == CodePurpose.FRIEND:
        raise HersToAsk()
    return Asked(code.id, code.account_id, code.scene, code.is_permanent)


def fetch(brand_id: int, wanted: Asked) -> None:
    """Ask WeChat and keep its ticket; outside a transaction. Raises WeChatError or NoAnswer."""
    at = clock.now()
    ticket, url = gateway.create_qr_code(
        wanted.account_id, wanted.scene, permanent=wanted.is_permanent
    )
    expires_at = None if wanted.is_permanent else at + POSTER_LIFE - MARGIN
    with db.transaction(brand_id):
        stores.set_ticket(wanted.code_id, ticket=ticket, url=url, expires_at=expires_at)


def counters_without_picture(brand_id: int, store_ids: Sequence[int], most: int) -> list[Asked]:
    """Up to so many of these stores' counter codes that cannot be printed; rows made if need be."""
    one_maker(brand_id)
    lacking = stores_without_picture(store_ids)[:most]
    kept = queries.store_codes(lacking)
    return [
        asked(kept[store_id])
        if store_id in kept
        else keep(brand_id, Wish(store_id, CodeKind.STORE, COUNTER))
        for store_id in lacking
    ]


def stores_without_picture(store_ids: Collection[int]) -> list[int]:
    """Those of these stores that have no store code fit to be printed, in their order."""
    kept = queries.store_codes(store_ids)
    return [each for each in store_ids if each not in kept or kept[each].url is None]
