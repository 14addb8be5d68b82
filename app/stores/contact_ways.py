"""A guide's 联系我 at WeCom: one in each of her stores, made as her other codes are. A row first,
then WeCom's code for its scene, with no transaction between.

WeCom knows no key: asked twice, it makes two. So one caller at a time asks, and whoever comes after
a try that nobody saw the end of looks for what that try may have made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.core import clock, db
from app.core.db import session
from app.core.errors import Conflict
from app.stores import making, queries
from app.stores import service as stores
from app.stores.models import CodeKind, CodePurpose, ContactWay, QrCode
from app.wechat import contacts, corps
from app.wechat.contacts import Way
from app.wechat.errors import NoAnswer, WeChatError

PLACE = "企业微信"
TRY_LASTS = timedelta(minutes=1)  # the calls of one end within half of it


class BeingMade(Conflict):
    code, title = "contact_way_being_made", "正在向企业微信要这张码，一分钟后再点"


@dataclass(frozen=True)
class Asked:
    """A 联系我 that has its row and wants WeCom's code: of which of its members."""

    code_id: int
    scene: str
    store_name: str
    userid: str = field(repr=False)


@dataclass(frozen=True)
class _Try:
    """What the try before left: the moment that it began, and WeCom's id if it was told."""

    at: datetime
    before: datetime | None
    config_id: str | None


def guides_own(brand_id: int, *, staff_id: int, store_id: int, userid: str) -> Asked | None:
    """Her 联系我 in this store, made unless she has it; None when it is ready to be shown.

    Two taps make one: the second waits for the first and finds its row. Raises NoCorp.
    """
    account = corps.listening(brand_id)
    if account is None:
        raise corps.NoCorp()
    making.one_maker(brand_id)
    kept = _kept(staff_id, store_id) or _new(account.id, staff_id, store_id)
    if kept.url is not None:
        return None
    return Asked(kept.id, kept.scene, stores.get(store_id).name, userid)


def _kept(staff_id: int, store_id: int) -> QrCode | None:
    hers = queries.codes_of_guide(staff_id, store_id)
    return next((code for code in hers if code.purpose == CodePurpose.FRIEND), None)


def _new(account_id: int, staff_id: int, store_id: int) -> QrCode:
    code = stores.add_code(
        account_id=account_id,
        store_id=store_id,
        kind=CodeKind.GUIDE,
        place=PLACE,
        staff_id=staff_id,
        purpose=CodePurpose.FRIEND,
    )
    session.add(ContactWay(code_id=code.id))
    session.flush()
    return code


def fetch(brand_id: int, asked: Asked) -> None:
    """Ask WeCom and keep what it gave; outside a transaction. Raises BeingMade, WeChatError,
    NoAnswer."""
    begun = _begin(brand_id, asked)
    try:
        way = _made_before(brand_id, asked, begun) or _make(brand_id, asked)
        _keep_id(brand_id, asked, way)
        picture = contacts.picture(way.picture_url)
    except WeChatError:
        _undo(brand_id, asked, begun)  # WeCom said no: surely nothing was made
        raise
    except NoAnswer as silence:
        if not silence.was_sent:
            _undo(brand_id, asked, begun)
        raise
    _keep_picture(brand_id, asked, way, picture)


def _begin(brand_id: int, asked: Asked) -> _Try:
    with db.transaction(brand_id):
        way = session.get_one(ContactWay, (brand_id, asked.code_id), with_for_update=True)
        code = queries.code(asked.code_id)
        at, before = clock.now(), way.tried_at
        if before is not None and before > at - TRY_LASTS:
            raise BeingMade()
        way.tried_at = at
        return _Try(at, before, code.ticket if code else None)


def _made_before(brand_id: int, asked: Asked, begun: _Try) -> Way | None:
    if begun.config_id is not None:
        return contacts.way_of(brand_id, begun.config_id)
    if begun.before is None:
        return None
    return contacts.find_way(brand_id, asked.scene, begun.before, begun.before + TRY_LASTS)


def _make(brand_id: int, asked: Asked) -> Way:
    return contacts.make_way(
        brand_id, userid=asked.userid, state=asked.scene, remark=asked.store_name
    )


def _keep_id(brand_id: int, asked: Asked, way: Way) -> None:
    """Before the picture is fetched: without its id nobody can change or delete it."""
    ours = (QrCode.brand_id == brand_id) & (QrCode.id == asked.code_id)
    with db.transaction(brand_id):
        session.execute(update(QrCode).where(ours).values(ticket=way.config_id))


def _keep_picture(brand_id: int, asked: Asked, way: Way, picture: bytes) -> None:
    with db.transaction(brand_id):
        stores.set_ticket(asked.code_id, ticket=way.config_id, url=way.picture_url)
        row = session.get_one(ContactWay, (brand_id, asked.code_id))
        row.picture, row.tried_at = picture, None


def _undo(brand_id: int, asked: Asked, begun: _Try) -> None:
    """The try made nothing; what one before it may have made is still to be looked for."""
    ours = (ContactWay.brand_id == brand_id) & (ContactWay.code_id == asked.code_id)
    with db.transaction(brand_id):
        session.execute(update(ContactWay).where(ours).values(tried_at=begun.before))


def picture_of(code_id: int) -> tuple[bytes, str] | None:
    """The QR code that WeCom drew for a 联系我, and its media type."""
    drawn = session.scalar(select(ContactWay.picture).where(ContactWay.code_id == code_id))
    kind = contacts.picture_kind(drawn) if drawn else None
    return (drawn, kind) if drawn and kind else None


def count() -> int:
    """How many the current brand has in use."""
    return queries.count_of(CodePurpose.FRIEND)
